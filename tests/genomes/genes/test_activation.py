"""Activation functions as data: names and formulas in one form, checked, counted, written."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings

from genomes.genes.activation import (
    ACTIVATIONS,
    LIMIT,
    TREES,
    check,
    constants,
    evaluate,
    flops,
    is_bred,
    to_text,
    tree,
)
from genomes.genes.language import Formula
from tests.genomes.bred_functions import EVERYWHERE, FORMULAS


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_trees_of_the_five_are_their_names(name: str) -> None:
    assert check(list(TREES[name])) == name == check(name)
    assert tree(name) == TREES[name]
    assert not is_bred(name)
    assert evaluate(name, np.zeros(1))[0] == 0.0


def test_names_are_found_however_they_are_written() -> None:
    assert check(["add", "max", 0, "x", 0]) == "relu"
    assert check(["mul", "sigmoid", "mul", "x", 1, "x"]) == "silu"
    assert check(["max", "sub", "exp", "min", 0, "x", 1, "x"]) == "elu"
    assert check(["tanh", "x"]) == "tanh"


def test_values_of_the_five() -> None:
    x = np.array([-2.0, -0.5, 0.0, 1.5])
    expected = {
        "relu": np.maximum(x, 0.0),
        "silu": x / (1.0 + np.exp(-x)),
        "tanh": np.tanh(x),
        "elu": np.where(x > 0, x, np.expm1(x)),
    }
    for name, values in expected.items():
        np.testing.assert_allclose(evaluate(name, x), values, atol=1e-12)
    grid = np.linspace(-8.0, 8.0, 2001)
    exact = np.array([0.5 * v * (1.0 + math.erf(v / math.sqrt(2.0))) for v in grid])
    assert 0.02 < np.abs(evaluate("gelu", grid) - exact).max() < 0.021


def test_protected_steps() -> None:
    x = np.array([0.0, 0.004, -0.004, 2.0, LIMIT])
    assert evaluate(("div", 1.0, "x"), x).tolist() == [100.0, 100.0, -100.0, 0.5, 1e-4]
    np.testing.assert_allclose(evaluate(("log", "x"), x), np.log1p(np.abs(x)))
    assert evaluate(("exp", "x"), x)[-1] == pytest.approx(LIMIT, rel=1e-3)
    assert evaluate(("mul", "x", "x"), x)[-1] == LIMIT


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="received 'sine', expected one of relu, gelu"):
        check("sine")
    with pytest.raises(ValueError, match="unknown name in a formula 'sine'"):
        check(["sine", "x"])
    with pytest.raises(ValueError, match="value never changes"):
        check(["sub", "x", "x"])
    with pytest.raises(ValueError, match="1 arguments are missing"):
        check(["add", "x"])
    with pytest.raises(ValueError, match="tokens follow"):
        check(["x", "x"])
    with pytest.raises(ValueError, match=r"received the constant 1000000\.0, allowed are -10000"):
        check(["mul", "x", 1e6])
    with pytest.raises(ValueError, match="received the constant nan"):
        check(["add", "x", float("nan")])
    with pytest.raises(ValueError, match="expected a name or a number"):
        check(["add", "x", True])


def test_constants_and_flops() -> None:
    function = ("max", "mul", "x", 0.1, "add", "tanh", "x", -1.0)
    assert constants(function) == (0.1, -1.0)
    assert flops(function) == 1 + 1 + 1 + 4
    assert constants("relu") == ()
    assert {flops(name) for name in ACTIVATIONS} == {1}
    assert flops(("div", "exp", "x", "log", "x")) == 12


@pytest.mark.parametrize(
    ("function", "text"),
    [
        ("relu", "relu"),
        (("mul", "x", "sigmoid", "mul", "x", 1.5), "x * sigmoid(x * 1.5)"),
        (("mul", "add", "x", 1.0, "add", "x", -2.0), "(x + 1) * (x - 2)"),
        (("sub", "x", "sub", 1.0, "x"), "x - (1 - x)"),
        (("sub", "sub", 1.0, "x", "tanh", "x"), "1 - x - tanh(x)"),
        (("div", "x", "mul", "x", 3.0), "x / (x * 3)"),
        (("log", "add", "x", 1.0), "log(1 + |x + 1|)"),
    ],
)
def test_notation(function: str | Formula, text: str) -> None:
    assert to_text(function) == text


@settings(max_examples=200, deadline=None)
@given(FORMULAS, EVERYWHERE)
def test_values_lie_within_the_bounds(formula: Formula, inputs: list[float]) -> None:
    values = evaluate(formula, np.array([*inputs, np.inf, -np.inf]))
    assert (np.abs(values) <= LIMIT).all()


@settings(max_examples=200, deadline=None)
@given(FORMULAS)
def test_checking_again_changes_nothing(formula: Formula) -> None:
    try:
        once = check(formula)
    except ValueError:
        return  # x has cancelled out
    assert check(once) == once
    assert check([*tree(once)]) == once
