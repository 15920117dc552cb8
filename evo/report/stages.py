"""How much each stage of networks keeps: channels on at the end, and pruning over generations."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from statistics import fmean
from typing import Any

from evo.record.rows import EPOCH_FIELDS
from evo.report.figures import BLUE, figure, line, plain_text
from evo.report.networks import MemberPanel
from evo.report.source import Source

PRUNED = "sparsity."


def section(source: Source, found: Mapping[str, MemberPanel]) -> dict[str, Any]:
    """Return a row a stage over the front's members, and the figures; empty for functions."""
    kept: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
    for genome, member in found.items():
        stages: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for site in member.sites:
            if site.stage is not None:
                stages[site.stage][0] += site.channels
                stages[site.stage][1] += site.kept
        for stage, (channels, on) in stages.items():
            kept[stage].append((genome, channels, on))
    rows = [
        [stage, len(members), sum(row[1] for row in members), sum(row[2] for row in members)]
        for stage, members in sorted(kept.items())
    ]
    drawn = [_of_front(kept)] if kept else []
    over = _over_generations(source)
    return {"rows": rows, "figures": [*drawn, *([over] if over else [])]}


def _of_front(kept: Mapping[int, list[tuple[str, int, int]]]) -> dict[str, Any]:
    points = [
        (stage, on / channels, f"{genome}: {on} of {channels}")
        for stage, members in sorted(kept.items())
        for genome, channels, on in members
    ]
    return figure(
        "Channels that are on at the end, of the front's members",
        [
            {
                "type": "box",
                "x": [f"stage {point[0]}" for point in points],
                "y": [point[1] for point in points],
                "text": [plain_text(point[2]) for point in points],
                "hovertemplate": "%{text}<extra></extra>",
                "boxpoints": "all",
                "jitter": 0.5,
                "pointpos": 0,
                "name": "members",
                "line": {"color": BLUE, "width": 1},
                "fillcolor": "rgba(0,114,178,0.12)",
                "marker": {"color": BLUE, "size": 5, "opacity": 0.6},
            }
        ],
        "",
        "share of the channels",
        "After pruning and channel masks, counted in the checkpoints.",
        yaxis={"tickformat": ".0%", "range": [-0.04, 1.04]},
        showlegend=False,
    )


def _over_generations(source: Source) -> dict[str, Any] | None:
    """Draw the mean share that pruning left on at the end of adults, by stage."""
    asked = (
        "SELECT t.generation, e.curve FROM trials t JOIN evaluations e ON e.name = t.evaluation "
        "WHERE t.stage = 'adult' AND e.status = 'ok'"
    )
    left: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for generation, text in source.rows(asked):
        curve = json.loads(text)
        traces = curve[-1][len(EPOCH_FIELDS) :] if curve else []
        for name, value in (traces[0] if traces else {}).items():
            if name.startswith(PRUNED):
                left[name.removeprefix(PRUNED)][generation].append(1.0 - value)
    if not left:
        return None
    return figure(
        "What pruning leaves on, by stage",
        [
            line(
                sorted(by_generation),
                [fmean(by_generation[generation]) for generation in sorted(by_generation)],
                f"stage {stage}",
                number,
            )
            for number, (stage, by_generation) in enumerate(sorted(left.items()))
        ],
        "generation",
        "mean share",
        "Fully trained networks with pruning; channel masks do not count here.",
        yaxis={"tickformat": ".0%", "rangemode": "tozero"},
    )
