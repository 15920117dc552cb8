"""Genes that are numbers: median and quartiles of individuals born, over the generations."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from evo.pareto.statistics import a12
from evo.report.figures import BLUE, figure, line, plain_text
from evo.report.genes import BINS, ENDS, IGNORED, VALUES, short
from evo.report.source import Source

QUARTILES = (0.25, 0.5, 0.75)
LEAST = 0.1  # of A12 away from a half, below which nothing is said to have moved
FEWEST = 5  # values among the first and among the last, to say anything
DRAWN = 4  # figures
ROWS = 12  # of the table
# Ratios of the highest to the lowest quartile with a logarithmic axis; beyond, some are near zero.
WIDE = (20.0, 1e5)
SHADE = {"fillcolor": "rgba(0, 114, 178, 0.2)", "showlegend": True}  # blue

Numbers = dict[str, dict[int, list[float]]]  # gene -> generation -> values


def added(section: Mapping[str, Any], source: Source) -> dict[str, Any]:
    """Return the section of genes with those that are numbers: figures, and `numbers`.

    A row of `numbers`: gene, lower quartile, median and upper quartile among the first and among
    the last, and the chance that one of the last is above one of the first (A12, ties half).
    """
    numbers = _numbers(source)
    moved = sorted(_moves(numbers), key=lambda row: (-abs(row[-1] - 0.5), row[0]))
    figures = [_drawn(gene, numbers[gene]) for gene, *_ in moved[:DRAWN]]
    return {**section, "figures": [*section["figures"], *figures], "numbers": moved[:ROWS]}


def _numbers(source: Source) -> Numbers:
    """Collect the values of genes that are numbers, by the generation of birth."""
    numbers: Numbers = defaultdict(lambda: defaultdict(list))
    broken = set()  # those with a value between whole numbers
    for generation, sex, text in source.rows("SELECT generation, sex, json FROM genomes"):
        for gene, value in _values(json.loads(text)["chromosomes"], ""):
            if gene.startswith("predictor.") == (sex == "female"):
                numbers[gene][generation].append(float(value))
                if isinstance(value, float):
                    broken.add(gene)
    return {g: v for g, v in numbers.items() if g in broken or _different(v) > VALUES}


def _different(by_generation: Mapping[int, Sequence[float]]) -> int:
    return len({value for values in by_generation.values() for value in values})


def _values(value: Any, path: str) -> Iterator[tuple[str, int | float]]:
    """Yield dotted names and values of numbers; items of lists alike."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name not in IGNORED and not name.endswith(("_expression", "_course")):
                yield from _values(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for item in value:
            yield from _values(item, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def _moves(numbers: Numbers) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of genes that moved; see `added`."""
    last = max((g for values in numbers.values() for g in values), default=0)
    width = max(1, round(ENDS * last))
    for gene, by_generation in numbers.items():
        first, end = (
            [value for g, values in by_generation.items() if low <= g <= high for value in values]
            for low, high in ((0, width), (last - width + 1, last))
        )
        if last < 2 or min(len(first), len(end)) < FEWEST:
            continue
        shift = a12(end, first)
        if abs(shift - 0.5) >= LEAST:
            yield gene, *_three(first), *_three(end), shift


def _drawn(gene: str, by_generation: Mapping[int, Sequence[float]]) -> dict[str, Any]:
    """Draw the median as a line in the band of the quartiles."""
    last = max(by_generation)
    width = -(-last // min(BINS, last))
    binned: dict[int, list[float]] = defaultdict(list)
    for generation, values in by_generation.items():
        binned[max(0, generation - 1) // width] += values
    places = sorted(binned)
    lows = [1 + place * width for place in places]
    middles = [low + (min(low + width - 1, last) - low) / 2 for low in lows]
    low, middle, high = zip(*(_three(binned[place]) for place in places), strict=True)
    band = {"line": {"width": 0}, "mode": "lines", "hoverinfo": "skip", "showlegend": False}
    traces = [
        {**line(middles, high, "upper quartile"), **band},
        {**line(middles, low, "quartiles"), **band, "fill": "tonexty", **SHADE},
        {**line(middles, middle, "median"), "line": {"color": BLUE, "width": 2}},
    ]
    lowest, highest = min(low), max(high)
    wide = lowest > 0 and WIDE[0] < highest / lowest < WIDE[1]
    whose = "predictors" if gene.startswith("predictor.") else "networks"
    return figure(
        short(gene),
        traces,
        "generation",
        plain_text(short(gene)),
        f"Among the {whose} born; of a gene of stages, among all stages.",
        # By decades alone: what lies between would be printed over itself.
        yaxis={"type": "log", "dtick": 1, "exponentformat": "power"} if wide else {},
    )


def _three(values: Sequence[float]) -> list[float]:
    return [float(quartile) for quartile in np.quantile(values, QUARTILES)]
