"""Language models inside: how open gates are by layer and token, what a memory holds and gives.

Of texts' runs alone, and of members of the front that have such parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from evo.report.figures import figure, line, plain_text
from evo.report.networks import MemberPanel
from evo.report.source import Source
from evo.text.gates import gate_words, seen
from genomes.chromosomes.space import reads_tokens
from genomes.genes.gene import Record

if TYPE_CHECKING:  # it loads torch, which runs without such networks do without
    from evo.report.at_work import Opened, Remembered

OPEN, RECALLED = "open_", "recalled."  # how the traces of gates and of memories begin
NAMED = 64  # tokens up to which each is written below its column
SHARE = {"tickformat": ".0%", "rangemode": "tozero"}


def section(source: Source, found: Mapping[str, MemberPanel]) -> dict[str, Any]:
    """Return tables and figures of the best member with gates and the best with a memory.

    Empty if there are none. What cannot be run here is left out, with a note that says why.
    """
    best = [found[row["genome"]] for row in source.front if row["genome"] in found]
    genes = ((one, one.genome.chromosomes.get("architecture", Record())) for one in best)
    readers = [one for one, architecture in genes if reads_tokens(architecture)]
    gated, remembering = (_first(readers, prefix) for prefix in (OPEN, RECALLED))
    if gated is None and remembering is None:
        return {}
    opened, remembered, note = _run(source, gated, remembering)
    return {
        "note": note,
        "gates": gated and _gates(gated, opened),
        "memory": remembering and _memory(remembering, remembered),
    }


def _first(members: Sequence[MemberPanel], prefix: str) -> MemberPanel | None:
    return next((member for member in members if _traced(member, prefix)), None)


def _traced(member: MemberPanel, prefix: str) -> dict[str, dict[int, float]]:
    """Return by epoch the traces whose names begin so, without that beginning."""
    traces: dict[str, dict[int, float]] = {}
    for epoch in (epoch for training in member.trainings for epoch in training.curve):
        for name, value in epoch.traces.items():
            if name.startswith(prefix):
                traces.setdefault(name.removeprefix(prefix), {})[epoch.epoch] = value
    return traces


def _over_training(
    heading: str, traces: Mapping[str, Mapping[int, float]], up: str, note: str
) -> dict[str, Any]:
    lines = [
        line(list(values), list(values.values()), gate_words(name), number)
        for number, (name, values) in enumerate(traces.items())
    ]
    return figure(heading, lines, "epoch", up, note, yaxis=SHARE)


def _run(
    source: Source, gated: MemberPanel | None, remembering: MemberPanel | None
) -> tuple[Opened | None, Remembered | None, str]:
    from evo.errors import BadInput
    from evo.report.at_work import at_work

    chosen = (one and one.genome.id for one in (gated, remembering))
    try:
        return *at_work(source.folder.path, *chosen), ""
    except (BadInput, ValueError, OSError, RuntimeError) as error:  # of torch: other weights
        return None, None, f"Not run on validation text here ({error})."


def _gates(member: MemberPanel, opened: Opened | None) -> dict[str, Any]:
    """Return the table of open shares by gate (the paper's B.1), and the figures."""
    over = _over_training(
        "Open marks over training",
        _traced(member, OPEN),
        "share of the marks",
        "Means over validation positions; a mark is a head or a group of channels.",
    )
    if opened is None:
        return {"genome": member.genome.id, "rows": [], "positions": 0, "figures": [over]}
    together = {**opened.shares, "all": np.mean([*opened.shares.values()], axis=0)}
    rows = [
        [gate_words(gate), *(float(of(shares)) for of in (np.mean, np.std, np.min, np.max))]
        for gate, shares in together.items()
    ]
    positions = together["all"].size
    return {
        "genome": member.genome.id,
        "rows": rows,
        "positions": positions,
        "figures": [_heat_map(opened), over],
    }


def _heat_map(opened: Opened) -> dict[str, Any]:
    words = [plain_text(seen(token.decode(errors="replace"))) for token in opened.tokens]
    gates = [plain_text(gate_words(gate)) for gate in opened.shares]
    places = list(range(len(words)))
    drawn = {
        "type": "heatmap",
        "x": places,
        "y": gates,
        "z": [shares[0].tolist() for shares in opened.shares.values()],
        "text": [words] * len(gates),
        "hovertemplate": "%{y} at %{text}: %{z:.0%}<extra></extra>",
        "colorscale": "Viridis",
        "zmin": 0.0,
        "zmax": 1.0,
        "colorbar": {"tickformat": ".0%", "thickness": 12},
    }
    ticks = {"tickvals": places, "ticktext": words, "tickangle": 0} if len(words) <= NAMED else {}
    return figure(
        "Open marks by layer and token",
        [drawn],
        "token of a validation window",
        "",
        "The first of the windows that the table is about; a gate knows a token and what came "
        "before it.",
        xaxis=ticks,
        yaxis={"autorange": "reversed"},
    )


def _memory(member: MemberPanel, remembered: Remembered | None) -> dict[str, Any]:
    """Return a row a tier at the end of the text that was read, and the figures."""
    over = _over_training(
        "Attention that tiers get, over training",
        _traced(member, RECALLED),
        "share of a position's attention",
        "Means over validation windows, each of which begins with an empty memory.",
    )
    if remembered is None:
        return {"genome": member.genome.id, "rows": [], "tokens": 0, "figures": [over]}
    rows = [
        [
            tier,
            slots,
            remembered.held[tier][-1],
            remembered.uses[tier][-1],
            fmean(remembered.recalled[tier]),
        ]
        for tier, slots in remembered.slots.items()
    ]
    return {
        "genome": member.genome.id,
        "rows": rows,
        "tokens": remembered.tokens[-1],
        "figures": [*_over_a_text(remembered), over],
    }


def _over_a_text(found: Remembered) -> list[dict[str, Any]]:
    across = "tokens of validation text read"
    full = {
        tier: [held / slots for held in found.held[tier]] for tier, slots in found.slots.items()
    }
    drawn: tuple[tuple[str, Mapping[str, Sequence[float | None]], str, str, Any], ...] = (
        (
            "Slots that are filled",
            full,
            "share of the slots",
            "What leaves the short tier may move to the middle one, what is used often there to "
            "the long one.",
            SHARE,
        ),
        ("Uses of what is held", found.uses, "uses of an entry", "", {"rangemode": "tozero"}),
        (
            "Attention that tiers get, over a text",
            found.recalled,
            "share of a position's attention",
            "The rest finds nothing that it wants.",
            SHARE,
        ),
    )
    return [
        figure(
            heading,
            [
                line(found.tokens, values, tier, number)
                for number, (tier, values) in enumerate(by_tier.items())
            ],
            across,
            up,
            note,
            yaxis=axis,
        )
        for heading, by_tier, up, note, axis in drawn
    ]
