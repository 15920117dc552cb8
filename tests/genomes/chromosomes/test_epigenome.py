"""Marks: drawn, varied and inherited without ever silencing a whole stage."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genomes.chromosomes.epigenome import (
    GROUPS,
    MAXIMUM_STAGES,
    Marks,
    channels_on,
    genes,
    group_of,
    inherit,
)

ROWS = st.text("01", min_size=4, max_size=4).filter(lambda row: "1" in row)
MARKS = st.tuples(ROWS, ROWS)


@settings(max_examples=200, deadline=None)
@given(a=MARKS, b=MARKS, seed=st.integers(0, 2**32 - 1))
def test_operators_give_marks(a: tuple[str, ...], b: tuple[str, ...], seed: int) -> None:
    gene, rng = Marks(2, 4), random.Random(seed)
    assert gene.check(gene.sample(rng)) == gene.sample(random.Random(seed))
    mutant = gene.mutate(a, rng)
    assert gene.check(mutant) == mutant
    assert mutant != a
    child = gene.crossover(a, b, rng)
    assert gene.check(child) == child
    for row, first, second in zip(child, a, b, strict=True):
        assert all(sign in pair for sign, *pair in zip(row, first, second, strict=True))


def test_founders_are_mostly_on() -> None:
    rng = random.Random(0)
    signs = "".join("".join(Marks(6, 8).sample(rng)) for _ in range(100))
    assert 0.03 < signs.count("0") / len(signs) < 0.07


def test_a_gene_of_one_group_cannot_be_switched_off() -> None:
    rng = random.Random(0)
    assert Marks(1, 1).mutate(("1",), rng) == ("1",)
    assert all(Marks(1, 1).sample(rng) == ("1",) for _ in range(50))


@pytest.mark.parametrize("value", [("1111",), ("1111", "111"), ("1111", "11a1"), "1111", None])
def test_what_are_no_marks_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="expected 2 strings of 4 signs"):
        Marks(2, 4).check(value)


def test_a_silent_stage_is_refused() -> None:
    with pytest.raises(ValueError, match="silence a whole stage"):
        Marks(2, 4).check(("1111", "0000"))


def test_genes_of_the_chromosome() -> None:
    value = genes().sample(random.Random(0))
    assert len(value["marks"]) == MAXIMUM_STAGES
    assert {len(row) for row in value["marks"]} == {GROUPS}
    assert genes().check(value) == value


def test_heritability_decides_between_father_and_own() -> None:
    own, acquired = ("1111", "1010"), ("1000", "0101")
    assert inherit(acquired, own, 0.0, random.Random(0)) == own
    assert inherit(acquired, own, 1.0, random.Random(0)) == acquired
    mixed = {inherit(acquired, own, 0.5, random.Random(seed))[0] for seed in range(50)}
    assert mixed == {
        "1" + tail for tail in ("000", "001", "010", "011", "100", "101", "110", "111")
    }


def test_stages_the_father_lacked_and_silent_mixes_stay_the_childs_own() -> None:
    assert inherit((), ("10", "01"), 1.0, random.Random(0)) == ("10", "01")
    assert inherit(("01",), ("10", "11"), 1.0, random.Random(0)) == ("01", "11")
    for seed in range(50):
        assert "1" in inherit(("01",), ("10",), 0.5, random.Random(seed))[0]


def test_groups_are_equal_runs_of_channels() -> None:
    assert [group_of(channel, 16) for channel in range(16)] == [c // 2 for c in range(16)]
    assert [group_of(channel, 4) for channel in range(4)] == [0, 2, 4, 6]
    assert {group_of(channel, 20) for channel in range(20)} == set(range(8))


def test_marks_spread_over_channels_and_one_stays_on() -> None:
    assert channels_on("10000001", 16) == (True, True, *[False] * 12, True, True)
    assert channels_on("01010101", 4) == (True, False, False, False)
    assert channels_on("11111111", 3) == (True, True, True)
