"""Window: what convolutions and poolings move over the sides of an input."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.shapes import Shape, sides

# What a node may say beside `kernel` and `stride`; most say nothing.
OPTIONAL = frozenset({"padding", "dilation"})


@dataclass(frozen=True)
class Window:
    """Sizes along each side, (height, width) or (length,).

    As attributes of a node each is one number for all sides, or one a side.
    """

    kernel: Shape
    stride: Shape
    padding: Shape
    dilation: Shape

    @classmethod
    def of(cls, attributes: Record, shape: Shape, *, padded: bool) -> Window:
        """Read the window of a node whose input has this shape.

        What is not said: the padding is half the kernel if `padded`, else none; the dilation is 1.
        Raises ValueError for vectors and for numbers that are none.
        """
        count = len(sides(shape))
        kernel = _each(attributes, "kernel", count, 1)
        stride = _each(attributes, "stride", count, 1)
        usual = tuple(side // 2 for side in kernel) if padded else (0,) * count
        padding = _each(attributes, "padding", count, 0) if "padding" in attributes else usual
        dilation = _each(attributes, "dilation", count, 1) if "dilation" in attributes else ()
        return cls(kernel, stride, padding, dilation or (1,) * count)

    @property
    def size(self) -> int:
        """How many positions it covers."""
        return prod(self.kernel)

    def placed(self, shape: Shape, *, ceil: bool = False) -> Shape:
        """Return the sides of what comes out; with `ceil` the last window may reach beyond.

        Raises ValueError if the window does not fit.
        """
        found = []
        for place, side in enumerate(sides(shape)):
            stride, around = self.stride[place], side + 2 * self.padding[place]
            left = around - self.dilation[place] * (self.kernel[place] - 1) - 1
            if left < 0:
                places, kernel = " x ".join(map(str, sides(shape))), _short(self.kernel)
                raise ValueError(f"a window of {kernel} does not fit into {places} positions")
            steps = -(-left // stride) if ceil else left // stride
            begins_outside = steps * stride >= side + self.padding[place]  # then torch drops it
            found.append(steps + 1 - (ceil and begins_outside))
        return tuple(found)

    def words(self) -> str:
        """Write its sides: 3×3 over images, 3 over sequences; and the step if it is not 1."""
        text = "×".join(map(str, self.kernel))
        apart = f", dilation {_short(self.dilation)}" if set(self.dilation) != {1} else ""
        return text + apart

    def steps(self) -> str:
        """Write the step as a further word; empty for 1."""
        return f", stride {_short(self.stride)}" if set(self.stride) != {1} else ""

    def written(self) -> dict[str, Any]:
        """Return kernel, stride, padding and dilation as torch takes them; None for the usual."""
        return {
            "kernel": _short(self.kernel),
            "stride": _short(self.stride),
            "padding": _short(self.padding) if any(self.padding) else None,
            "dilation": _short(self.dilation) if set(self.dilation) != {1} else None,
        }


def keeps_places(attributes: Record) -> bool:
    """Tell whether each output stands where the middle of its window does: padded by half of it.

    False promises nothing.
    """
    kernel, plain = attributes["kernel"], not OPTIONAL & attributes.keys()
    return bool(plain and attributes["stride"] == 1 and isinstance(kernel, int) and kernel % 2)


def _each(attributes: Record, name: str, count: int, least: int) -> Shape:
    """Return one number a side."""
    value = attributes[name]
    numbers = value if isinstance(value, tuple) else (value,) * count
    whole = all(isinstance(n, int) and not isinstance(n, bool) and n >= least for n in numbers)
    if len(numbers) != count or not whole:
        raise ValueError(
            f"{name} is {value!r}, expected a whole number of at least {least}, or {count} of them"
        )
    return numbers


def _short(numbers: Shape) -> int | Shape:
    """Return one number for all sides where they are equal."""
    return numbers[0] if len(set(numbers)) == 1 else numbers
