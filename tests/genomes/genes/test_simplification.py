"""One form for all ways of writing a function; what it computes stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from genomes.genes.activation import LANGUAGE, _fold_constants, evaluate
from genomes.genes.language import Formula
from genomes.genes.simplification import simplify
from tests.genomes.bred_functions import EVERYWHERE, FORMULAS


def simplified(*formula: str | float) -> Formula:
    return simplify(formula, LANGUAGE, _fold_constants)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (("add", "x", 0.0), ("x",)),
        (("add", 0.0, "x"), ("x",)),
        (("mul", 1.0, "x"), ("x",)),
        (("mul", "x", 0.0), (0.0,)),
        (("mul", "x", -1.0), ("sub", 0.0, "x")),
        (("div", "x", 1.0), ("x",)),
        (("div", "x", -1.0), ("sub", 0.0, "x")),
        (("div", 0.0, "x"), (0.0,)),
        (("sub", "x", "x"), (0.0,)),
        (("sub", "x", 0.0), ("x",)),
        (("sub", "x", 2.0), ("add", "x", -2.0)),
        (("sub", 0.0, "sub", 0.0, "x"), ("x",)),
        (("sub", 0.0, "sub", "x", "tanh", "x"), ("sub", "tanh", "x", "x")),
        (("sub", "tanh", "x", "sub", 0.0, "x"), ("add", "x", "tanh", "x")),
        (("add", "sub", 0.0, "x", "exp", "x"), ("sub", "exp", "x", "x")),
        (("min", "exp", "x", "exp", "x"), ("exp", "x")),
        (("max", 0.0, "x"), ("max", "x", 0.0)),
        (("mul", "sigmoid", "x", "x"), ("mul", "x", "sigmoid", "x")),
        (("add", "x", "mul", 2.0, "add", 0.25, 0.25), ("add", "x", 1.0)),
        (("max", "x", "div", 1.0, 0.0), ("max", "x", 100.0)),  # protected: divided by 0.01
        (("tanh", "add", "x", "sub", "x", "x"), ("tanh", "x")),
    ],
)
def test_rules(formula: Formula, expected: Formula) -> None:
    assert simplified(*formula) == expected


def test_what_is_not_the_same_stays() -> None:
    for formula in (
        ("div", "x", "x"),  # not one next to zero
        ("sub", "x", "tanh", "x"),
        ("mul", "add", "x", 1.0, 0.5),  # the sum may be clamped before it is halved
    ):
        assert simplified(*formula) == formula


@settings(max_examples=300, deadline=None)
@given(FORMULAS)
def test_simplifying_again_changes_nothing_and_nothing_grows(formula: Formula) -> None:
    once = simplified(*formula)
    assert simplified(*once) == once
    assert len(once) <= len(formula)
    assert LANGUAGE.check(once, ("x",)) == once


@settings(max_examples=300, deadline=None)
@given(FORMULAS, EVERYWHERE)
def test_values_stay(formula: Formula, inputs: list[float]) -> None:
    x = np.array(inputs)
    np.testing.assert_allclose(
        evaluate(simplified(*formula), x), evaluate(formula, x), rtol=1e-6, atol=1e-9
    )
