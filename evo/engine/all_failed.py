"""Decides when a run stops because nothing has ever succeeded, and words the reason.

One rule for networks and functions. It counts in the order of the history, not in that of
arrival, so that it does not depend on the workers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from fitness.evaluation import Evaluation

ALL_FAILED = "all failed"  # why a run ended
PATIENCE = 30  # trainings without a single success, after which a run stops
VARYING = re.compile(r"[-+]?\d[\d.,e+-]*")  # numbers, in which reasons of the same kind differ


@dataclass
class Tally:
    """Counts successes and failures over a run."""

    succeeded: bool = False
    failed: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, statuses: Mapping[str, str], jobs: Set[str]) -> Tally:
        """Count these jobs by their statuses."""
        failed = {job for job in jobs if statuses[job] != "ok"}
        return cls(len(failed) < len(jobs), failed)

    def add(self, evaluation: Evaluation) -> None:
        """Take note of a training; the same one counts once."""
        if evaluation.status == "ok":
            self.succeeded = True
        else:
            self.failed.add(evaluation.job)

    def last_straw(self, leading: Iterable[Evaluation]) -> int | None:
        """Return how many of these, the next in order, it takes until a run stops; None if not."""
        failed = set(self.failed)
        for count, evaluation in enumerate(() if self.succeeded else leading, start=1):
            if evaluation.status == "ok":
                return None
            failed.add(evaluation.job)
            if len(failed) >= PATIENCE:
                return count
        return None

    def ending(self, reason: str) -> str:
        """Return why a run ended: as it says, or because nothing succeeded."""
        return ALL_FAILED if self.failed and not self.succeeded else reason


def commonest_reason(evaluations: Iterable[Evaluation]) -> str:
    """Say how many trainings failed, and why most of them did; empty if none failed."""
    failed = [e for e in evaluations if e.status != "ok"]
    if not failed:
        return ""
    kinds = Counter(_kind(e) for e in failed)
    kind, count = kinds.most_common(1)[0]
    first = next(e for e in failed if _kind(e) == kind)
    said = f"{first.status}: {first.reason.rstrip('.')}"
    if len(failed) == 1:
        return f"The only training failed. {said}."
    share = "all of them" if len(kinds) == 1 else f"{count} of them"
    return f"All {len(failed)} trainings failed, {share} for this reason: {said}."


def _kind(evaluation: Evaluation) -> tuple[str, str]:
    return evaluation.status, VARYING.sub("#", evaluation.reason)
