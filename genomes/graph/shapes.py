"""Shapes of what flows through a network, and the checks that operations make of them."""

from __future__ import annotations

from math import isfinite

from genomes.genes.gene import Record

Shape = tuple[int, ...]  # (channels, height, width) or (features,), without the batch


def positive(attributes: Record, *names: str) -> None:
    """Raise ValueError unless all these attributes are whole numbers of at least 1."""
    for name in names:
        value = attributes[name]
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} is {value!r}, expected a whole number of at least 1")


def yes_or_no(attributes: Record, name: str) -> None:
    """Raise ValueError unless an attribute is true or false."""
    if not isinstance(attributes[name], bool):
        raise ValueError(f"{name} is {attributes[name]!r}, expected true or false")


def is_finite(value: object) -> bool:
    """Tell whether a value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def image(shape: Shape) -> Shape:
    """Return the shape of an image; raise ValueError for any other."""
    if len(shape) != 3:
        raise ValueError(f"received input shape {shape}, expected (channels, height, width)")
    return shape


def vector(shape: Shape) -> Shape:
    """Return the shape of a vector; raise ValueError for any other."""
    if len(shape) != 1:
        raise ValueError(f"received input shape {shape}, expected (features,); flatten it first")
    return shape


def convolved(attributes: Record, shape: Shape) -> Shape:
    """Return (height, width) behind a window that is padded by half of it.

    Raises ValueError for attributes `kernel` and `stride` that are none, and for vectors.
    """
    positive(attributes, "kernel", "stride")
    kernel, stride = attributes["kernel"], attributes["stride"]
    _, *sides = image(shape)
    return tuple((side + 2 * (kernel // 2) - kernel) // stride + 1 for side in sides)


def pooled(attributes: Record, shape: Shape) -> Shape:
    """Return the shape behind windows without padding; ValueError if they do not fit."""
    positive(attributes, "kernel", "stride")
    channels, height, width = image(shape)
    kernel, stride = attributes["kernel"], attributes["stride"]
    if kernel > min(height, width):
        raise ValueError(f"a window of {kernel} does not fit into {height} x {width} pixels")
    return channels, (height - kernel) // stride + 1, (width - kernel) // stride + 1
