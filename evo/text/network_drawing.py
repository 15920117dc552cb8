"""A network drawn as text, the way a person would sketch it, within 80 columns.

One line per layer, with what follows it (norm, activation) in the same line; shortcuts around
blocks are rails at the left. Where that does not do, lines have numbers and say which they read.
Reads a `NetworkSpec` alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

from evo.text.amounts import count
from genomes.graph.operation import operation_of
from genomes.graph.spec import NetworkSpec, Node

WIDTH = 80
SHAPE_WIDTH, COUNT_WIDTH = 12, 12


@dataclass
class Line:
    """A layer and what follows it; `sources` are the numbers of the lines it reads."""

    text: str
    sources: tuple[int, ...]
    nodes: list[Node] = field(default_factory=list)
    parameters: int = 0
    rails: str = "│"

    @property
    def shape(self) -> str:
        return "×".join(map(str, self.nodes[-1].shape))


def draw_network(spec: NetworkSpec) -> str:
    """Draw a network; the columns are layer, output shape, trainable parameters."""
    lines = _condense(spec)
    if _lay_rails(lines):
        for number, line in enumerate(lines, 1):
            line.rails = f"{number:>{len(str(len(lines)))}} {line.rails}".rstrip()
    rows = [_row("", "layer", "output", "parameters")]
    rows += [
        _row(line.rails, line.text, line.shape, count(line.parameters) if line.parameters else "")
        for line in lines
    ]
    return "\n".join(rows)


def _row(rails: str, text: str, shape: str, parameters: str) -> str:
    room = WIDTH - SHAPE_WIDTH - COUNT_WIDTH
    left = f"{rails} {text}" if rails else text
    if len(left) > room:
        left = left[: room - 1] + "…"
    return f"{left:<{room}}{shape:>{SHAPE_WIDTH}}{parameters:>{COUNT_WIDTH}}".rstrip()


def _condense(spec: NetworkSpec) -> list[Line]:
    lines: list[Line] = []
    home: dict[str, int] = {}  # node -> number of its line
    for node in spec.nodes:
        rule = operation_of(node)
        if rule.drawn == "within":
            continue
        within = [spec.by_name[name] for name in node.inputs if name not in home]
        read = [name for name in node.inputs if name in home]
        sources = tuple(home[name] for name in read)
        follows = bool(sources) and lines[sources[0]].nodes[-1].name == read[0]
        words = " ".join([rule.words(node), *(operation_of(n).words(n) for n in within)])
        if rule.drawn == "beside":
            home[node.name] = sources[0]
            line = lines[sources[0]]
            line.text += f", {words}"
            line.parameters += sum(map(prod, spec.tensors[node.name].values()))
            continue
        joins = bool(within) and len(read) == 1 and node.shape == spec.by_name[read[0]].shape
        if (rule.drawn == "behind" or joins) and follows:
            line = lines[sources[0]]
            if words:
                line.text += f", {words}"
            home[node.name] = sources[0]
        else:
            line = Line(words or node.operation, sources)
            home[node.name] = len(lines)
            lines.append(line)
        line.nodes.append(node)
        for owner in (node, *within):
            line.parameters += sum(map(prod, spec.tensors.get(owner.name, {}).values()))
    return lines


def _lay_rails(lines: Sequence[Line]) -> bool:
    """Give every line its rails; a shortcut runs left of the block it goes around.

    Return whether any line has to say which others it reads, by their numbers.
    """
    lines[0].rails = ""
    explained: set[int] = set()
    for number, line in enumerate(lines):
        if len(line.sources) < 2:
            continue
        around = _block(lines, number)
        if around is None or any(lines[i].rails != "│" for i in range(around[0] + 1, number)):
            continue
        source, projection = around
        for inside in range(source + 1, number):
            lines[inside].rails = "├─╮" if inside == source + 1 else "│ │"
        if projection is not None:
            lines[projection].rails = "◆ │"
            lines[projection].text = f"skip: {lines[projection].text}"
            explained.add(projection)
        line.rails = "├─╯"
        explained.add(number)
    unexplained = [
        line
        for number, line in enumerate(lines)
        if line.sources not in ((), (number - 1,)) and number not in explained
    ]
    for line in unexplained:  # no rail shows it, so words have to
        read = " and ".join(str(source + 1) for source in line.sources)
        line.text = f"from {read}: {line.text}"
    return bool(unexplained)


def _block(lines: Sequence[Line], number: int) -> tuple[int, int | None] | None:
    """Find what an addition adds: (line before the block, line on its shortcut if there is one).

    Returns None unless the block is a plain chain of lines between the two.
    """
    sources = lines[number].sources
    if len(sources) != 2:
        return None
    early, late = sorted(sources)
    if late == number - 1 and _chain(lines, early, late):
        return early, None
    if late == number - 1 and len(lines[late].sources) == 1:  # the last line is a projection
        source = lines[late].sources[0]
        if _chain(lines, source, early):
            return source, late
    return None


def _chain(lines: Sequence[Line], source: int, end: int) -> bool:
    return end > source and all(lines[i].sources == (i - 1,) for i in range(source + 1, end + 1))
