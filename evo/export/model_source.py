"""Writes a network's spec as readable PyTorch source that needs nothing but torch.

Module names are the spec's node names, so the state dicts of both fit each other. Must not look at
weights; masks have to be gone (the network shrunk) before.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from genomes.graph.operation import operation_of
from genomes.graph.shapes import Shape
from genomes.graph.spec import NetworkSpec, Node

LINE_LENGTH = 92
NAMED = 40  # outputs whose names stand in the source

HEADER = '''\
"""{title}

Input: (N, {input}), {units}.
Output: (N, {outputs}) {answers}.{named}

    from safetensors.torch import load_file

    network = Network().eval()
    network.load_state_dict(load_file("weights.safetensors"))
"""

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


def model_source(
    spec: NetworkSpec,
    title: str,
    names: Sequence[str] = (),
    *,
    kind: str = "classes",
    answers: str = "logits",
    functions: str = "",
) -> str:
    """Return the source of a module with a class `Network` without constructor arguments.

    `title` and the `names` of the outputs, which are of a `kind`, may be any text; `answers` says
    what the outputs are. `functions` are the source of what stands behind the network. Raises
    ValueError if the spec still has masks.
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
    body = _definitions(spec) + body + functions
    title, named = in_docstring(title), _named(kind, names)
    outputs = ", ".join(map(str, spec.output.shape))
    header = HEADER.format(
        title=title, input=shape, units=_units(spec), outputs=outputs, answers=answers, named=named
    )
    return header + _imports(body) + body


def _units(spec: NetworkSpec) -> str:
    """Say what the inputs are."""
    if spec.tokens is not None:
        fewer = "; or fewer of them" if spec.takes_fewer else ""
        return f"whole numbers below {spec.tokens}, which stand for tokens{fewer}"
    precise = "float64, " if reads_float64(spec) else ""
    return f"{precise}in the units of the data (normalisation is part of the network)"


def in_docstring(text: str) -> str:
    """Return a text as it may stand in a docstring: no character of it ends or escapes that."""
    line = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    shown = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
    return "".join(shown)


def _named(kind: str, names: Sequence[str]) -> str:
    """Write the names of the outputs in lines of their own, the first few of many."""
    if not names:
        return ""
    named = [f"{number} {in_docstring(name)}" for number, name in enumerate(names[:NAMED])]
    more = f"; {len(names) - NAMED} more in spec.json" if len(names) > NAMED else ""
    text = f"{kind.capitalize()}: {', '.join(named)}{more}."
    return "\n" + textwrap.fill(text, LINE_LENGTH, break_long_words=False)


def reads_float64(spec: NetworkSpec) -> bool:
    """Tell whether the network has to be given its raw inputs in float64."""
    return spec.normalization is not None and spec.normalization.needs_float64


def _definitions(spec: NetworkSpec) -> str:
    """Return the classes and functions that the nodes need, in a fixed order."""
    kinds = {node.operation: operation_of(node) for node in spec.nodes}
    ordered = sorted(kinds, key=lambda name: (-kinds[name].rank, name))
    return "".join(kinds[name].definitions(_peers(spec, name)) for name in ordered)


def _peers(spec: NetworkSpec, name: str) -> list[Node]:
    return [node for node in spec.nodes if node.operation == name]


def _imports(body: str) -> str:
    lines = ["import math"] if "math." in body else []
    generic = ", ".join(name for name in ("Callable", "Sequence") if f"{name}[" in body)
    lines += [f"from collections.abc import {generic}"] if generic else []
    lines += ["from datetime import datetime, timezone"] if "datetime." in body else []
    lines += [""] if lines else []
    lines += ["import torch"] if "torch." in body else []
    lines += ["import torch.nn.functional as F"] if "F." in body else []
    return "\n".join([*lines, "from torch import Tensor, nn", ""])


def _indented(lines: Sequence[str]) -> str:
    return "\n".join(textwrap.indent(line, " " * 8) for line in lines)


def _constructions(spec: NetworkSpec) -> list[str]:
    """Return one line for every node that is a module."""
    peers = {node.operation: _peers(spec, node.operation) for node in spec.nodes}
    made = (
        (node, operation_of(node).construction(node, spec.source(node), peers[node.operation]))
        for node in spec.nodes[1:]
    )
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
        expression = operation_of(node).call(node, self.shape).format(self.expression)
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
        if last and node.inputs == (last.output,) and operation_of(node).wraps:
            joined = last.wrapped(node)
            if readers.count(last.output) == 1 and len(joined.expression) + 12 <= LINE_LENGTH:
                statements[-1] = joined
                continue
        expression = operation_of(node).call(node, spec.source(node))
        if operation_of(node).skips_closed and _reads_closed(spec, node):
            expression = f"on_open(self.{node.name}, {{0}})"
        statements.append(Statement(node.inputs, node.name, node.shape, expression))
    return statements


def called_modules(spec: NetworkSpec) -> frozenset[str]:
    """Return the nodes whose modules `forward` calls, each once, on something of every batch.

    A table of tokens is called on nothing.
    """
    source = "\n".join(statement.expression for statement in _statements(spec))
    called = (node.name for node in spec.nodes if node.inputs)
    return frozenset(
        name for name in called if f"self.{name}(" in source and f"self.{name}()" not in source
    )


def _reads_closed(spec: NetworkSpec, node: Node) -> bool:
    """Tell whether channels that were closed are still zero where a node reads them."""
    source = spec.by_name[node.inputs[0]]
    while operation_of(source).is_transparent:
        source = spec.by_name[source.inputs[0]]
    return operation_of(source).closes == "inputs"


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
