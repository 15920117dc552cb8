"""What the mechanisms recorded in each epoch: one sparkline a trace."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evo.text.amounts import percent, sparkline
from fitness.evaluation import Epoch

SHARES = (
    "sparsity",
    "units_healthy",
    "units_redundant",
    "units_harmful",
    "units_dead",
    "active_spread",
    "recalled",
)  # traces that are written in percent, and those of gates
OPEN = "open_"  # how the traces of gates begin
INDENT = "  "


def trace_lines(curve: Sequence[Epoch]) -> list[str]:
    """Draw every trace of a curve from its first to its last epoch; nothing without traces."""
    names = list(dict.fromkeys(name for epoch in curve for name in epoch.traces))
    if not names:
        return []
    return ["", "by epoch", *(_line(name, curve) for name in names)]


def _line(name: str, curve: Sequence[Epoch]) -> str:
    values = [epoch.traces.get(name, math.nan) for epoch in curve]
    known = [value for value in values if not math.isnan(value)]
    first, last = _written(name, known[0]), _written(name, known[-1])
    title = name.replace(".", " ").replace("_", " ")
    return f"{INDENT}{title:<22} {sparkline(values)} {first} to {last}"


def _written(name: str, value: float) -> str:
    is_share = name.startswith(OPEN) or name.partition(".")[0] in SHARES
    return percent(value) if is_share else f"{value:.3g}"
