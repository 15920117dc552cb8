"""What strangers met: an objective as a tensor, a 0-d array or a Decimal was recorded as diverged,
as if training had gone wrong; so were None and text. One finite number is one, of any type."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

import numpy as np
import pytest
import torch

import evo
from genomes.genes.number import NoNumber, number


def one_call(value: Any, **more: Any) -> Any:
    """Return the row of the history that a call with this objective leaves."""
    calls = iter([evo.Outcome({"loss": value, "size": 1.0}, **more)])
    try:
        result = evo.search(
            {"x": evo.Real(0.0, 1.0)},
            lambda *_: next(calls, evo.Outcome({"loss": 2.0, "size": 1.0})),
            objectives={"loss": "min", "size": "min"},
            epochs=1,
            budget_epochs=4,
            population=4,
            strategy="random",
        )
    except evo.NothingSucceeded as error:
        result = cast(evo.Result, error.result)
    return result.history.iloc[0]


@pytest.mark.parametrize(
    "value",
    [
        0.25,
        np.float32(0.25),
        np.float16(0.25),
        np.longdouble(0.25),
        np.array(0.25),
        np.array([0.25]),
        np.array([[0.25]], dtype=">f4"),
        torch.tensor(0.25),
        torch.tensor([0.25], requires_grad=True),
        torch.tensor(0.25, dtype=torch.bfloat16),
        Decimal("0.25"),
        Fraction(1, 4),
        np.array(Decimal("0.25")),
    ],
    ids=lambda value: f"{type(value).__name__}-{value!r}"[:60],
)
def test_one_finite_number_is_one(value: Any) -> None:
    assert number(value) == 0.25
    row = one_call(value, curve=[value], features={"norm": value}, flops=value)
    assert (row["status"], row["loss"]) == ("ok", 0.25)


@pytest.mark.parametrize("value", [7, np.uint8(7), np.array(7), torch.tensor(7), Decimal(7)])
def test_so_is_a_whole_one(value: Any) -> None:
    row = one_call(value)
    assert (row["status"], row["loss"]) == ("ok", 7.0)


@pytest.mark.parametrize(
    "value",
    [
        math.nan, -math.inf, np.float32("nan"), torch.tensor(math.inf), Decimal("NaN"),
        Decimal("sNaN"), Decimal("-Infinity"), np.array(np.nan), 10**400, Decimal("1e400"),
    ],
)  # fmt: skip
def test_only_what_is_not_finite_has_diverged(value: Any) -> None:
    row = one_call(value)
    assert row["status"] == "diverged"
    assert row["reason"].startswith("objective loss is ")
    assert row["reason"].endswith(", expected a finite number")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "None"),
        ("0.25", "str"),
        (b"1", "bytes"),
        (True, "bool"),
        (np.bool_(True), "numpy.bool"),
        (torch.tensor(True), "torch.Tensor"),
        (1j, "complex"),
        ([0.25], "list"),
        ({"value": 1}, "dict"),
        (np.array([1.0, 2.0]), "numpy.ndarray of shape (2,)"),
        (np.array([]), "numpy.ndarray of shape (0,)"),
        (torch.ones(3), "torch.Tensor of shape (3,)"),
        (np.datetime64("2026-01-01"), "numpy.datetime64"),
        (np.timedelta64(5, "s"), "numpy.timedelta64"),
        (np.str_("1"), "numpy.str_"),
        (object(), "object"),
    ],
)
def test_what_is_no_number_has_failed_and_its_type_is_named(value: Any, kind: str) -> None:
    with pytest.raises(NoNumber):
        number(value)
    row = one_call(value)
    assert row["status"] == "failed"
    assert f"a value of type {kind}; expected one number" in row["reason"]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (evo.Outcome([0.25]), "received objectives [0.25] of type list"),  # type: ignore[arg-type]
        (evo.Outcome(None), "received objectives None of type None"),  # type: ignore[arg-type]
        (evo.Outcome({1: 0.25}), "whose keys are str"),  # type: ignore[dict-item]
        (evo.Outcome({"loss": 1}, curve=3), "curve is 3 of type int"),  # type: ignore[arg-type]
        (evo.Outcome({"loss": 1}, curve=[1, "x"]), "curve[1] is 'x'"),  # type: ignore[list-item]
        (evo.Outcome({"loss": 1}, features={"norm": None}), "feature norm is None"),  # type: ignore[dict-item]
        (evo.Outcome({"loss": 1}, flops="1e6"), "flops is '1e6'"),  # type: ignore[arg-type]
        ({"loss": 1}, "returned {'loss': 1} of type dict, expected an evo.Outcome"),
        (None, "returned None of type None, expected an evo.Outcome"),
        (0.25, "returned 0.25 of type float, expected an evo.Outcome"),
    ],
)
def test_what_else_is_wrong_with_an_outcome_is_said(outcome: Any, words: str) -> None:
    with pytest.raises(evo.NothingSucceeded) as stopped:
        evo.search(
            {"x": evo.Real(0.0, 1.0)}, lambda *_: outcome, objectives={"loss": "min"}, epochs=1,
            budget_epochs=1, strategy="random",
        )  # fmt: skip
    assert words in str(stopped.value)
