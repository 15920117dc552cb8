"""Which values of genes rose and which fell among the individuals born, first to last."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from evo.report.figures import figure, line
from evo.report.source import Source
from genomes.chromosomes.predictor import OWN_GENES

BINS = 25  # of generations at most
ENDS = 0.2  # share of the generations that counts as first, and as last
VALUES = 12  # of a gene at most; one with more is a number, not a choice
DRAWN = 8  # lines of the figure
ROWS = 12  # of the table, each way
LEAST = 0.02  # change of a share below which nothing is said to have moved
# Too many and too small to be read one by one; or genes of predictors that few kinds read.
IGNORED = {"marks", "regulation", *(name for names in OWN_GENES.values() for name in names)}

Counts = dict[str, dict[str, Counter[int]]]  # gene -> value -> times by generation


def section(source: Source) -> dict[str, Any]:
    """Return the values that moved most, as rows and as a figure; empty for short runs."""
    counts = _counted(source)
    last = max((g for values in counts.values() for c in values.values() for g in c), default=0)
    moved = sorted(_moves(counts, last), key=lambda row: (-abs(row[4]), row[0], row[1]))
    moved = [row for row in moved if abs(row[4]) >= LEAST]
    if last < 2 or not moved:
        return {"figures": [], "rows": []}
    rose, fell = ([row for row in moved if (row[4] > 0) == up][:ROWS] for up in (True, False))
    # Where one value rises another falls: the figure shows a gene once, by what moved most.
    most = {row[0]: row for row in reversed(moved)}
    drawn = sorted(most.values(), key=lambda row: -abs(row[4]))[:DRAWN]
    return {"figures": [_drawn(counts, drawn, last)], "rows": [*rose, *fell]}


def _counted(source: Source) -> Counts:
    """Count the values of genes with few of them, by the generation in which they were born."""
    counts: Counts = defaultdict(lambda: defaultdict(Counter))
    for generation, sex, text in source.rows("SELECT generation, sex, json FROM genomes"):
        chromosomes = json.loads(text)["chromosomes"]
        for gene, value in _choices(chromosomes, ""):
            if gene.startswith("predictor.") == (sex == "female"):
                values = counts[gene]
                if len(values) <= VALUES:
                    values[value][generation] += 1
    return {gene: values for gene, values in counts.items() if 2 <= len(values) <= VALUES}


def _choices(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield dotted names and values of words, switches and whole numbers; items of lists alike."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name not in IGNORED and not name.endswith(("_expression", "_course")):
                yield from _choices(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and path.endswith(".activation"):
        yield path, "bred"  # each a function of its own, too many to follow
    elif isinstance(value, list):
        for item in value:
            yield from _choices(item, path)
    elif isinstance(value, bool):
        yield path, "yes" if value else "no"
    elif isinstance(value, str | int):
        yield path, str(value)


def _moves(counts: Counts, last: int) -> Iterator[tuple[str, str, float, float, float]]:
    """Yield gene, value, its share among the first and the last, and the change."""
    width = max(1, round(ENDS * last))
    for gene, values in counts.items():
        first, end = (
            {v: sum(n for g, n in c.items() if low <= g <= high) for v, c in values.items()}
            for low, high in ((0, width), (last - width + 1, last))
        )
        if not sum(first.values()) or not sum(end.values()):
            continue
        for value in values:
            before = first[value] / sum(first.values())
            after = end[value] / sum(end.values())
            yield gene, value, before, after, after - before


def _drawn(counts: Counts, moved: list[Any], last: int) -> dict[str, Any]:
    width = -(-last // min(BINS, last))
    middles = [low + (min(low + width - 1, last) - low) / 2 for low in range(1, last + 1, width)]
    traces = []
    for number, (gene, value, *_) in enumerate(moved):
        times: list[float] = [0.0] * len(middles)
        of: list[float] = [0.0] * len(middles)
        for other, by_generation in counts[gene].items():
            for generation, times_born in by_generation.items():
                place = max(0, generation - 1) // width
                of[place] += times_born
                times[place] += times_born if other == value else 0
        shares = [n / total if total else None for n, total in zip(times, of, strict=True)]
        traces.append(line(middles, shares, f"{short(gene)} = {value}", number))
    return figure(
        "The values that moved most",
        traces,
        "generation",
        "share of the individuals born",
        "Genes of networks among all networks born, genes of predictors among all predictors; "
        "those of stages among all stages.",
        yaxis={"tickformat": ".0%", "rangemode": "tozero"},
    )


def short(gene: str) -> str:
    """Write a gene's dotted name without what goes without saying."""
    return gene.removeprefix("architecture.").replace("_", " ")
