"""Evolved activation functions drawn as text: what they are, and their graphs within 80 columns.

Constants are those of the genes, where training starts from.
"""

from __future__ import annotations

import numpy as np

from genomes.genes.activation import evaluate, is_bred, to_text
from genomes.genes.language import Formula
from genomes.graph.spec import NetworkSpec

FROM, TO = -4.0, 4.0
COLUMNS, ROWS = 65, 11  # of the graph; odd, so that x = 0 is a column
LABEL = 10  # columns left of the graph
HIGHEST = 8.0  # what lies beyond is not drawn


def bred_functions(spec: NetworkSpec) -> tuple[Formula, ...]:
    """Return the different evolved functions of a network in order of appearance."""
    found = (node.attributes.get("function", "") for node in spec.nodes)
    return tuple(dict.fromkeys(function for function in found if is_bred(function)))


def draw_functions(spec: NetworkSpec) -> str:
    """Write and draw every evolved function of a network; empty if all have names."""
    return "\n".join(f"\n{written(f)}\n{graph(f)}" for f in bred_functions(spec))


def written(function: Formula) -> str:
    """Write a function as people do, in lines of at most 80 columns."""
    lines = [""]
    for word in f"f(x) = {to_text(function)}".split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > LABEL + COLUMNS:
            lines.append(" " * len("f(x) ="))
        lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return "\n".join(lines)


def graph(function: Formula) -> str:
    """Draw a function from -4 to 4; the axes are thin, the function is dots."""
    x = np.linspace(FROM, TO, COLUMNS)
    values = evaluate(function, x)
    shown = values[np.abs(values) <= HIGHEST]
    low, high = (float(shown.min()), float(shown.max())) if shown.size else (-1.0, 1.0)
    if high - low < 1e-9:
        low, high = low - 1.0, high + 1.0
    rows = np.rint((high - values) / (high - low) * (ROWS - 1))
    zero = round(high / (high - low) * (ROWS - 1)) if low <= 0.0 <= high else None
    lines = []
    for row in range(ROWS):
        axis = list(("─" if row == zero else " ") * COLUMNS)
        axis[COLUMNS // 2] = "┼" if row == zero else "│"
        for column in np.flatnonzero(rows == row):
            axis[column] = "•"
        number = {zero: 0.0, 0: high + 0.0, ROWS - 1: low + 0.0}.get(row)
        lines.append(f"{'' if number is None else f'{number:.3g}':>{LABEL - 2}}  {''.join(axis)}")
    half = COLUMNS // 2
    lines.append(f"{FROM:>{LABEL + 1}g}{0:>{half}}{TO:>{half}g}")
    return "\n".join(line.rstrip() for line in lines)
