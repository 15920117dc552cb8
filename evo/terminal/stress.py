"""A stress test, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from evo.stress.attack_table import NO_ATTACK
from evo.stress.corrupted_answers import CLEAN, means
from evo.stress.report import StressReport
from evo.stress.verdict import examples, verdict
from evo.text.amounts import count, percent
from evo.text.figures import figure, label
from fitness.stress.corruption import SEVERITIES

MOST = 5  # notes that are printed


def stress_lines(name: str, report: StressReport) -> Iterator[str]:
    """Yield the lines about an export of this name: short tables, then a verdict."""
    data, tables = report.data, report.tables
    yield f"{name} on {data.task}: {data.metric.label} of {examples(report)}"
    for subject in report.subjects:
        yield f"  {subject.name:<20} {count(subject.parameters):>9} parameters"
    for note in report.notes[:MOST]:
        yield f"  note        {note}"
    yield from _corruptions(report)
    if "attacks" in tables:
        yield from _attacks(report)
    if "foreign_inputs" in tables:
        yield from _foreign(tables["foreign_inputs"])
    yield from _stability(tables["stability"])
    if "between_seeds" in tables:
        yield from _between_seeds(tables["between_seeds"], data.metric.name)
    yield ""
    yield from verdict(report)


def _corruptions(report: StressReport) -> Iterator[str]:
    """Yield the metric in each severity of each corruption of the export, and all means."""
    table, metric = report.tables["corruptions"], report.data.metric.name
    names = [name for name in table["corruption"].unique() if name != CLEAN]
    others = [one.name for one in report.subjects[1:]]
    heads = [*(f"severity {s}" if s == 1 else str(s) for s in SEVERITIES), "mean", *others]
    yield f"\n  {'corruption':<18}" + "".join(_cell(head) for head in heads)
    clean = table[table["corruption"] == CLEAN].set_index("network")[metric]
    first = report.subjects[0].name
    blank = [""] * len(SEVERITIES)
    yield _row(CLEAN, [*blank, *(figure(metric, clean[one]) for one in [first, *others])])
    for name in names:
        rows = table[table["corruption"] == name]
        own = rows[rows["network"] == first].set_index("severity")[metric]
        mean = means(rows, metric, "network")
        shown = [own[s] for s in SEVERITIES] + [mean[one] for one in (first, *others)]
        yield _row(name.replace("-", " "), [figure(metric, value) for value in shown])
    if names:
        whole = report.tables["comparison"].set_index("network")["corrupted"]
        yield _row("mean", [*blank, *(figure(metric, whole[one]) for one in (first, *others))])


def _attacks(report: StressReport) -> Iterator[str]:
    """Yield the metric under each attack of each network, by epsilon."""
    table, metric = report.tables["attacks"], report.data.metric.name
    table = table[table["attack"] != NO_ATTACK]
    shares = list(table["share_of_range"].unique())
    yield f"\n  {'attack, by share of the range':<40}" + "".join(_cell(percent(s)) for s in shares)
    for (network, attack), rows in table.groupby(["network", "attack"], sort=False):
        cells = "".join(_cell(figure(metric, value)) for value in rows[metric])
        yield f"  {f'{network}: {attack}':<40}{cells}"


def _foreign(table: pd.DataFrame) -> Iterator[str]:
    """Yield the AUROC of each score, by the kind of foreign inputs."""
    names = list(table["inputs"].unique())
    yield f"\n  {'AUROC of foreign inputs':<40}" + "".join(_cell(name) for name in names)
    for (network, score), rows in table.groupby(["network", "score"], sort=False):
        cells = "".join(_cell(f"{value:.3f}") for value in rows["auroc"])
        yield f"  {f'{network}: {score}':<40}{cells}"


def _stability(table: pd.DataFrame) -> Iterator[str]:
    """Yield which share of answers becomes another, by the change."""
    changes = list(table["change"].unique())
    yield f"\n  {'answers that become others':<40}" + "".join(
        f"{name:>{len(name) + 3}}" for name in changes
    )
    for network, rows in table.groupby("network", sort=False):
        shares = zip(rows["change"], rows["differing"], strict=True)
        cells = "".join(f"{percent(share, 2):>{len(name) + 3}}" for name, share in shares)
        yield f"  {network:<40}{cells}"


def _between_seeds(table: pd.DataFrame, metric: str) -> Iterator[str]:
    """Yield which share of answers differs between seeds, and the metric's mean and deviation."""
    heads = ("seeds", "of two", "worst two", "from export", label(metric), "deviation")
    width = max(40, *map(len, table["manner"]))
    yield f"\n  {'answers that differ between seeds':<{width}}" + "".join(map(_cell, heads))
    for _, row in table.iterrows():
        shares = (percent(row[name], 2) for name in ("differing", "most", "from_export"))
        worth = (figure(metric, row[name]) for name in (metric, "deviation"))
        cells = "".join(map(_cell, (str(row["seeds"]), *shares, *worth)))
        yield f"  {row['manner']:<{width}}{cells}"


def _row(title: str, cells: list[str]) -> str:
    return f"  {title:<18}" + "".join(_cell(text) for text in cells)


def _cell(text: str) -> str:
    return f"{text:>{max(12, len(text) + 3)}}"
