"""The front beside all adults: the columns, exact as in `pareto.csv`, and the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from evo.findings.baselines import read_baselines
from evo.pareto.front import COLUMNS
from evo.record.export_notes import exported_genomes
from evo.report.source import Source
from evo.text.amounts import titled

DRAWN = 3000  # dominated ones; more would only make the page slow
SHARES = (
    "accuracy", "active_ratio", "test_accuracy", "remeasured_accuracy", "inherited_share",
)  # fmt: skip
DIGITS = 5  # of the dominated, which are only drawn


def section(source: Source) -> dict[str, Any]:
    """Return columns, rows in their order, what to draw against what, and the dominated.

    `exported` says of each row whether that network was exported; `exported_others` are those
    that were though dominated, as columns like `others`, with `genome`.
    """
    rows, handed = source.front, exported_genomes(source.folder)
    keys = [key for key in (rows[0] if rows else {}) if key not in ("genome", "ratio_front")]
    keys = _in_order([key for key in keys if any(row[key] is not None for row in rows)], source)
    return {
        "columns": [_column(key) for key in keys],
        "rows": [[row["genome"], *(row[key] for key in keys)] for row in rows],
        "up": _axis(source, source.main),
        "across": [_axis(source, name) for name in _across(source, keys)],
        "exported": [row["genome"] in handed for row in rows],
        "baseline": _baseline(source),
        **_dominated(source, handed),
    }


def _baseline(source: Source) -> dict[str, Any] | None:
    """Describe the best predictor without a search; None where accuracy is not drawn."""
    found = read_baselines(source.store)
    if not found or source.main != "accuracy":
        return None
    best = found[-1]
    return {"name": best.name, "parameters": best.parameters, "up": best.validation}


def _in_order(keys: list[str], source: Source) -> list[str]:
    """Put what a reader wants first: the main objective, and how it held on other data."""
    measured = ("test_", "second_", "remeasured_")
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
    """Describe an axis; `better` says which way is better, 0 for what is no objective."""
    better = 1 if source.rises(name) else -1
    return {**_column(name), "better": 0 if name == "generation" else better}


def kind(key: str) -> str:
    """Tell how a figure is written: as a share, a count or a plain number."""
    if key in SHARES:
        return "share"
    counted = key.endswith(("_parameters", "_epochs", "_examples")) or key in (
        "flops",
        "generation",
    )
    return "count" if counted else "number"


def title(key: str) -> str:
    """Write the name of a figure for people."""
    named = {
        "test_accuracy": "test accuracy",
        "remeasured_accuracy": "accuracy, retrained",
        "remeasured_examples": "examples, retrained",
    }
    return named.get(key) or titled(key)


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
