import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genomes.chromosomes.feature_subset import FeatureSubset
from genomes.genes.encoding import Encoding
from genomes.genes.errors import BadInput
from genomes.genes.gene import Record, Struct

NAMES = ("a", "b", "c", "d")
GENE = FeatureSubset(NAMES)
some = st.lists(st.sampled_from(NAMES), unique=True).map(lambda chosen: GENE.check(chosen))


@given(st.integers(), some, some)
def test_values_keep_the_order_of_the_names_and_none_is_there_twice(seed, a, b):
    rng = random.Random(seed)
    for value in (GENE.sample(rng), GENE.mutate(a, rng), GENE.crossover(a, b, rng)):
        assert value == tuple(name for name in NAMES if name in value)
        assert GENE.check(list(value)) == value


@given(st.integers(), some)
def test_a_mutation_lets_one_name_come_or_go(seed, value):
    assert len(set(GENE.mutate(value, random.Random(seed))) ^ set(value)) == 1


@given(st.integers(), some, some)
def test_a_child_has_what_both_parents_have_and_nothing_that_neither_has(seed, a, b):
    child = set(GENE.crossover(a, b, random.Random(seed)))
    assert set(a) & set(b) <= child <= set(a) | set(b)


def test_draws_are_of_every_size():
    rng = random.Random(0)
    assert {len(GENE.sample(rng)) for _ in range(200)} == {0, 1, 2, 3, 4}


def test_without_names_there_is_nothing_to_vary():
    nothing = FeatureSubset(())
    rng = random.Random(0)
    assert nothing.sample(rng) == nothing.mutate((), rng) == nothing.crossover((), (), rng) == ()


def test_predictors_would_see_a_column_for_each_name():
    encoding = Encoding(Struct({"g": GENE}))
    assert encoding.names == ("g=a", "g=b", "g=c", "g=d")
    assert encoding.vector(Record(g=("b", "d"))).tolist() == [0.0, 1.0, 0.0, 1.0]


def test_unknown_names_and_twice_the_same_are_refused():
    with pytest.raises(ValueError, match="received 'x', expected some of a, b, c, d"):
        GENE.check(["a", "x"])
    with pytest.raises(ValueError, match="expected a list of names"):
        GENE.check("a")
    with pytest.raises(BadInput, match="expected different ones"):
        FeatureSubset(("a", "a"))
