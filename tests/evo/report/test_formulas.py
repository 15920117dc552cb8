"""Formulas as mathematics: brackets where they are needed, and nowhere else."""

from __future__ import annotations

import pytest

from evo.report.formulas import Node, mathematics


def text(node: Node) -> str:
    """Write a tree on one line: fractions as [a/b], roots as [√a]."""
    name, *children = node
    parts = [child if isinstance(child, str) else text(child) for child in children]
    if name == "mfrac":
        return f"[{parts[0]}/{parts[1]}]"
    return f"[√{parts[0]}]" if name == "msqrt" else "".join(parts)


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        (("metric_last",), "metric last"),
        ((-0.5,), "\N{MINUS SIGN}0.5"),
        (("add", "add", "a", "b", "c"), "a+b+c"),
        (("sub", "a", "sub", "b", "c"), "a\N{MINUS SIGN}(b\N{MINUS SIGN}c)"),
        (("mul", "add", "a", "b", "neg", "c"), "(a+b)·(\N{MINUS SIGN}c)"),
        (("add", "mul", "a", "b", 2.0), "a·b+2"),
        (("add", "a", -2.0), "a+(\N{MINUS SIGN}2)"),
        (("div", "add", "a", "b", "c"), "[a+b/c]"),
        (("neg", "add", "a", "b"), "\N{MINUS SIGN}(a+b)"),
        (("log", "neg", "a"), "log(1+|\N{MINUS SIGN}a|)"),
        (("sqrt", "max", "a", "tanh", "b"), "[√|max(a,tanh(b))|]"),
    ],
)
def test_formulas_are_written_as_people_do(formula: tuple[str | float, ...], written: str) -> None:
    assert text(mathematics(formula)) == written


def test_what_is_no_formula_is_refused() -> None:
    with pytest.raises(ValueError, match="arguments are missing"):
        mathematics(("add", "a"))
