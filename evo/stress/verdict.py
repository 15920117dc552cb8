"""A stress test in plain words: what harms most, whether pruning cost more than it seems to."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from evo.stress.attack_table import NO_ATTACK
from evo.stress.attacks import ATTACKS
from evo.stress.corrupted_answers import CLEAN, means
from evo.stress.report import StressReport
from evo.text.amounts import count, percent
from evo.text.figures import difference, figure
from fitness.metric import Metric

OFTEN = 0.01  # of answers, that are unstable
TOLD = 0.8  # AUROC, from which foreign inputs are told apart
CONTROL, STRONGEST = next(iter(ATTACKS)), list(ATTACKS)[-1]


def verdict(report: StressReport) -> Iterator[str]:
    """Yield sentences about the export."""
    name, metric = report.subjects[0].name, report.data.metric
    tables = {k: _own(t, name) for k, t in report.tables.items() if "network" in t.columns}
    yield from _of_corruptions(tables["corruptions"], metric)
    if "attacks" in tables:
        yield from _of_attacks(tables["attacks"], metric)
    if "foreign_inputs" in tables:
        yield from _of_foreign(tables["foreign_inputs"].dropna(subset="auroc"))
    yield _of_stability(tables["stability"])
    if "between_seeds" in report.tables:
        yield _of_seeds(report.tables["between_seeds"])
    yield from _of_comparison(report.tables["comparison"].iloc[1:], metric)


def _own(table: pd.DataFrame, network: str) -> pd.DataFrame:
    return table[table["network"] == network]


def _of_corruptions(table: pd.DataFrame, metric: Metric) -> Iterator[str]:
    clean = float(table.loc[table["corruption"] == CLEAN, metric.name].iloc[0])
    by_name = means(table, metric.name, "corruption")
    mean = float(by_name.mean(skipna=False))
    if not math.isfinite(mean):
        if len(by_name):
            yield "What corrupted inputs cost is not known: some give outputs that are not finite."
        return
    worst = str(by_name.idxmin() if metric.rises else by_name.idxmax())
    yield (
        f"Corrupted inputs cost {_cost(metric, clean, mean)} of {metric.label} on average, from "
        f"{figure(metric.name, clean)} to {figure(metric.name, mean)}; {worst.replace('-', ' ')} "
        f"costs most ({figure(metric.name, float(by_name[worst]))})."
    )


def _of_attacks(table: pd.DataFrame, metric: Metric) -> Iterator[str]:
    table = table[table["attack"] != NO_ATTACK]
    least = table["share_of_range"].min()
    at = table[table["share_of_range"] == least].set_index("attack")[metric.name]
    yield (
        f"An attack that moves every value by {percent(least)} of the range leaves "
        f"{figure(metric.name, at[STRONGEST])}; the same by chance "
        f"{figure(metric.name, at[CONTROL])}."
    )
    most = table[table["share_of_range"] == table["share_of_range"].max()]
    ends = most.set_index("attack")[metric.name]
    gain = ends[CONTROL] - ends[STRONGEST]
    if (gain if metric.rises else -gain) <= 0:
        yield (
            "Gradients do no more harm than chance: they are of no use here, which does not mean "
            "that the network withstands attacks."
        )


def _of_foreign(table: pd.DataFrame) -> Iterator[str]:
    if table.empty:
        return
    best = table.loc[table.groupby("inputs")["auroc"].idxmax()]
    told = [f"{row['inputs']} {row['auroc']:.2f} ({row['score']})" for _, row in best.iterrows()]
    unseen = [str(row["inputs"]) for _, row in best.iterrows() if row["auroc"] < TOLD]
    end = f"; it hardly notices {' and '.join(unseen)}" if unseen else ""
    yield f"Inputs of another kind are told apart with an AUROC of {', '.join(told)}{end}."


def _of_stability(table: pd.DataFrame) -> str:
    worst = table.sort_values("differing", kind="stable").iloc[-1]
    share = float(worst["differing"])
    how = "Answers are stable" if share <= OFTEN else "Answers are not all stable"
    return f"{how}: {percent(share, 2)} become others ({worst['change']})."


def _of_seeds(table: pd.DataFrame) -> str:
    """Tell of the trainings with the most seeds, of those the first."""
    row = table.sort_values("seeds", ascending=False, kind="stable").iloc[0]
    return (
        f"Trained again under {row['seeds']} seeds ({row['manner']}), two of its trainings differ "
        f"in {percent(row['differing'], 2)} of answers."
    )


def _of_comparison(table: pd.DataFrame, metric: Metric) -> Iterator[str]:
    for _, row in table.iterrows():
        low, high = row["low"], row["high"]
        much = difference(metric.name, abs(row["difference"])).lstrip("+")
        interval = (
            f"95 % interval {difference(metric.name, low)} to {difference(metric.name, high)}"
        )
        if low > 0:
            yield f"Corruption costs it {much} more than {row['network']} ({interval})."
        elif high < 0:
            yield f"Corruption costs it {much} less than {row['network']} ({interval})."
        elif math.isfinite(row["difference"]):
            yield f"Corruption costs it about as much as {row['network']} ({interval})."
    if len(table):
        yield (
            "These intervals count the chance of the examples, not that of training: the same "
            "network trained again may differ as much."
        )


def _cost(metric: Metric, clean: float, mean: float) -> str:
    lost = clean - mean if metric.rises else mean - clean
    return difference(metric.name, lost).lstrip("+")


def examples(report: StressReport) -> str:
    """Say by what was measured, and that nothing was chosen by it."""
    data = report.data
    drawn = count(len(data.split))
    of = drawn if len(data.split) == data.whole else f"{drawn} drawn of {count(data.whole)}"
    where = "rows of the file" if data.name == "rows" else "test examples"
    return f"{of} {where}; nothing is chosen by them"
