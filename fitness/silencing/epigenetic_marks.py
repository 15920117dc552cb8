"""Epigenetic marks of a network in training: at birth, and as they change in life. Free of torch.

One row of marks per stage, one mark per channel group; all sites of a stage obey its row. A mark
silences its channels without forgetting them: it can be lifted again.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from fitness.seeds import derived
from genomes.chromosomes.epigenome import channels_on, group_of
from genomes.graph.spec import Site

Marks = tuple[str, ...]
Strengths = Mapping[str, Sequence[float]]  # how strong each channel of a site is, any unit
Kept = Mapping[str, Sequence[bool]]  # which channels of a site pruning has left
REOPENED_SHARE = 0.5  # of the changes, where a stage has groups that are off


def born(marks: Marks, methylation: float, sites: Sequence[Site], norms: Strengths) -> Marks:
    """Return the marks after birth: of each stage's open groups a share is silenced.

    Those with the lowest initial weight norm (`norms`) go first; at least one stays open.
    """
    for row, members in sites_by_row(marks, sites).items():
        ordered = _weakest_first(marks[row], members, norms)
        if not ordered:  # the open ones are groups of which these few channels have none
            marks = _with(marks, row, _signed(marks[row], _groups(members)[0], "1"))
            continue
        for group in ordered[: min(len(ordered) - 1, round(methylation * len(ordered)))]:
            marks = _with(marks, row, _signed(marks[row], group, "0"))
    return marks


def changed(
    marks: Marks, changes: int, sites: Sequence[Site], activity: Strengths, kept: Kept, seed: int
) -> Marks:
    """Return the marks after at most `changes` in each stage: a group is silenced or reopened.

    Silenced are the weakest by mean absolute activation (`activity`), reopened are any. What was
    reopened is not silenced at once, and every site keeps a channel that pruning has left.
    """
    for row, members in sites_by_row(marks, sites).items():
        rng = random.Random(derived(seed, row))
        silenceable = _weakest_first(marks[row], members, activity)
        for _ in range(changes):
            shut = [group for group in _groups(members) if marks[row][group] == "0"]
            rng.shuffle(shut)
            reopened = [_signed(marks[row], group, "1") for group in shut]
            silenced = [_signed(marks[row], group, "0") for group in silenceable]
            reopens = rng.random() < REOPENED_SHARE
            options = reopened + silenced if reopens else silenced + reopened
            possible = [signs for signs in options if _alive(signs, members, kept)]
            if not possible:
                break
            marks = _with(marks, row, possible[0])
            silenceable = [group for group in silenceable if marks[row][group] == "1"]
    return marks


def sites_by_row(marks: Marks, sites: Sequence[Site]) -> dict[int, list[Site]]:
    """Group sites by the row of marks they obey; stages beyond the last row obey the last."""
    rows: dict[int, list[Site]] = {}
    for site in sites:
        rows.setdefault(min(site.stage, len(marks) - 1), []).append(site)
    return dict(sorted(rows.items()))


def _groups(sites: Sequence[Site]) -> list[int]:
    """List the groups of which at least one of the sites has channels."""
    sizes = {site.channels for site in sites}
    return sorted({group_of(channel, size) for size in sizes for channel in range(size)})


def _weakest_first(signs: str, sites: Sequence[Site], strengths: Strengths) -> list[int]:
    """List the open groups by their channels' mean strength, relative to each site's mean."""
    totals: dict[int, list[float]] = {}
    for site in sites:
        mean = sum(strengths[site.name]) / site.channels
        for channel, strength in enumerate(strengths[site.name]):
            relative = strength / mean if mean > 0 else 0.0
            totals.setdefault(group_of(channel, site.channels), []).append(relative)
    open_groups = [group for group in sorted(totals) if signs[group] == "1"]
    return sorted(open_groups, key=lambda group: sum(totals[group]) / len(totals[group]))


def _alive(signs: str, sites: Sequence[Site], kept: Kept) -> bool:
    """Tell whether at least one group is open and each site keeps an open, unpruned channel."""
    return any(signs[group] == "1" for group in _groups(sites)) and all(
        any(on and left for on, left in zip(_on(signs, site), kept[site.name], strict=True))
        for site in sites
    )


def _on(signs: str, site: Site) -> tuple[bool, ...]:
    return channels_on(signs, site.channels)


def _signed(signs: str, group: int, sign: str) -> str:
    return signs[:group] + sign + signs[group + 1 :]


def _with(marks: Marks, row: int, signs: str) -> Marks:
    return (*marks[:row], signs, *marks[row + 1 :])
