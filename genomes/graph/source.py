"""Pieces of torch source that several operations write alike."""

from __future__ import annotations

from genomes.graph.node import Node
from genomes.graph.shapes import Shape, sides
from genomes.graph.window import Window


def arguments(*positional: object, **named: object) -> str:
    """Write the arguments of a call; what is named and None is left out."""
    texts = [str(value) for value in positional]
    texts += [f"{name}={value}" for name, value in named.items() if value is not None]
    return ", ".join(texts)


def convolution(node: Node, inputs: int, groups: int | None = None) -> str:
    """Write a convolution; torch's defaults are left out."""
    window = Window.of(node.attributes, node.shape, padded=True).written()
    written = arguments(
        *(inputs, node.shape[0], window["kernel"]),
        stride=window["stride"] if window["stride"] != 1 else None,
        padding=window["padding"],
        dilation=window["dilation"],
        groups=groups,
        bias=None if node.attributes["bias"] else False,
    )
    return f"nn.{of_dimension('Conv2d', node.shape)}({written})"


def pool(node: Node, function: str) -> str:
    """Write a pooling by windows, with `{0}` for its input; a `function` of images is named."""
    window = Window.of(node.attributes, node.shape, padded=False).written()
    written = arguments(
        window["kernel"],
        stride=window["stride"] if window["stride"] != window["kernel"] else None,
        padding=window["padding"],
        ceil_mode=node.attributes.get("ceil"),
        count_include_pad=node.attributes.get("counts_padding"),
    )
    return f"F.{of_dimension(function, node.shape)}({{0}}, {written})"


def of_dimension(text: str, shape: Shape) -> str:
    """Return source that names torch's functions and modules of images for any shape with sides.

    `Conv2d` becomes `Conv1d` where the shape is that of a sequence.
    """
    return text.replace("2d", f"{len(sides(shape))}d")


def at_positions(function: str, shape: Shape) -> str:
    """Write a call of what takes features last, for `{0}`, of any shape with channels first."""
    if len(shape) == 1:
        return f"{function}({{0}})"
    if len(shape) == 2:
        return f"{function}({{0}}.transpose(1, 2)).transpose(1, 2)"
    return f"{function}({{0}}.movedim(1, -1)).movedim(-1, 1)"
