"""Each kind of target: what it makes of data, and what it refuses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from fitness.data.arrays import UnusableData
from fitness.target import Array, Target
from fitness.targets.classes import Classes
from fitness.targets.labels import Labels
from fitness.targets.values import Values

RARE = np.array([0] * 6 + [1] * 3 + [2])


def adopted(target: Target, y: Any) -> Target:
    return target.adopted(dict.fromkeys(("train", "validation", "test"), np.asarray(y))).target


def test_class_weights_have_the_mean_one_and_multiply_losses() -> None:
    target = adopted(Classes(weights="balanced"), RARE)
    assert isinstance(target, Classes)
    factors = np.array(target.factors)
    assert factors[RARE].mean() == pytest.approx(1.0)
    assert (factors / factors[0]).tolist() == pytest.approx([1.0, 2.0, 6.0])
    outputs, y = torch.zeros(10, 3), torch.from_numpy(RARE)
    expected = [factor * math.log(3) for factor in factors[RARE]]
    assert target.loss(outputs, y, reduction="none").tolist() == pytest.approx(expected)
    given = adopted(Classes(weights=(1, 2, 6)), RARE)
    assert isinstance(given, Classes)
    assert given.factors == pytest.approx(target.factors)
    assert given.identity != adopted(Classes(), RARE).identity  # another training


def test_values_are_learnt_standardised_and_read_in_their_units() -> None:
    y = np.array([[1e6 + 1.0, -2.0], [1e6 + 2.0, 0.0], [1e6 + 6.0, 2.0]])
    target = adopted(Values(), y)
    encoded = target.encoded(y)
    assert encoded.dtype == np.float32
    assert encoded.mean(axis=0) == pytest.approx([0.0, 0.0], abs=1e-6)
    assert encoded.std(axis=0) == pytest.approx([1.0, 1.0])
    assert np.allclose(target.readable(encoded), y, rtol=0, atol=1e-5)


def test_one_value_an_example_may_be_flat() -> None:
    y = [3.0, 1.0, 2.0]
    assert adopted(Values(), y).outputs == 1
    assert Values().adopted({"train": np.array(y)}).y["train"].shape == (3, 1)


def test_the_squared_and_the_huber_error() -> None:
    y = torch.tensor([[0.0], [0.0]])
    outputs = torch.tensor([[0.5], [3.0]])
    assert Values().loss(outputs, y, reduction="none").tolist() == [0.25, 9.0]
    assert Values(error="huber").loss(outputs, y, reduction="none").tolist() == [0.125, 2.5]


def test_strata_of_values_are_tenths() -> None:
    strata = Values().strata(np.random.default_rng(0).permutation(50)[:, None].astype(float))
    assert np.bincount(strata).tolist() == [5] * 10


BAD: dict[str, tuple[Target, Array, str]] = {
    "one class": (Classes(), np.zeros(4, int), "expected at least 2 classes"),
    "weights for two": (Classes(weights=(1.0, 2.0)), RARE, "2 class weights, expected .* 3 class"),
    "a constant": (Values(), np.full(4, 7.5), "the target is 7.5 in all of train"),
    "one of two": (Values(), np.array([[1.0, 3.0], [2.0, 3.0]]), "value 1 is 3 in all of train"),
    "a constant far away": (Values(), 1e9 + np.arange(4) * 1e-7, "nothing to learn"),
    "NaN": (Values(), np.array([1.0, np.nan, 2.0]), "1 targets of train that are NaN"),
    "texts": (Values(), np.array(["a", "b"]), "expected real numbers"),
    "names": (Values(names=("a", "b")), np.arange(3.0), "2 names for 1 values"),
    "a label of all": (Labels(), np.array([[1, 0], [1, 1]]), "label 0 is given to all of train"),
    "no 0 and 1": (Labels(), np.array([[2, 0], [1, 1]]), "expected 0 or 1"),
    "label names": (Labels(names=("a",)), np.array([[1, 0], [0, 1]]), "expected 1 in each"),
}


@pytest.mark.parametrize(("target", "y", "message"), BAD.values(), ids=BAD)
def test_what_cannot_be_learnt_is_refused(target: Target, y: Array, message: str) -> None:
    with pytest.raises(UnusableData, match=message):
        adopted(target, y)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Classes(1), "received 1 classes"),
        (lambda: Classes(3, ("a",)), "1 names for 3 classes"),
        (lambda: Classes(weights=(1.0, -1.0)), "expected balanced, or a number above 0"),
        (lambda: Values(error="cubic"), "received error 'cubic', expected squared or huber"),  # type: ignore[arg-type]
    ],
)
def test_impossible_arguments_are_refused(make: Any, message: str) -> None:
    with pytest.raises(UnusableData, match=message):
        make()
