"""What counts as one number, wherever a user hands one over: bounds, objectives, budgets, curves.

Python's numbers, Decimal and Fraction, numpy's scalars, and arrays or tensors of one element. Not
text, None, complex numbers or truth values: `True` where a number belongs is a mistake more often
than a 1. Knows numpy and torch by what their values can do, and imports neither.
"""

from __future__ import annotations

import math
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

from genomes.genes.errors import BadInput


class NoNumber(TypeError):
    """A value is not one number; the message names its type."""

    def __init__(self, value: object) -> None:
        super().__init__(f"a value of type {type_name(value)}")


def number(value: object) -> float:
    """Return one number as a float, infinite where a float cannot hold it; raise `NoNumber`."""
    plain = _scalar(value)
    if isinstance(plain, bool) or not isinstance(plain, Real | Decimal):
        raise NoNumber(value)
    if isinstance(plain, Decimal) and plain.is_nan():
        return math.nan
    try:
        return float(plain)
    except OverflowError:
        return -math.inf if str(plain).startswith("-") else math.inf


def whole_number(value: object, wanted: str) -> int:
    """Return a whole number of a whole type; raise `BadInput` with what was wanted if it is none.

    4.0 is refused: where a whole number belongs, a float tells of a mistake nearby.
    """
    plain = _scalar(value)
    if isinstance(plain, bool) or not isinstance(plain, Integral):
        raise BadInput(f"received {wanted} {shown(value)}, expected a whole number")
    return int(plain)


def finite_number(value: object, wanted: str) -> float:
    """Return a finite number; raise `BadInput` with what was wanted if it is none."""
    try:
        found = number(value)
    except NoNumber as error:
        raise BadInput(f"received {wanted} {shown(value)}, {error}; expected a number") from None
    if not math.isfinite(found):
        raise BadInput(f"received {wanted} {shown(value)}, expected a finite number")
    return found


def check_name(what: str, name: object) -> None:
    """Raise `BadInput` unless this can name a column: a str of printable characters."""
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        kind = type_name(name)
        raise BadInput(
            f"received {what} {shown(name)} of type {kind}, expected a str of printable characters"
        )


def shown(value: object) -> str:
    """Write a value as people should see it in a message: never a page long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else text[:77] + "..."


def type_name(value: object) -> str:
    """Name a type as its users do: numpy.ndarray of shape (3,), torch.Tensor, str, None."""
    if value is None:
        return "None"
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else kind.__module__.split(".")[0] + "."
    shape = getattr(value, "shape", None)
    of_shape = f" of shape {tuple(shape)}" if isinstance(shape, tuple) and shape else ""
    return f"{module}{kind.__qualname__}{of_shape}"


def _scalar(value: object) -> object:
    """Return what an array, tensor or numpy scalar of one element holds; others as they are."""
    plain: Any = value
    dtype = getattr(plain, "dtype", None)
    if dtype is None or not hasattr(plain, "item"):
        return value
    if getattr(dtype, "kind", "f") in "mMUS":  # dates, durations and text, integers to numpy
        return None
    shape = getattr(plain, "shape", ())
    return plain.item() if math.prod(shape) == 1 else value
