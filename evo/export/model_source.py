"""Writes a network's spec as readable PyTorch source that needs nothing but torch.

Module names are the spec's node names, so the state dicts of both fit each other. Must not look at
weights; masks have to be gone (the network shrunk) before.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from evo.export.function_source import (
    function_classes,
    function_source,
    is_function_node,
    shape_of,
)
from evo.export.source_lines import call, construction
from genomes.graph.normalization import needs_float64
from genomes.graph.shapes import Shape
from genomes.graph.spec import NetworkSpec, Node

LINE_LENGTH = 92
NAMED = 40  # classes whose names stand in the source
SKIPPING = ("conv", "linear")  # can leave out channels that they would read
KEEPING_ZEROS = ("max_pool", "average_pool", "global_average_pool", "flatten", "dropout")
WRAPPING = ("batch_norm", "layer_norm", "activation")  # written around what they are applied to

HEADER = '''\
"""{title}

Input: (N, {input}), {units} of the data (normalisation is part of the network).
Output: (N, {classes}) logits.{named}

    from safetensors.torch import load_file

    network = Network().eval()
    network.load_state_dict(load_file("weights.safetensors"))
"""

'''

NORMALIZE = '''

class Normalize(nn.Module):
    """Subtract the mean and divide by the standard deviation of the training data."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape))  # values are in weights.safetensors
        self.register_buffer("std", torch.ones(shape))

    def forward(self, x: Tensor) -> Tensor:
        return (x.to(self.mean.dtype) - self.mean) / self.std
'''

PRECISE_NORMALIZE = '''

class Normalize(nn.Module):
    """Subtract the mean and divide by the standard deviation of the training data.

    In float64: float32 cannot carry the raw inputs. Changes of the network's type leave it so.
    """

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape, dtype=torch.float64))
        self.register_buffer("std", torch.ones(shape, dtype=torch.float64))
        self.register_buffer("like", torch.empty(0), persistent=False)  # of the network's type

    def _apply(self, fn, recurse=True):
        mean, std = self.mean, self.std
        super()._apply(fn, recurse)
        self.mean, self.std = mean.to(self.mean.device), std.to(self.std.device)
        return self

    def forward(self, x: Tensor) -> Tensor:
        return ((x.to(torch.float64) - self.mean) / self.std).to(self.like.dtype)
'''

GATE = '''

class Gate(nn.Module):
    """Decides from a summary of an input which groups of channels are open for it."""

    def __init__(
        self, inputs: int, marks: int, size: int, memory: int, threshold: float, blend: float
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(size, inputs))
        self.context = nn.Parameter(torch.zeros(marks, size))
        self.history = nn.Parameter(torch.zeros(marks, size))
        self.bias = nn.Parameter(torch.zeros(marks))
        self.register_buffer("past", torch.zeros(size))  # the mean of what training has seen
        self.register_buffer("patterns", torch.zeros(memory, size))  # of inputs that went well
        self.threshold, self.blend = threshold, blend

    def forward(self, x: Tensor) -> Tensor:
        summary = x.flatten(2).mean(2) if x.dim() > 2 else x
        embedded = torch.tanh(F.linear(summary, self.weight))
        likeness = F.linear(embedded, self.patterns) / self.past.numel() ** 0.5
        recalled = torch.softmax(likeness, 1) @ self.patterns
        history = (1.0 - self.blend) * self.past + self.blend * recalled
        drive = F.linear(embedded, self.context, self.bias) + F.linear(history, self.history)
        return (torch.sigmoid(drive) > self.threshold).to(x.dtype)


def gated(x: Tensor, marks: Tensor, runs: tuple[int, ...]) -> Tensor:
    """Close channels (N, C, ...) by marks (N, M), each of which speaks for a run of them."""
    spread = marks[:, [mark for mark, run in enumerate(runs) for _ in range(run)]]
    return x * spread.view(*spread.shape, *[1] * (x.dim() - 2))


def on_open(layer: nn.Conv2d | nn.Linear, x: Tensor) -> Tensor:
    """Apply a layer, without the channels that are closed in the whole batch.

    A graph that is traced (torch.export, ONNX) has to fit every batch, so it keeps them all.
    """
    if torch.compiler.is_compiling() or torch.jit.is_tracing():
        return layer(x)
    opened = (x != 0).flatten(2).any(2).any(0) if x.dim() > 2 else (x != 0).any(0)
    if opened.all() or not opened.any():
        return layer(x)
    x, weight = x[:, opened], layer.weight[:, opened]
    if isinstance(layer, nn.Linear):
        return F.linear(x, weight, layer.bias)
    return F.conv2d(x, weight, layer.bias, layer.stride, layer.padding)
'''

INHIBITION = '''

class Inhibition(nn.Module):
    """Neighbours damp each other, channels of these places or the pixels of a window.

    Each is divided by 1 plus the strength times the weighted mean of their sizes. With a ratio,
    the mean under a wider Gaussian is subtracted, and that under the narrow one added.
    """

    def __init__(
        self,
        width: float,
        strength: float,
        ratio: float = 0.0,
        channels: Sequence[int] = (),
        side: int = 1,
    ) -> None:
        super().__init__()
        self.divides, self.mixes = not ratio, bool(channels)
        offsets = range(-(side // 2), side // 2 + 1)
        pairs = [[(a - b,) for b in channels] for a in channels]
        pairs = pairs or [[(a, b) for b in offsets] for a in offsets]

        def weight(offset: tuple[int, ...]) -> float:
            narrow = math.prod(gaussian(d, width) for d in offset)
            if not ratio:
                return strength * narrow
            wide = math.prod(gaussian(d, ratio * width) for d in offset)
            return (not any(offset)) + strength * (narrow - wide)

        kernel = torch.tensor([[weight(offset) for offset in row] for row in pairs])
        kernel = kernel[:, :, None, None] if self.mixes else kernel[None, None]
        self.register_buffer("kernel", kernel, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.divides:
            return x / (1.0 + self.neighbours(x.abs()))
        return self.neighbours(x)

    def neighbours(self, x: Tensor) -> Tensor:
        if x.dim() == 2:
            return F.linear(x, self.kernel.flatten(1))
        channels, side = x.shape[1], self.kernel.shape[-1]
        if self.mixes:
            return F.conv2d(x, self.kernel)
        kernel = self.kernel.expand(channels, 1, side, side)
        return F.conv2d(x, kernel, padding=side // 2, groups=channels)


def gaussian(offset: int, width: float) -> float:
    """Weight of a neighbour, none beyond two widths; those of all offsets add up to 1."""
    radius = math.ceil(2.0 * width)
    whole = sum(math.exp(-0.5 * (d / width) ** 2) for d in range(-radius, radius + 1))
    return math.exp(-0.5 * (offset / width) ** 2) / whole if abs(offset) <= radius else 0.0
'''

SPARSE = '''

class SparseLinear(nn.Module):
    """Sums over single connections: `sources` lists the inputs that each output reads."""

    def __init__(self, inputs: int, sources: list[list[int]], bias: bool = True) -> None:
        super().__init__()
        self.shape = len(sources), inputs
        places = [row * inputs + i for row, read in enumerate(sources) for i in read]
        self.register_buffer("places", torch.tensor(places).long(), persistent=False)
        self.weight = nn.Parameter(torch.zeros(1, len(places)))
        self.bias = nn.Parameter(torch.zeros(len(sources))) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        matrix = self.weight.new_zeros(self.shape[0] * self.shape[1])
        matrix = matrix.scatter(0, self.places, self.weight[0])
        return F.linear(x, matrix.view(self.shape), self.bias)
'''

NETWORK = '''

class Network(nn.Module):
    """{parameters:,} parameters, {flops:,} FLOPs per example (a multiply-add is two)."""

    def __init__(self) -> None:
        super().__init__()
{modules}

    def forward(self, x: Tensor) -> Tensor:
{statements}
'''


def model_source(spec: NetworkSpec, title: str, labels: Sequence[str] = ()) -> str:
    """Return the source of a module with a class `Network` without constructor arguments.

    `title` and the names of the classes may be any text. Raises ValueError if the spec still has
    masks.
    """
    if spec.sites:
        masked = ", ".join(site.name for site in spec.sites)
        raise ValueError(f"received a network with masks ({masked}); shrink it first")
    shape = ", ".join(map(str, spec.input_shape))
    body = NETWORK.format(
        parameters=spec.dense_parameters(),
        flops=spec.flops(),
        modules=_indented(_constructions(spec)),
        statements=_indented(_body(spec)),
    )
    if any(node.operation == "normalize" for node in spec.nodes):
        body = (PRECISE_NORMALIZE if reads_float64(spec) else NORMALIZE) + body
    if any(node.operation == "gate" for node in spec.nodes):
        body = GATE + body
    if any(node.operation == "inhibit" for node in spec.nodes):
        body = INHIBITION + body
    if any(node.operation == "sparse_linear" for node in spec.nodes):
        body = SPARSE + body
    body = function_source(spec) + body
    title, named = in_docstring(title), _named(labels)
    units = "float64, in the units" if reads_float64(spec) else "in the units"
    header = HEADER.format(
        title=title, input=shape, units=units, classes=spec.outputs, named=named
    )
    return header + _imports(body) + body


def in_docstring(text: str) -> str:
    """Return a text as it may stand in a docstring: no character of it ends or escapes that."""
    line = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    shown = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
    return "".join(shown)


def _named(labels: Sequence[str]) -> str:
    """Write the names of the classes in lines of their own, the first few of many."""
    if not labels:
        return ""
    named = [f"{number} {in_docstring(label)}" for number, label in enumerate(labels[:NAMED])]
    more = f"; {len(labels) - NAMED} more in spec.json" if len(labels) > NAMED else ""
    text = f"Classes: {', '.join(named)}{more}."
    return "\n" + textwrap.fill(text, LINE_LENGTH, break_long_words=False)


def reads_float64(spec: NetworkSpec) -> bool:
    """Tell whether the network has to be given its raw inputs in float64."""
    return any(
        needs_float64(node.attributes["mean"], node.attributes["std"])
        for node in spec.nodes
        if node.operation == "normalize"
    )


def _imports(body: str) -> str:
    lines = ["import math"] if "math." in body else []
    lines += ["from collections.abc import Sequence"] if "Sequence[" in body else []
    lines += [""] if lines else []
    lines += ["import torch"] if "torch." in body else []
    lines += ["import torch.nn.functional as F"] if "F." in body else []
    return "\n".join([*lines, "from torch import Tensor, nn", ""])


def _indented(lines: Sequence[str]) -> str:
    return "\n".join(textwrap.indent(line, " " * 8) for line in lines)


def _constructions(spec: NetworkSpec) -> list[str]:
    """Return one line for every node that is a module."""
    functions = function_classes(spec)
    made = [
        (node, f"{functions[shape_of(node)]}()")
        if is_function_node(node)
        else (node, construction(node, spec.source(node)))
        for node in spec.nodes[1:]
    ]
    return [f"self.{node.name} = {module}" for node, module in made if module]


@dataclass(frozen=True)
class Statement:
    """One line of `forward`: the values it reads, the value it computes, and how."""

    inputs: tuple[str, ...]
    output: str
    shape: Shape
    expression: str

    def wrapped(self, node: Node) -> Statement:
        """Return the statement with a further operation around it."""
        expression = call(node).format(self.expression)
        return Statement(self.inputs, node.name, node.shape, expression)

    def line(self, target: str, values: Sequence[str], source: Shape) -> str:
        """Return the source line; a comment gives the shape where it changes."""
        line = f"{target}{self.expression.format(*values)}"
        comment = f"  # (N, {', '.join(map(str, self.shape))})"
        fits = len(line) + len(comment) + 8 <= LINE_LENGTH
        return line + comment if self.shape != source and fits else line


def _statements(spec: NetworkSpec) -> list[Statement]:
    """Group the nodes into lines: a wrapping operation joins the line of its only source."""
    readers = [source for node in spec.nodes for source in node.inputs]
    statements: list[Statement] = []
    for node in spec.nodes[1:]:
        last = statements[-1] if statements else None
        if last and node.inputs == (last.output,) and node.operation in WRAPPING:
            joined = last.wrapped(node)
            if readers.count(last.output) == 1 and len(joined.expression) + 12 <= LINE_LENGTH:
                statements[-1] = joined
                continue
        expression = call(node)
        if node.operation in SKIPPING and _reads_gated(spec, node):
            expression = f"on_open(self.{node.name}, {{0}})"
        statements.append(Statement(node.inputs, node.name, node.shape, expression))
    return statements


def _reads_gated(spec: NetworkSpec, node: Node) -> bool:
    """Tell whether channels that a gate has closed are still zero where a node reads them."""
    source = spec.by_name[node.inputs[0]]
    while source.operation in KEEPING_ZEROS:
        source = spec.by_name[source.inputs[0]]
    return source.operation == "gated"


def _body(spec: NetworkSpec) -> list[str]:
    """Return the lines of `forward`.

    A variable is used again as soon as its value is not needed any more, so the main stream stays
    `x` and a branch is `y`.
    """
    statements = _statements(spec)
    last_use = {name: at for at, line in enumerate(statements) for name in line.inputs}
    variables = {spec.nodes[0].name: "x"}  # of the values that are still needed
    lines = []
    for at, statement in enumerate(statements):
        values = [variables[name] for name in statement.inputs]
        source = spec.by_name[statement.inputs[0]].shape
        variables = {name: v for name, v in variables.items() if last_use.get(name, -1) > at}
        target = next(v for v in _variable_names() if v not in variables.values())
        variables[statement.output] = target
        start = "return " if at == len(statements) - 1 else f"{target} = "
        lines.append(statement.line(start, values, source))
    return lines


def _variable_names() -> Iterator[str]:
    yield from ("x", "y", "z")
    yield from (f"x{number}" for number in count(1))
