"""The genes of a chromosome as lines of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evo.text.amounts import sparkline
from evo.text.regulation_lines import regulation_lines
from fitness.training.schedule import BasisSchedule
from genomes.genes import activation
from genomes.genes.formula import to_text
from genomes.genes.gene import Record

INDENT = "  "
BARS = 24  # of a drawn schedule


def gene_lines(title: str, genes: Mapping[str, Any]) -> list[str]:
    """Write the genes that act, most of them on a line."""
    lines = ["", title]
    for name, value in genes.items():
        if name != "marks" and value is not None:
            for row, text in enumerate(_texts(name, value)):
                head = "" if row else name.replace("_", " ")
                lines.append(f"{INDENT}{head:<20} {text}")
    return lines


def _texts(name: str, value: Any) -> list[str]:
    if name == "regulation":
        return regulation_lines(value)
    if name.endswith("_course"):
        return _schedule(value)
    if isinstance(value, Mapping):
        return [f"{kind:<12} {_gene(kind, genes)}" for kind, genes in value.items()]
    if value and isinstance(value, tuple) and all(isinstance(item, Mapping) for item in value):
        return [_gene(name, item) for item in value]  # stages, or modules, one a line
    return [_gene(name, value)]


def _schedule(terms: Sequence[Record]) -> list[str]:
    """Draw a schedule over the training, then write its terms."""
    if not terms:
        return ["constant"]
    levels = [BasisSchedule.from_genes(terms).at(step / (BARS - 1)) for step in range(BARS)]
    drawn = f"{sparkline(levels)} {levels[0]:.2f} at first, {levels[-1]:.2f} at last"
    return [drawn, *(f"{t['coefficient']:.4g} {t['function']} {t['shape']:.4g}" for t in terms)]


def _gene(name: str, value: Any) -> str:
    if name.endswith("_expression"):
        return to_text(value)
    if name == "activation" and isinstance(value, tuple):
        return activation.to_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(_gene("", item) for item in value)
    if isinstance(value, Mapping):
        return " ".join(_gene(part, item) for part, item in value.items() if item is not None)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
