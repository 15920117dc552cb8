"""The topology gene: minimal starts, growth, histories as names, crossover, distance."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genomes.genes.gene import Choice, Gene, Record, Struct, freeze
from genomes.genes.topology import MUTATIONS, Edges, Topology, innovation

SEEDS = st.integers(0, 2**32 - 1)
GENE = Topology(3, 2, functions=("relu", "tanh"))
SPLIT = f"n{innovation('i0', 'o0')}"


def grown(seed: int, steps: int = 40, gene: Topology = GENE) -> Record:
    rng = random.Random(seed)
    value = gene.sample(rng)
    for _ in range(steps):
        value = gene.mutate(value, rng)
    return value


def ends(value: Record) -> set[tuple[str, str]]:
    return {(source, target) for source, target, _, _ in value["connections"]}


def graph(*connections: tuple[str, str, float, bool], **neurons: str) -> Record:
    return Record(neurons=tuple(neurons.items()), connections=connections)


def test_a_fresh_draw_connects_inputs_and_bias_with_outputs() -> None:
    value = GENE.sample(random.Random(0))
    assert value["neurons"] == ()
    assert ends(value) == {(s, t) for s in ("b", "i0", "i1", "i2") for t in ("o0", "o1")}
    few = Topology(8, 2, start=0.25).sample(random.Random(1))
    assert len(ends(few)) == 2 * (1 + 2)
    assert isinstance(GENE, Gene)


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_whatever_happens_values_stay_sound(seed: int) -> None:
    a, b, rng = grown(seed), grown(seed + 1), random.Random(seed)
    child = GENE.crossover(a, b, rng)
    for value in (a, b, child, GENE.mutate(child, rng)):
        assert GENE.check(value) == value
        assert GENE.check(freeze(json.loads(json.dumps(value)))) == value
        assert GENE.wiring(value).sums(np.zeros((4, 3))).shape == (4, 2)
    assert GENE.mutate(a, random.Random(seed)) == GENE.mutate(a, random.Random(seed))
    assert GENE.mutate(a, random.Random(seed)) != a


def apply(
    kind: str, value: Record, seed: int = 0, gene: Topology = GENE
) -> tuple[dict[str, str], Edges]:
    neurons = dict(value["neurons"])
    edges = {(s, t): (weight, on) for s, t, weight, on in value["connections"]}
    assert MUTATIONS[kind](gene, neurons, edges, random.Random(seed))
    return neurons, edges


def test_a_split_keeps_the_weight_and_names_the_neuron_by_what_it_split() -> None:
    value = graph(("i0", "o0", 0.7, True), ("b", "o0", 2.0, True))
    neurons, edges = apply("split", value)
    assert list(neurons) == [SPLIT]
    assert edges == {
        ("i0", "o0"): (0.7, False),
        ("b", "o0"): (2.0, True),
        ("i0", SPLIT): (1.0, True),
        (SPLIT, "o0"): (0.7, True),
    }


def test_the_same_mutation_in_unrelated_lineages_has_the_same_name() -> None:
    one = graph(("i0", "o0", 0.7, True))
    other = graph(("i0", "o0", -3.0, True), ("b", "o0", 1.0, True))
    assert list(apply("split", one)[0]) == list(apply("split", other, seed=5)[0]) == [SPLIT]
    again = graph(
        ("i0", "o0", 1.0, True), (SPLIT, "o0", 1.0, False), ("i0", SPLIT, 1.0, False),
        **{SPLIT: "relu"},
    )  # fmt: skip
    assert set(apply("split", again)[0]) == {SPLIT, f"n{innovation('i0', 'o0', 1)}"}


def test_new_connections_never_close_a_circle() -> None:
    chain = graph(
        ("i0", "na", 1.0, True), ("na", "nb", 1.0, False), ("nb", "o0", 1.0, True),
        ("na", "o0", 1.0, True), na="relu", nb="relu",
    )  # fmt: skip
    for seed in range(60):
        _, edges = apply("connect", chain, seed)
        assert ("nb", "na") not in edges


def test_a_neuron_without_ways_in_or_out_goes() -> None:
    value = graph(
        ("i0", "na", 1.0, True), ("na", "o0", 1.0, True), ("i1", "o0", 1.0, True), na="relu"
    )
    left = set()
    for seed in range(30):
        neurons = dict(value["neurons"])
        edges = {(s, t): (weight, on) for s, t, weight, on in value["connections"]}
        assert MUTATIONS["disconnect"](GENE, neurons, edges, random.Random(seed))
        left.add((len(neurons), frozenset(edges)))
    both = frozenset({("i0", "na"), ("na", "o0")})
    assert left == {(0, frozenset({("i1", "o0")})), (1, both)}


def test_the_last_way_from_an_input_to_an_output_stays() -> None:
    only = graph(("i0", "o0", 1.0, True), ("b", "o0", 1.0, True))
    for seed in range(40):
        assert ("i0", "o0", True) in {
            (s, t, on) for s, t, _, on in GENE.mutate(only, random.Random(seed))["connections"]
        } or SPLIT in dict(GENE.mutate(only, random.Random(seed))["neurons"])


def test_crossover_takes_structure_from_the_first_and_matching_weights_from_both() -> None:
    a = graph(
        ("i0", "o0", 1.0, True), ("i1", "o0", 1.0, True), ("i0", "na", 1.0, True),
        ("na", "o0", 1.0, True), na="relu",
    )  # fmt: skip
    b = graph(("i0", "o0", 2.0, True), ("i1", "o0", 2.0, False), ("i2", "o0", 2.0, True))
    children = [GENE.crossover(a, b, random.Random(seed)) for seed in range(400)]
    assert all(ends(child) == ends(a) and child["neurons"] == a["neurons"] for child in children)
    weights = [{c[:2]: c[2:] for c in child["connections"]} for child in children]
    assert {w["i0", "o0"] for w in weights} == {(1.0, True), (2.0, True)}
    assert {w["i0", "na"] for w in weights} == {(1.0, True)}
    disabled = sum(not w["i1", "o0"][1] for w in weights) / 400
    assert 0.68 < disabled < 0.82  # three quarters, where one parent has it disabled


def test_distance_counts_what_differs_and_how_far_common_weights_are_apart() -> None:
    a = graph(("i0", "o0", 1.0, True), ("i1", "o0", 1.0, True))
    b = graph(("i0", "o0", 2.5, True), ("i2", "o0", 1.0, True))
    assert GENE.distance(a, a) == 0.0
    assert GENE.distance(a, b) == GENE.distance(b, a) == pytest.approx(2 * 1.0 + 0.4 * 1.5)
    wide = Topology(40, 1)
    whole = wide.sample(random.Random(0))
    part = Record(neurons=(), connections=whole["connections"][:-10])
    assert wide.distance(whole, part) == pytest.approx(10 / 41)


def test_where_weights_are_trained_only_the_structure_varies() -> None:
    gene = Topology(3, 2, weighted_when=Record(weights=("evolved",)))
    space = Struct({"weights": Choice(("trained", "evolved")), "graph": gene})
    rng = random.Random(0)
    value = space.sample(rng)
    for _ in range(60):
        before, value = value, space.mutate(value, rng)
        if value["weights"] == before["weights"] == "trained":
            theirs = {c[:2]: c[2] for c in before["graph"]["connections"]}
            ours = {c[:2]: c[2] for c in value["graph"]["connections"]}
            assert all(ours[e] == theirs[e] for e in ours.keys() & theirs.keys())
            assert value["graph"] != before["graph"]
    a, b = (grown(seed, 0, gene) for seed in (1, 2))
    assert gene.beside({"weights": "trained"}).distance(a, b) == 0.0
    assert gene.beside({"weights": "evolved"}).distance(a, b) > 0.0


def test_numbers_for_predictors_grow_with_the_graph() -> None:
    columns = GENE.encode()
    small, large = columns.write(grown(0, 0)), columns.write(grown(0, 300))
    assert len(columns.names) == len(small) == 3
    assert all(0.0 <= a < b < 1.0 for a, b in zip(small, large, strict=True))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (7, "expected neurons and connections"),
        (Record(neurons=(), connections=(("i0", "o0"),)), "expected tuples"),
        (graph(("i9", "o0", 1.0, True)), "from i9 to o0, unknown ends"),
        (graph(("i0", "na", 1.0, True)), "unknown ends"),
        (graph(("i0", "o0", 1.0, True), na="sine"), "'sine', expected one of relu, tanh"),
        (graph(("i0", "o0", float("nan"), True)), "not finite"),
        (graph(("i0", "o0", 1.0, False)), "no enabled way"),
        (
            graph(
                ("i0", "o0", 1.0, True), ("na", "nb", 1.0, False), ("nb", "na", 1.0, True),
                ("i0", "na", 1.0, True), ("nb", "o0", 1.0, True), na="relu", nb="relu",
            ),
            "in a circle",
        ),
    ],
)  # fmt: skip
def test_values_that_do_not_fit_are_refused(value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        GENE.check(value)


def test_arguments_are_checked() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Topology(0, 1)
    with pytest.raises(ValueError, match=r"\['sine'\], expected a list of relu, gelu"):
        Topology(2, 1, functions=("tanh", "sine"))
    with pytest.raises(ValueError, match=r"start=1\.5"):
        Topology(2, 1, start=1.5)
