"""The front beside all adults: the columns, exact as in `pareto.csv`, and the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from evo.findings.baselines import read_baselines
from evo.pareto.front import COLUMNS
from evo.pareto.outliers import in_view
from evo.record.export_notes import exported_genomes
from evo.record.front_intervals import HIGH, LEADS, LOW
from evo.record.front_rows import REMEASURED, TEST
from evo.report.given import beside
from evo.report.source import Source
from evo.text.figures import form, label
from fitness.objective import Objective, objective_names

DRAWN = 3000  # dominated ones; more would only make the page slow
SHARES = ("inherited_share",)  # columns besides objectives
COUNTS = ("generation", "inherited_epochs", "remeasured_examples")  # likewise
DIGITS = 5  # of the dominated, which are only drawn


def section(source: Source) -> dict[str, Any]:
    """Return columns, rows in their order, what to draw against what, and the dominated.

    `exported` says of each row whether that network was exported; `exported_others` are those
    that were though dominated, as columns like `others`, with `genome`. `intervals` has the ends
    of each row's, `leads` whether it leads over smaller ones beyond chance; null if not known.
    `given` is the table of a network that was given.
    """
    rows, handed = source.front, exported_genomes(source.folder)
    ends = [source.metric + end for end in (LOW, HIGH)]
    apart = {"genome", "ratio_front", LEADS, *ends}
    keys = [key for key in (rows[0] if rows else {}) if key not in apart]
    keys = _in_order([key for key in keys if any(row[key] is not None for row in rows)], source)
    return {
        "columns": [_column(key) for key in keys],
        "rows": [[row["genome"], *(row[key] for key in keys)] for row in rows],
        "up": upright(source),
        "learnt": _axis(source, source.metric),
        "across": [_axis(source, name) for name in _across(source, keys)],
        "exported": [row["genome"] in handed for row in rows],
        **_chance(rows, ends if source.main == source.metric else ()),
        "baseline": _baseline(source),
        "given": beside(source),
        **_dominated(source, handed),
    }


def _chance(rows: Sequence[dict[str, Any]], ends: Sequence[str]) -> dict[str, Any]:
    """Return intervals and leads of rows, null where the record does not tell them."""
    if not rows or not ends or not {LEADS, *ends} <= set(rows[0]):
        return {"intervals": None, "leads": None}
    intervals = [[row[end] for end in ends] for row in rows]
    return {"intervals": intervals, "leads": [row[LEADS] for row in rows]}


def _baseline(source: Source) -> dict[str, Any] | None:
    """Describe the best predictor without a search; None where its metric is not drawn."""
    found = read_baselines(source.store)
    if not found or source.main != found[-1].metric:
        return None
    best = found[-1]
    return {"name": best.name, "parameters": best.parameters, "up": best.validation}


def _in_order(keys: list[str], source: Source) -> list[str]:
    """Put what a reader wants first: the main objective, and how it held on other data."""
    measured = (TEST, REMEASURED)
    return sorted(keys, key=lambda key: (key != source.main, not key.startswith(measured)))


def _across(source: Source, keys: list[str]) -> list[str]:
    """Name what the front may be drawn against, the objectives first."""
    names = [name for name in source.objectives if name in keys]
    if source.config:
        names += [name for name in COLUMNS if name in keys and name not in names]
    return [*(name for name in names if name != source.main), "generation"]


def _column(key: str) -> dict[str, Any]:
    return {"key": key, "title": title(key), "kind": kind(key)}


def _axis(source: Source, name: str) -> dict[str, Any]:
    """Describe an axis; `better` says which way is better, 0 for what is no objective.

    `parameters` says whether it counts them, as the baseline's are counted.
    """
    better = 1 if source.rises(name) else -1
    known = Objective.load(name) if source.config and name in objective_names() else None
    return {
        **_column(name),
        "better": 0 if name == "generation" else better,
        "parameters": known is not None and known.unit == "parameters",
    }


def upright(source: Source) -> dict[str, Any]:
    """Describe the main objective's axis; `worst` is the worst member that is in view at first."""
    axis, rises = _axis(source, source.main), source.rises(source.main)
    seen = [float(row[source.main]) for row in source.front]
    worst = min if rises else max
    far = axis["kind"] == "number" and seen
    return {**axis, "worst": worst(in_view(seen, rises)) if far else None}


def kind(key: str) -> str:
    """Tell how a figure is written: as a share, a count or a plain number."""
    if key in SHARES:
        return "share"
    written = "count" if key in COUNTS else form(key.removeprefix(TEST).removeprefix(REMEASURED))
    return "share" if written == "percent" else written


def title(key: str) -> str:
    """Write the name of a figure for people."""
    if key.startswith(REMEASURED):
        return f"{label(key.removeprefix(REMEASURED))}, retrained"
    if key.startswith(TEST):
        return f"test {label(key.removeprefix(TEST))}"
    return label(key)


def _dominated(source: Source, handed: Sequence[str]) -> dict[str, Any]:
    adults = source.adults
    others = adults[~adults["genome"].isin([row["genome"] for row in source.front])]
    names = [source.main, *_across(source, list(source.front[0] if source.front else ()))]
    drawn = others.iloc[:: max(1, -(-len(others) // DRAWN))]
    exported = others[others["genome"].isin(handed)]
    return {
        "others": _columns(drawn, names),
        "others_in_all": len(others),
        "others_drawn": len(drawn),
        "exported_others": {"genome": exported["genome"].tolist(), **_columns(exported, names)},
    }


def _columns(adults: pd.DataFrame, names: Sequence[str]) -> dict[str, list[float]]:
    return {
        name: [_short(value) for value in adults[name].tolist()]
        for name in names
        if name in adults.columns
    }


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
