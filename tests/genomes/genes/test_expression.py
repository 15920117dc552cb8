import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genomes.genes import formula
from genomes.genes.expression import Expression, deap_randomness

GENE = Expression(("x", "y", "z"))
seeds = st.integers(0, 2**32)


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_operators_are_pure_and_leave_the_global_random_state_alone(seed):
    def life():
        rng = random.Random(seed)
        a, b = GENE.sample(rng), GENE.sample(rng)
        return a, b, GENE.mutate(a, rng), GENE.crossover(a, b, rng), rng.getstate()

    random.seed(seed + 1)
    before = random.getstate()
    first = life()
    assert random.getstate() == before
    random.seed(seed + 2)
    assert life() == first


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(3, 25), st.integers(1, 6))
def test_a_line_of_descent_stays_valid_within_limits_and_survives_json(seed, nodes, deepest):
    gene = Expression(("x", "y"), maximum_nodes=nodes, maximum_depth=deepest)
    rng = random.Random(seed)
    population = [gene.sample(rng) for _ in range(4)]
    for _ in range(12):
        mother, father = rng.sample(population, 2)
        child = gene.mutate(gene.crossover(mother, father, rng), rng)
        assert len(child) <= nodes
        assert formula.depth(child) <= deepest
        assert gene.check(json.loads(json.dumps(child))) == child
        population[rng.randrange(4)] = child


def test_mutation_changes_the_formula():
    rng = random.Random(0)
    for _ in range(200):
        value = GENE.sample(rng)
        assert GENE.mutate(value, rng) != value


def test_mutation_moves_constants_grows_and_shrinks():
    rng = random.Random(1)
    value = ("add", "mul", "x", 0.5, "tanh", "y")
    children = [GENE.mutate(value, rng) for _ in range(300)]
    shape = ("add", "mul", "x", None, "tanh", "y")
    moved = [c for c in children if tuple(t if isinstance(t, str) else None for t in c) == shape]
    assert len({c[3] for c in moved}) > 20
    assert min(map(len, children)) < len(value) < max(map(len, children))


def test_crossover_grafts_a_subtree_of_the_other_parent():
    a, b = ("add", "x", "x"), ("mul", "tanh", "y", 2.0)
    rng = random.Random(2)
    children = {GENE.crossover(a, b, rng) for _ in range(200)}
    assert ("add", "tanh", "y", "x") in children
    assert ("mul", "x", 2.0) in children
    assert all({"x"} & set(c) or {"y", 2.0} & set(c) for c in children)


def test_crossover_of_lone_leaves_returns_a_parent():
    assert GENE.crossover(("x",), ("y",), random.Random(0)) in {("x",), ("y",)}


def test_samples_use_all_primitives_terminals_and_constants():
    rng = random.Random(3)
    tokens = {token for _ in range(400) for token in GENE.sample(rng)}
    assert set(formula.PRIMITIVES) | {"x", "y", "z"} <= tokens
    assert any(isinstance(token, float) for token in tokens)


def test_random_state_comes_back_after_an_error():
    before = random.getstate()
    with pytest.raises(ZeroDivisionError), deap_randomness(random.Random(0)):
        random.random() / 0
    assert random.getstate() == before


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (("metrik",), "unknown name in a formula 'metrik'"),
        (("neg",) * 7 + ("x",), "depth 7; at most 25 and 6 are allowed"),
        (("add",) * 13 + ("x",) * 14, "27 nodes"),
    ],
)
def test_check_refuses(value, message):
    with pytest.raises(ValueError, match=message):
        GENE.check(value)


@pytest.mark.parametrize(
    "arguments", [{"terminals": ()}, {"terminals": ("add",)}, {"maximum_nodes": 2}]
)
def test_an_impossible_gene_is_refused(arguments):
    with pytest.raises(ValueError, match=r"at least"):
        Expression(**{"terminals": ("x",), **arguments})
