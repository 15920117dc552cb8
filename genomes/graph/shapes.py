"""Shapes of what flows through a network, and the checks that operations make of them."""

from __future__ import annotations

from math import isfinite

from genomes.genes.gene import Record

Shape = tuple[int, ...]  # without the batch, as `SHAPES` says
MOST = 10**9  # of any size that a node states: numbers beyond are a mistake, or meant to harm
SHAPES = "(channels, height, width), (channels, length) or (features,)"


def positive(attributes: Record, *names: str) -> None:
    """Raise ValueError unless all these attributes are whole numbers from 1 to `MOST`."""
    for name in names:
        value = attributes[name]
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} is {value!r}, expected a whole number of at least 1")
        if value > MOST:
            raise ValueError(f"{name} is beyond {MOST:,}, as in no network")


def are_whole(values: object, count: int, least: int) -> bool:
    """Tell whether these are so many whole numbers of at least `least`."""
    return (
        isinstance(values, tuple)
        and len(values) == count
        and all(type(value) is int and value >= least for value in values)
    )


def yes_or_no(attributes: Record, name: str) -> None:
    """Raise ValueError unless an attribute is true or false."""
    if not isinstance(attributes[name], bool):
        raise ValueError(f"{name} is {attributes[name]!r}, expected true or false")


def is_finite(value: object) -> bool:
    """Tell whether a value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def check_inputs(shape: Shape) -> None:
    """Raise ValueError unless a network can have inputs of this shape."""
    if len(shape) not in (1, 2, 3) or not all(isinstance(n, int) and n > 0 for n in shape):
        raise ValueError(f"received input shape {shape}, expected {SHAPES}, all at least 1")
    if max(shape) > MOST:
        raise ValueError(f"received an input shape with more than {MOST:,}, which none has")


def sides(shape: Shape) -> Shape:
    """Return (height, width) of an image, (length,) of a sequence; ValueError for vectors."""
    if len(shape) == 1:
        raise ValueError(
            f"received input shape {shape}, expected (channels, height, width) or "
            "(channels, length)"
        )
    return shape[1:]


def vector(shape: Shape) -> Shape:
    """Return the shape of a vector; raise ValueError for any other."""
    if len(shape) != 1:
        raise ValueError(f"received input shape {shape}, expected (features,); flatten it first")
    return shape


def common_shape(a: Shape, b: Shape) -> Shape:
    """Return the shape of what combines two, sides of 1 repeated; ValueError for others."""
    fits = len(a) == len(b) and a[0] == b[0]
    if not fits or any(m != n and 1 not in (m, n) for m, n in zip(a, b, strict=True)):
        raise ValueError(
            f"received shapes {a} and {b}, expected as many channels, and equal sides or 1"
        )
    return tuple(map(max, a, b))
