"""An evaluated network, as lines of text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from evo.evaluation.evaluation import Evaluation
from evo.text.amounts import MISSING, count, percent, short_count
from evo.text.figures import figure, label
from fitness.metric import Metric

MOST_GROUPS = 20  # that are listed, the worst
MOST_CLASSES = 20
SPLITS = ("validation", "test", "rows")
BY_ITSELF = {"per_class": "class", "per_label": "label"}  # tables of the report that are printed


def evaluation_lines(name: str, evaluation: Evaluation) -> Iterator[str]:
    """Yield the lines about a network of this name."""
    figures = evaluation.figures
    yield f"{name} on {figures['task']}, {count(figures['parameters'])} parameters"
    for note in figures.get("notes", ()):
        yield f"  note        {note}"
    for split in SPLITS:
        if f"{split}_examples" in figures:
            yield from _of_split(evaluation, split)
    yield from _by_group(figures)
    yield from _by_itself(evaluation)
    for line in filter(None, evaluation.report.words.split("\n")):
        yield f"  on {evaluation.split}: {line}"
    took = short_count(figures["milliseconds"])
    yield f"  {'latency':<11} {took:>6} ms  (one example, one thread of this machine)"


def _of_split(evaluation: Evaluation, split: str) -> Iterator[str]:
    """Yield the metric that counts, and all others with their intervals."""
    figures, metrics = evaluation.figures, evaluation.metrics
    metric, examples = figures["metric"], figures[f"{split}_examples"]
    rows = metrics[metrics["split"] == split].set_index("metric")
    main = rows.loc[metric]
    of = _of_examples(metric, main, examples)
    yield f"  {split:<11} {figure(metric, main['value']):>9}  ({of})"
    for name, row in rows.drop(metric).iterrows():
        value, within = figure(str(name), row["value"]), _within(str(name), row)
        yield f"  {'':<11} {value:>9}  {label(str(name))}{within}"


def _of_examples(metric: str, row: pd.Series, examples: int) -> str:
    """Say on how many examples a metric was measured, and how sure that is."""
    on = f"{count(examples)} examples"
    if Metric.load(metric).per_example:
        on = f"{count(round(row['value'] * examples))} of {count(examples)}"
    if not math.isfinite(row["low"]):
        return on
    low, high = _ends(metric, row)
    return f"{on}; 95 % interval {low} to {high}"


def _within(metric: str, row: pd.Series) -> str:
    return f", {' to '.join(_ends(metric, row))}" if math.isfinite(row["low"]) else ""


def _ends(metric: str, row: pd.Series) -> tuple[str, str]:
    """Write both ends of an interval; shares with one digit less, for they are known no better."""
    if Metric.load(metric).shown == "percent":
        return percent(row["low"]), percent(row["high"])
    return figure(metric, row["low"]), figure(metric, row["high"])


def _by_group(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table of the groups, the worst first."""
    rows = figures.get("groups", [])
    if not rows:
        return
    one = Metric.load(figures["metric"]).of_one_group.name
    splits = [name for name in SPLITS if f"{name}_examples" in figures]
    width = max(len("group"), *(len(str(row["group"])) for row in rows[:MOST_GROUPS]))
    heads = "".join(f"{name:>12}{'examples':>10}" for name in splits)
    yield f"  {label(one)} in the groups of the metric"
    yield f"  {'group':<{width}}{heads}"
    for row in rows[:MOST_GROUPS]:
        cells = (
            f"{figure(one, row.get(f'{name}_{one}')):>12}"
            f"{count(row[f'{name}_examples']) if f'{name}_examples' in row else MISSING:>10}"
            for name in splits
        )
        yield f"  {row['group']:<{width}}{''.join(cells)}"
    if len(rows) > MOST_GROUPS:
        yield f"  and {count(len(rows) - MOST_GROUPS)} groups that are better on {splits[-1]}"


def _by_itself(evaluation: Evaluation) -> Iterator[str]:
    """Yield a table of classes or labels, the worst first by F1, where there are any."""
    for name, title in BY_ITSELF.items():
        table = evaluation.report.tables.get(name)
        if table is None:
            continue
        shown = table.sort_values("f1", kind="stable").head(MOST_CLASSES)
        width = max(len(title), *(len(str(one)) for one in shown[title]))
        heads = "".join(f"{head:>11}" for head in ("examples", "precision", "recall", "F1"))
        yield f"  each {title} on {evaluation.split}, the worst first"
        yield f"  {title:<{width}}{heads}"
        for _, row in shown.iterrows():
            shares = "".join(f"{percent(row[key]):>11}" for key in ("precision", "recall", "f1"))
            yield f"  {row[title]!s:<{width}}{count(row['examples']):>11}{shares}"
        if len(table) > MOST_CLASSES:
            yield f"  and {count(len(table) - MOST_CLASSES)} that are better"
