"""The events of a run as lines."""

from __future__ import annotations

from collections.abc import Iterator

from evo.findings.events.read import Events, missing_results
from evo.findings.events.shifts import FEWEST, Shift
from evo.text.amounts import percent

NO_RUPTURES = "Shifts were not looked for: pip install 'evo-nas[events]' brings what finds them."


def event_lines(events: Events) -> Iterator[str]:
    """Write unexpected results and shifts, and how many of them chance alone would bring."""
    share = percent(events.rate, 0)
    if reason := missing_results(events):
        yield f"No result is unexpected: {reason}."
    else:
        found = events.unexpected
        yield (
            f"{len(found)} of {events.judged} results are unexpected; by chance it would be at "
            f"most {share}, {events.rate * events.judged:.1f}."
        )
        for result in found:
            yield f"  generation {result.generation}: {result.words(events.metric)}"
    if len(events.results) < FEWEST:
        yield f"Shifts are not looked for in fewer than {FEWEST} results."
    elif events.shifts is None:
        yield NO_RUPTURES
    elif not events.shifts:
        yield "No shift: results differ from predictions no more at one time than at another."
    for shift in events.shifts or ():
        yield from _shift_lines(shift)


def _shift_lines(shift: Shift) -> Iterator[str]:
    yield (
        f"Shift at generation {shift.generation} (p {shift.p:.2g}): results minus predictions "
        f"were {shift.before:+.3g} on average before, {shift.after:+.3g} since."
    )
    if shift.genes:
        named = ", ".join(f"{gene} (p {p:.2g})" for gene, p in shift.genes)
        yield f"  With it changed {named}."
