"""Formulas over named columns, for predictors: their language, its interpreter, its notation.

`genomes.genes.language` says how formulas are written; here a terminal reads a column:
`("add", "metric_last", 0.5)` is metric_last + 0.5.
Nothing here calls Python's `eval`: only the primitives listed below can run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from genomes.genes.language import Formula, Language

Array = npt.NDArray[np.float64]

LIMIT = 1e6  # every intermediate result is clamped to +-LIMIT, so products stay finite
SMALLEST_DIVISOR = 1e-6


def protected_divide(a: Array, b: Array) -> Array:
    """Divide, where a divisor next to zero gives 1 (Koza 1992)."""
    safe = np.abs(b) > SMALLEST_DIVISOR
    return np.where(safe, a / np.where(safe, b, 1.0), 1.0)


@dataclass(frozen=True)
class Primitive:
    """A function of columns, how many it takes and how it is written."""

    function: Callable[..., Any]
    arity: int
    notation: str


PRIMITIVES: Mapping[str, Primitive] = {
    "add": Primitive(np.add, 2, "({} + {})"),
    "sub": Primitive(np.subtract, 2, "({} - {})"),
    "mul": Primitive(np.multiply, 2, "({} * {})"),
    "div": Primitive(protected_divide, 2, "({} / {})"),
    "min": Primitive(np.minimum, 2, "min({}, {})"),
    "max": Primitive(np.maximum, 2, "max({}, {})"),
    "log": Primitive(lambda a: np.log1p(np.abs(a)), 1, "log(1 + |{}|)"),
    "tanh": Primitive(np.tanh, 1, "tanh({})"),
    "sqrt": Primitive(lambda a: np.sqrt(np.abs(a)), 1, "sqrt(|{}|)"),
    "neg": Primitive(np.negative, 1, "-({})"),
}


LANGUAGE = Language("columns", {name: p.arity for name, p in PRIMITIVES.items()}, LIMIT)
arity, depth, check = LANGUAGE.arity, LANGUAGE.depth, LANGUAGE.check


def evaluate(formula: Formula, columns: Mapping[str, Array], rows: int) -> Array:
    """Evaluate a checked formula; (rows,), finite for any input.

    `columns` maps names to arrays of shape (rows,). A column that is not there reads as zero, as
    do missing values (NaN). Results of every step are clamped to +-LIMIT.
    """

    def leaf(token: str | float) -> Array:
        if not isinstance(token, str):
            return np.full(rows, float(token))
        column = columns.get(token)
        return np.zeros(rows) if column is None else _finite(column)

    def join(name: str, arguments: list[Array]) -> Array:
        found: Array = np.clip(PRIMITIVES[name].function(*arguments), -LIMIT, LIMIT)
        return found

    with np.errstate(all="ignore"):
        return LANGUAGE.fold(formula, leaf, join)


def _finite(column: Array) -> Array:
    return np.nan_to_num(column, nan=0.0, posinf=LIMIT, neginf=-LIMIT).clip(-LIMIT, LIMIT)


def to_text(formula: Formula) -> str:
    """Write a formula as people do, e.g. `(metric_last + 0.5)`."""
    text = LANGUAGE.fold(
        formula,
        lambda token: token if isinstance(token, str) else f"{token:.4g}",
        lambda name, arguments: PRIMITIVES[name].notation.format(*arguments),
    )
    return text[1:-1] if formula[0] in ("add", "sub", "mul", "div") else text
