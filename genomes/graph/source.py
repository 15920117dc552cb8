"""Pieces of torch source that several operations write alike."""

from __future__ import annotations

from genomes.graph.node import Node


def arguments(*positional: object, **named: object) -> str:
    """Write the arguments of a call; what is named and None is left out."""
    texts = [str(value) for value in positional]
    texts += [f"{name}={value}" for name, value in named.items() if value is not None]
    return ", ".join(texts)


def convolution(node: Node, inputs: int, groups: int | None = None) -> str:
    """Write a convolution padded by half its window; torch's defaults are left out."""
    kernel, stride = node.attributes["kernel"], node.attributes["stride"]
    written = arguments(
        *(inputs, node.shape[0], kernel),
        stride=stride if stride != 1 else None,
        padding=kernel // 2 or None,
        groups=groups,
        bias=None if node.attributes["bias"] else False,
    )
    return f"nn.Conv2d({written})"


def pool(node: Node, function: str) -> str:
    """Write a pooling by windows, with `{0}` for its input."""
    kernel, stride = node.attributes["kernel"], node.attributes["stride"]
    return f"F.{function}({{0}}, {kernel if kernel == stride else f'{kernel}, stride={stride}'})"
