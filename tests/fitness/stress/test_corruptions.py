"""Corruptions: on tiny inputs by hand, and what all of them keep to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fitness.data.inputs.table_column import Column
from fitness.stress.corruption import CORRUPTIONS, SEVERITIES, Corruption, corruptions_for
from fitness.stress.input_facts import InputFacts, facts_of
from genomes.genes.registry import UnknownName

KINDS = {"images": (40, 2, 6, 8), "signals": (40, 2, 30), "rows": (40, 5)}


def inputs(kind: str) -> np.ndarray[Any, Any]:
    """Draw inputs whose neighbours are alike."""
    steps = np.random.default_rng(3).normal(size=KINDS[kind])
    for axis in range(2, steps.ndim):
        steps = steps.cumsum(axis=axis)
    return steps.astype(np.float32)


def facts(kind: str) -> InputFacts:
    return facts_of(inputs(kind))


CASES = [(name, kind) for name in CORRUPTIONS.names() for kind in Corruption.load(name).strengths]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_every_corruption_changes_more_the_severer_it_is(name: str, kind: str) -> None:
    one, x = Corruption.load(name), inputs(kind)
    before = x.copy()
    changed = [one(x, facts(kind), severity) for severity in SEVERITIES]
    for found in changed:
        assert (found.shape, found.dtype) == (x.shape, x.dtype)
        assert np.isfinite(found).all()
    away = [float(np.abs(found - x).mean()) for found in changed]
    assert away[0] > 0
    assert away[-1] > 1.2 * away[0]
    assert np.array_equal(x, before)
    assert list(one.strengths[kind]) == sorted(one.strengths[kind])


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_the_same_seed_gives_the_same_inputs(name: str, kind: str) -> None:
    one, x = Corruption.load(name), inputs(kind)
    assert np.array_equal(one(x, facts(kind), 3, seed=5), one(x, facts(kind), 3, seed=5))


@pytest.mark.parametrize("kind", ["images", "signals"])
@pytest.mark.parametrize("name", ["noise", "brightness"])
def test_what_is_added_stays_in_the_range_of_training(name: str, kind: str) -> None:
    found = Corruption.load(name)(inputs(kind), facts(kind), 5)
    assert found.min() >= facts(kind).low.min()
    assert found.max() <= facts(kind).high.max()


def test_noise_of_severity_three_has_the_deviation_that_it_says() -> None:
    x = np.full((50, 1, 20, 20), 0.5, dtype=np.float32)
    known = facts_of(np.array([0.0, 1.0], dtype=np.float32).reshape(2, 1, 1, 1))
    assert Corruption.load("noise").strength(known, 3) == 0.12
    assert Corruption.load("noise")(x, known, 3).std() == pytest.approx(0.12, rel=0.03)


def test_contrast_of_severity_two_halves_the_distance_from_the_mean() -> None:
    x = np.array([[[[0.0, 4.0]]]])
    found = Corruption.load("contrast")(x, facts_of(x), 2)
    assert found.tolist() == [[[[1.0, 3.0]]]]


def test_brightness_of_severity_one_adds_a_tenth_of_the_range() -> None:
    x = np.array([[[[0.0, 4.0, 10.0]]]])
    found = Corruption.load("brightness")(x, facts_of(x), 1)
    assert found.tolist() == [[[[1.0, 5.0, 10.0]]]]


def test_a_shift_repeats_the_edge() -> None:
    x = np.arange(8.0).reshape(1, 1, 8).repeat(30, axis=0)
    found = Corruption.load("shift")(x, facts_of(x), 5)  # a quarter of 8
    ways = {tuple(row[0]) for row in found.tolist()}
    assert ways == {(0, 0, 0, 1, 2, 3, 4, 5), (2, 3, 4, 5, 6, 7, 7, 7)}


def test_occlusion_of_severity_three_hides_a_square_of_two_fifths() -> None:
    x = np.random.default_rng(0).random((20, 2, 10, 10))
    found = Corruption.load("occlusion")(x, facts_of(x), 3)
    assert ((found != x).sum(axis=(1, 2, 3)) == 2 * 4 * 4).all()
    assert np.allclose(found[found != x].reshape(20, 2, 16), x.mean((0, 2, 3))[None, :, None])


def test_blur_keeps_a_flat_signal_and_spreads_a_peak() -> None:
    x = np.zeros((1, 1, 9))
    x[..., 4] = 1.0
    found = Corruption.load("blur")(x, facts_of(x), 2)[0, 0]
    assert found[4] == pytest.approx(0.4, abs=0.01)  # a Gaussian of deviation 1
    assert found.sum() == pytest.approx(1.0)
    assert Corruption.load("blur")(np.ones((1, 1, 9)), facts_of(x), 5) == pytest.approx(1.0)


def table() -> tuple[np.ndarray[Any, Any], InputFacts]:
    """Return rows of two numbers, the second at times missing, and a category of three texts."""
    columns = (Column("a"), Column("b"), Column("c", "category", ("x", "y", "z")))
    x = np.array([[1.0, 5.0, 0.0], [3.0, np.nan, 2.0], [5.0, 9.0, 1.0]] * 40)
    return x, facts_of(x, columns)


def test_noise_of_columns_is_in_their_own_deviation_and_spares_categories() -> None:
    x, known = table()
    found = Corruption.load("column-noise")(x, known, 5)
    assert np.array_equal(found[:, 2], x[:, 2])
    assert (found - x)[:, 0].std() == pytest.approx(x[:, 0].std(), rel=0.2)
    assert np.array_equal(np.isnan(found), np.isnan(x))


def test_missing_values_are_nan_only_where_training_knew_some() -> None:
    x, known = table()
    found = Corruption.load("missing-values")(x, known, 5)
    assert not np.isnan(found[:, 0]).any()
    assert set(found[found[:, 0] != x[:, 0], 0].tolist()) == {3.0}  # the median
    assert np.isnan(found[:, 1]).mean() == pytest.approx(1 / 3 + 2 / 3 * 0.5, abs=0.12)
    assert set(found[found[:, 2] != x[:, 2], 2].tolist()) == {3.0}  # the unknown category


def test_swapped_columns_trade_numbers_of_a_row() -> None:
    x, known = table()
    found = Corruption.load("swapped-columns")(x, known, 1)
    assert np.array_equal(found[:, 0], x[:, 1], equal_nan=True)
    assert np.array_equal(found[:, 1], x[:, 0])
    assert np.array_equal(found[:, 2], x[:, 2])


def test_corruptions_are_those_of_the_kind_and_a_note_says_what_cannot_be() -> None:
    names = [one.name for one in corruptions_for(facts("images"))[0]]
    assert names == ["blur", "brightness", "contrast", "noise", "occlusion", "shift"]
    one_number = facts_of(np.arange(4.0).reshape(4, 1))
    found, notes = corruptions_for(one_number)
    assert [one.name for one in found] == ["column-noise", "missing-values"]
    assert notes == ["no swapped columns: there are no two columns of numbers"]


def test_channels_of_signals_have_their_own_range_and_those_of_images_one() -> None:
    x = np.stack([np.linspace(0, 1, 12), np.linspace(0, 100, 12)])[None]
    assert facts_of(x).high.tolist() == [[1.0], [100.0]]
    assert facts_of(x[..., None]).high.tolist() == 100.0


def test_names_are_checked() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'noise'"):
        Corruption.load("noize")
    with pytest.raises(ValueError, match="expected 5 and what they count"):
        Corruption("mine", {"rows": (1.0,)}, {"rows": "x"}, lambda *a: a[0], lambda facts: "")
