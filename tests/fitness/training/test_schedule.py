"""Courses over training: literal values, bounds for any genes, what is constant."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitness.training.schedule import FUNCTIONS, BasisSchedule, BasisTerm
from genomes.chromosomes import schedule_genes
from genomes.genes.registry import UnknownName

SHARES = st.floats(0.0, 1.0)
TERMS = st.builds(BasisTerm, st.sampled_from(FUNCTIONS.names()), SHARES, SHARES)


def single(function: str, shape: float = 0.0) -> BasisSchedule:
    return BasisSchedule((BasisTerm(function, 1.0, shape),))


def test_the_gene_names_what_exists() -> None:
    assert list(schedule_genes.FUNCTIONS) == FUNCTIONS.names()


@given(st.lists(TERMS, max_size=4), SHARES)
def test_any_course_stays_from_zero_to_one_and_reaches_one(
    terms: list[BasisTerm], progress: float
) -> None:
    some = BasisSchedule(tuple(terms))
    assert 0.0 <= some.at(progress) <= 1.0
    assert max(some.at(step / 128) for step in range(129)) == pytest.approx(1.0)


@given(st.sampled_from(FUNCTIONS.names()), SHARES, SHARES)
def test_functions_are_finite_and_bounded(function: str, progress: float, shape: float) -> None:
    value = FUNCTIONS.load(function).value(progress, shape)
    assert isinstance(value, float)
    low, high = (-1.0, 0.0) if function == "warm-up" else (0.0, 1.0)
    assert low <= value <= high


@pytest.mark.parametrize("function", FUNCTIONS.names())
@given(shape=SHARES)
def test_all_but_the_warm_up_begin_at_their_peak(function: str, shape: float) -> None:
    values = [FUNCTIONS.load(function).value(step / 50, shape) for step in range(51)]
    peak = values[-1] if function == "warm-up" else values[0]
    assert peak == max(values)


@pytest.mark.parametrize(
    ("function", "shape", "values"),  # at progress 0, 1/4, 1/2, 3/4, 1
    [
        ("constant", 0.3, (1.0, 1.0, 1.0, 1.0, 1.0)),
        ("linear", 0.0, (1.0, 0.75, 0.5, 0.25, 0.0)),
        ("linear", 5 / 9, (1.0, 1.0, 1.0, 0.5, 0.0)),  # falls from the middle on
        ("exponential", 1 / 9, (1.0, 0.5**0.5, 0.5, 0.5**1.5, 0.25)),  # two halvings
        ("cyclic", 0.0, (1.0, 0.5 + 0.5 / 2**0.5, 0.5, 0.5 - 0.5 / 2**0.5, 0.0)),
        ("cyclic", 1.0, (1.0, 1.0, 1.0, 1.0, 1.0)),  # four whole waves
        ("step", 0.5, (1.0, 1.0, 0.1, 0.1, 0.1)),
        ("warm-up", 1.0, (-1.0, -0.75, -0.5, -0.25, 0.0)),
        ("warm-up", 0.0, (-1.0, 0.0, 0.0, 0.0, 0.0)),  # over within a fiftieth
    ],
)
def test_literal_values(function: str, shape: float, values: tuple[float, ...]) -> None:
    found = [FUNCTIONS.load(function).value(step / 4, shape) for step in range(5)]
    assert found == pytest.approx(list(values), abs=1e-12)


def test_a_sum_is_divided_by_its_peak() -> None:
    falling = BasisSchedule((BasisTerm("linear", 0.6, 0.0), BasisTerm("constant", 0.2, 0.0)))
    assert [falling.at(p) for p in (0.0, 0.5, 1.0)] == pytest.approx([1.0, 0.5 / 0.8, 0.25])


def test_a_warm_up_takes_away_at_the_start() -> None:
    risen = BasisSchedule((BasisTerm("constant", 0.5, 0.0), BasisTerm("warm-up", 0.5, 1.0)))
    assert [risen.at(p) for p in (0.0, 0.25, 1.0)] == pytest.approx([0.0, 0.25, 1.0])
    assert single("warm-up", 1.0).at(0.25) == pytest.approx(0.25)  # takes away from one
    drowned = BasisSchedule((BasisTerm("constant", 0.1, 0.0), BasisTerm("warm-up", 1.0, 1.0)))
    assert drowned.at(0.5) == 0.0  # what is below zero counts as zero
    assert drowned.at(1.0) == pytest.approx(1.0)


def test_nothing_is_constant() -> None:
    assert not BasisSchedule().varies
    assert BasisSchedule().at(0.7) == 1.0
    assert BasisSchedule.from_genes(None) == BasisSchedule.from_genes(()) == BasisSchedule()
    assert BasisSchedule((BasisTerm("linear", 0.0, 0.0),)).at(0.7) == 1.0  # a sum without a peak


def test_drawn_genes_are_read() -> None:
    rng = random.Random(0)
    gene = schedule_genes.schedule_gene(1, 4)
    drawn = [gene.sample(rng) for _ in range(50)]
    assert {len(value) for value in drawn} == {1, 2, 3, 4}
    assert all(len(BasisSchedule.from_genes(value).terms) == len(value) for value in drawn)
    assert all(math.isfinite(BasisSchedule.from_genes(value).at(0.5)) for value in drawn)


def test_what_is_no_term_is_refused() -> None:
    with pytest.raises(ValueError, match=r"coefficient -0\.1, expected a number from 0 to 1"):
        BasisTerm("linear", -0.1, 0.0)
    with pytest.raises(ValueError, match="received shape 2"):
        BasisTerm("linear", 1.0, 2.0)
    with pytest.raises(UnknownName, match="Did you mean 'linear'"):
        single("liner").at(0.0)
