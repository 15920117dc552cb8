"""Languages of formulas: arity, depth, folding, and what is refused."""

from __future__ import annotations

import pytest

from genomes.genes.language import Language

SMALL = Language("small", {"plus": 2, "minus": 1}, 9.0)


def test_arity_and_depth() -> None:
    assert [SMALL.arity(token) for token in ("plus", "minus", "x", 2.0)] == [2, 1, 0, 0]
    assert SMALL.depth(("x",)) == 0
    assert SMALL.depth(("plus", "x", "minus", "minus", "x")) == 3


def test_folding_keeps_the_order_of_arguments() -> None:
    written = SMALL.fold(
        ("plus", "minus", "x", "plus", 1.0, "y"),
        str,
        lambda name, arguments: f"{name}({', '.join(arguments)})",
    )
    assert written == "plus(minus(x), plus(1.0, y))"


def test_checking() -> None:
    assert SMALL.check(["plus", "x", 2], ("x",)) == ("plus", "x", 2.0)
    for formula, message in (
        ("x", "expected a formula"),
        (["plus", "x"], "1 arguments are missing"),
        (["x", "x"], "tokens follow after its end"),
        (["plus", "x", "z"], "unknown name in a formula 'z'"),
        (["plus", "x", 10], "received the constant 10, allowed are -9 to 9"),
        (["plus", "x", False], "expected a name or a number"),
    ):
        with pytest.raises(ValueError, match=message):
            SMALL.check(formula, ("x",))


def test_languages_are_equal_by_name() -> None:
    assert Language("small", {}, 1.0) == SMALL
    assert hash(Language("small", {}, 1.0)) == hash(SMALL)
    assert Language("other", SMALL.arities, 9.0) != SMALL
