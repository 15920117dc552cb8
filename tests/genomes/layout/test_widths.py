"""Shares of channels: in bounds, varied, mixed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genomes.layout.widths import LEAST, SEEN, Widths

CLASSIC = (0.5, 0.25, 1.0)
GENE = Widths(3, (CLASSIC,))


@given(st.integers(0, 10_000), st.integers(1, 60))
def test_whatever_is_drawn_or_changed_is_allowed(seed: int, groups: int) -> None:
    rng, gene = random.Random(seed), Widths(groups)
    a, b = gene.sample(rng), gene.sample(rng)
    for value in (a, b, gene.mutate(a, rng), gene.crossover(a, b, rng)):
        assert gene.check(value) == value
        assert all(round(share, 3) == share for share in value)


def test_founders_are_uniform_varied_or_classics() -> None:
    rng = random.Random(0)
    drawn = [GENE.sample(rng) for _ in range(400)]
    assert 60 < sum(value == CLASSIC for value in drawn) < 140
    uniform = sum(len(set(value)) == 1 for value in drawn)
    assert 100 < uniform < 250


def test_a_mutation_changes_one_group_or_several() -> None:
    rng, value = random.Random(0), (0.5,) * 8
    changed = [
        sum(a != b for a, b in zip(Widths(8).mutate(value, rng), value, strict=True))
        for _ in range(200)
    ]
    assert {1, 8} <= set(changed)
    assert sum(number == 0 for number in changed) < 10


def test_children_lie_between_their_parents_or_have_shares_of_both() -> None:
    rng, a, b = random.Random(0), (0.2, 0.2, 0.2), (0.8, 0.8, 0.8)
    for _ in range(100):
        assert all(0.2 <= share <= 0.8 for share in GENE.crossover(a, b, rng))


@pytest.mark.parametrize("value", [(0.5, 0.5), (0.5, 0.5, 1.1), (0.5, 0.5, LEAST / 2), "abc", 3])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="expected 3 numbers from"):
        GENE.check(value)


def test_predictors_see_the_mean_and_runs_of_many_groups() -> None:
    columns = Widths(3).encode()
    assert columns.names == (".mean", ".0", ".1", ".2")
    assert columns.write((0.2, 0.4, 0.6)) == pytest.approx([0.4, 0.2, 0.4, 0.6])
    many = Widths(100).encode()
    assert len(many.names) <= SEEN + 1
    assert many.write((0.5,) * 100) == [0.5] * len(many.names)
