"""How each operation of a spec is written in plain PyTorch: its module, and its call.

The counterpart of `genomes.networks.operations` as text. A module's tensors have the same names
there and here, which is why the weights fit both.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from math import prod

from genomes.graph.inhibition import CHANNELS, window
from genomes.graph.shapes import Shape
from genomes.graph.spec import Node

# Takes a node and the shape of its first input; returns `nn....`.
Construction = Callable[[Node, Shape], str]
ROW_WIDTH = 80  # characters of a list within a module
FUNCTIONS = {
    "relu": "F.relu",
    "gelu": "F.gelu",
    "silu": "F.silu",
    "tanh": "torch.tanh",
    "elu": "F.elu",
}


def _arguments(*positional: object, **named: object) -> str:
    texts = [str(value) for value in positional]
    return ", ".join(texts + [f"{name}={value}" for name, value in named.items()])


def _conv(node: Node, source: Shape) -> str:
    """Write a convolution; what equals torch's default is left out."""
    kernel, stride = node.attributes["kernel"], node.attributes["stride"]
    named: dict[str, object] = {}
    if stride != 1:
        named["stride"] = stride
    if kernel // 2:
        named["padding"] = kernel // 2
    if node.operation == "depthwise":
        named["groups"] = source[0]
    if not node.attributes["bias"]:
        named["bias"] = False
    return f"nn.Conv2d({_arguments(source[0], node.shape[0], kernel, **named)})"


def _linear(node: Node, source: Shape) -> str:
    bias = {} if node.attributes["bias"] else {"bias": False}
    return f"nn.Linear({_arguments(source[0], node.shape[0], **bias)})"


def _sparse_linear(node: Node, source: Shape) -> str:
    """Write a list of inputs for each output, lines broken."""
    rows: list[list[int]] = [[] for _ in range(node.shape[0])]
    for output, place in node.attributes["edges"]:
        rows[output].append(place)
    lines = [f"{row}," for row in rows]
    bias = "" if node.attributes["bias"] else ", bias=False"
    body = "\n".join(textwrap.fill(line, ROW_WIDTH, subsequent_indent=" ") for line in lines)
    inside = textwrap.indent(body, " " * 4)
    return f"SparseLinear({source[0]}, [\n{inside}\n]{bias})"


def _batch_norm(node: Node, source: Shape) -> str:
    return f"nn.BatchNorm{'2d' if len(source) == 3 else '1d'}({source[0]})"


def _layer_norm(node: Node, source: Shape) -> str:
    # One group of all channels and positions, with an affine per channel. For a single value it
    # is LayerNorm as well: GroupNorm refuses that in a batch of one.
    images = len(source) == 3 and prod(source) > 1
    return f"nn.GroupNorm(1, {source[0]})" if images else f"nn.LayerNorm({source[0]})"


def _normalize(node: Node, source: Shape) -> str:
    return f"Normalize({_arguments(source[0], *[1] * (len(source) - 1))})"


def _dropout(node: Node, source: Shape) -> str:
    return f"nn.Dropout({node.attributes['rate']})"


def _gate(node: Node, source: Shape) -> str:
    sizes = (node.attributes[name] for name in ("embedding", "memory"))
    named = {name: node.attributes[name] for name in ("threshold", "blend")}
    return f"Gate({_arguments(source[0], node.shape[0], *sizes, **named)})"


def _inhibit(node: Node, source: Shape) -> str:
    named = {name: node.attributes[name] for name in ("width", "strength", "ratio")}
    if node.attributes["over"] == CHANNELS:
        named["channels"] = node.attributes["places"] or range(source[0])
    else:
        named["side"] = window(node.attributes, *source[1:])
    told = {name: value for name, value in named.items() if value is not None}
    return f"Inhibition({_arguments(**told)})"


MODULES: Mapping[str, Construction] = {
    "normalize": _normalize,
    "conv": _conv,
    "depthwise": _conv,
    "linear": _linear,
    "sparse_linear": _sparse_linear,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "dropout": _dropout,
    "gate": _gate,
    "inhibit": _inhibit,
}


def _pool(node: Node) -> str:
    kernel, stride = node.attributes["kernel"], node.attributes["stride"]
    name = "max_pool2d" if node.operation == "max_pool" else "avg_pool2d"
    return f"F.{name}({{0}}, {kernel if kernel == stride else f'{kernel}, stride={stride}'})"


def _activation(node: Node) -> str:
    function = FUNCTIONS.get(node.attributes["function"], f"self.{node.name}")
    return function + "({0})"


def _excite(node: Node) -> str:
    return "{0} * torch.sigmoid({1})" + "[:, :, None, None]" * (len(node.shape) == 3)


# Each returns an expression with `{0}` and `{1}` for the inputs.
FUNCTION_CALLS: Mapping[str, Callable[[Node], str]] = {
    "activation": _activation,
    "max_pool": _pool,
    "average_pool": _pool,
    "global_average_pool": lambda node: "{0}.mean(dim=(2, 3))",
    "flatten": lambda node: "{0}.flatten(1)",
    "add": lambda node: "{0} + {1}",
    "concatenate": lambda node: "torch.cat(({0}, {1}), dim=1)",
    "excite": _excite,
    "gated": lambda node: f"gated({{0}}, {{1}}, {node.attributes['runs']})",
}


def construction(node: Node, source: Shape) -> str | None:
    """Return the module that a node needs, None for a plain function; `source`: input shape."""
    make = MODULES.get(node.operation)
    return make(node, source) if make else None


def call(node: Node) -> str:
    """Return the expression that computes a node, with `{0}`, `{1}` for its inputs."""
    write = FUNCTION_CALLS.get(node.operation)
    return write(node) if write else f"self.{node.name}({{0}})"
