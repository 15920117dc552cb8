"""The gene of an activation function: its operators, its limits, and what a pin leaves of it."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genomes.chromosomes.mechanism_registry import switching_off
from genomes.chromosomes.space import network_space
from genomes.genes.activation import (
    ACTIVATIONS,
    LANGUAGE,
    MAXIMUM_DEPTH,
    MAXIMUM_NODES,
    check,
    constants,
    is_bred,
    tree,
)
from genomes.genes.activation_gene import ActivationGene
from genomes.genes.gene import Choice, Fixed, canonical, freeze
from genomes.genes.genome import Space
from genomes.graph.interface import Interface
from tests.genomes.random_networks import random_spec

GENE = ActivationGene()
SHAPES = {"cnn": (1, 8, 8), "mlp": (13,)}


def space(family: str) -> Space:
    return network_space(family=family, interface=Interface(SHAPES[family], 10))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_every_operator_gives_canonical_functions_within_the_limits(seed: int) -> None:
    rng = random.Random(seed)
    values = [GENE.sample(rng) for _ in range(4)]
    for _ in range(25):
        a, b = rng.sample(values, 2)
        for value in (GENE.mutate(a, rng), GENE.crossover(a, b, rng), GENE.sample(rng)):
            assert GENE.check(value) == check(value) == value
            assert freeze(value) == value
            assert len(tree(value)) <= MAXIMUM_NODES
            assert LANGUAGE.depth(tree(value)) <= MAXIMUM_DEPTH
        values[rng.randrange(4)] = GENE.mutate(GENE.crossover(a, b, rng), rng)


def test_operators_are_pure() -> None:
    state = random.getstate()
    runs = []
    for _ in range(2):
        rng, value = random.Random(3), "relu"
        for _ in range(30):
            value = GENE.crossover(GENE.mutate(value, rng), GENE.sample(rng), rng)
        runs.append((value, rng.random()))
    assert runs[0] == runs[1]
    assert random.getstate() == state


def test_fresh_draws_have_names_mostly() -> None:
    rng = random.Random(0)
    drawn = Counter(map(canonical, (GENE.sample(rng) for _ in range(2000))))
    named = {name: drawn[canonical(name)] for name in ACTIVATIONS}
    assert 1600 <= sum(named.values()) < 1900
    assert min(named.values()) > 250


def test_mutation_gives_neighbours_of_the_trees_and_other_names() -> None:
    rng = random.Random(1)
    found = {canonical(GENE.mutate("relu", rng)) for _ in range(1000)}
    assert canonical("relu") not in found
    assert {canonical(name) for name in ACTIVATIONS if name != "relu"} <= found
    assert canonical(("min", "x", 0.0)) in found  # a primitive swapped
    values = [freeze(json.loads(text)) for text in found]
    assert any(value[:2] == ("max", "x") and len(value) > 3 for value in values)  # one grown
    assert any(constants(value) for value in values)


def test_a_constant_moves_a_little() -> None:
    rng, leaky = random.Random(2), ("max", "x", "mul", "x", 0.1)
    moved = [GENE.mutate(leaky, rng) for _ in range(300)]
    slopes = [value[4] for value in moved if is_bred(value) and value[:4] == leaky[:4]]
    assert len(set(slopes)) > 20
    assert all(abs(slope) < 3.0 for slope in slopes if isinstance(slope, float))


def test_subtrees_are_exchanged() -> None:
    rng, a = random.Random(4), ("mul", "x", "sigmoid", "mul", "x", 2.5)
    found = {canonical(GENE.crossover(a, "tanh", rng)) for _ in range(400)}
    assert {canonical(a), canonical("tanh")} <= found
    assert canonical(("tanh", "mul", "x", 2.5)) in found
    assert canonical(("mul", "x", "sigmoid", "mul", "x", "x")) in found


def test_limits_are_those_of_the_simplified_function() -> None:
    deep = ["tanh"] * 5 + ["x"]
    assert GENE.check(deep) == tuple(deep)
    assert GENE.check(["add", *deep, "sub", "x", "x"]) == tuple(deep)
    with pytest.raises(ValueError, match="7 nodes and depth 6, simplified; at most 15 and 5"):
        GENE.check(["tanh", *deep])
    with pytest.raises(ValueError, match="expected one of relu"):
        GENE.check("sine")


def test_pins() -> None:
    assert GENE.pinned(ACTIVATIONS) == Choice(ACTIVATIONS)
    assert GENE.pinned("relu") == Fixed("relu")
    assert GENE.pinned(("tanh", "relu")) == Choice(("tanh", "relu"))
    assert GENE.pinned(("tanh", "x")) == Fixed("tanh")
    leaky = ("max", "mul", 0.5, "x", "x")
    assert GENE.pinned(leaky) == Fixed(("max", "x", "mul", "x", 0.5))
    with pytest.raises(ValueError, match="unknown name in a formula"):
        GENE.pinned(("tanh", "sine"))


def test_a_pin_wins_over_what_is_switched_off() -> None:
    leaky = ("max", "x", "mul", "x", 0.5)
    for name in ("architecture.stages.activation", "architecture.*.activation"):
        pinned = space("cnn").pin({**switching_off(["none"]), name: leaky})
        stages = pinned.sample("a", "male", random.Random(0)).chromosomes["architecture"]["stages"]
        assert {stage["activation"] for stage in stages} == {leaky}


def old_space(family: str) -> Space:
    """Return the space as it was before there were trees: a choice among five names."""
    opened = space(family)
    part = {"cnn": "stages", "mlp": "layers"}[family]
    plain = opened.pin({f"architecture.{part}.activation": ACTIVATIONS})
    gene = plain.chromosomes["architecture"].fields[part].gene.fields["activation"]
    assert gene == Choice(("relu", "gelu", "silu", "tanh", "elu"))
    return plain.pin(
        {
            name: value
            for name, value in switching_off(["none"]).items()
            if "activation" not in name
        }
    )


@pytest.mark.parametrize("family", ["cnn", "mlp"])
def test_switched_off_the_space_draws_and_varies_as_before(family: str) -> None:
    off, old = space(family).pin(switching_off(["none"])), old_space(family)
    assert off == old
    one, two = random.Random(7), random.Random(7)
    for _ in range(50):
        a, b = off.sample("a", "male", one), old.sample("a", "male", two)
        for gene in ("architecture",):
            x, y = a.chromosomes[gene], b.chromosomes[gene]
            x = off.chromosomes[gene].mutate(x, one)
            y = old.chromosomes[gene].mutate(y, two)
            assert x == y
    assert one.random() == two.random()


def test_random_networks_have_bred_functions() -> None:
    for family in ("cnn", "mlp"):
        specs = [random_spec(random.Random(seed), family) for seed in range(60)]
        bred = [
            spec
            for spec in specs
            if any(
                is_bred(n.attributes["function"]) for n in spec.nodes if "function" in n.attributes
            )
        ]
        assert len(bred) >= 15
        assert any("constants" in t for spec in bred for t in spec.tensors.values())
