"""How well the predictors did over a whole run and what their mistakes cost.

Each figure says how many results it rests on: one generation says little, a few audits nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evo.pareto.statistics import wilson_interval
from evo.text.amounts import MISSING, count, signed

LEAST_TRUTHS = 10  # below, no skill is shown
LEAST_AUDITS = 10  # below, wrong rejections are not estimated

Summaries = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class RunSkill:
    """Mean rank correlations with the truth over a run, and the number of truths behind them.

    `early` is that of early metric on the same males, None where nobody has a youth.
    """

    females: float | None
    early: float | None
    truths: int

    @property
    def is_known(self) -> bool:
        """Whether there are enough truths for a figure."""
        return self.females is not None and self.truths >= LEAST_TRUTHS

    def text(self) -> str:
        """Word it: `+0.57 (early metric +0.59; 143 results seen)`."""
        seen = f"{count(self.truths)} result{'s' if self.truths != 1 else ''} seen"
        if not self.is_known:
            return f"{MISSING} ({seen} so far)"
        early = "" if self.early is None else f"early metric {signed(self.early)}; "
        return f"{signed(self.females)} ({early}{seen})"


def skill_over(summaries: Summaries) -> RunSkill:
    """Average over generations, each weighed by the males of whom it learnt the truth."""
    told = [s for s in summaries if s.get("ensemble_skill") is not None and s.get("adults")]
    weights = [float(s["adults"]) for s in told]
    if not told:
        return RunSkill(None, None, 0)
    females = float(np.average([s["ensemble_skill"] for s in told], weights=weights))
    both = all(s.get("early_skill") is not None for s in told)
    early = float(np.average([s["early_skill"] for s in told], weights=weights)) if both else None
    return RunSkill(females, early, round(sum(weights)))


class SkillSoFar:
    """Follows a run: the summaries of its generations, of which some may be told again."""

    def __init__(self, before: Summaries = ()) -> None:
        self._told = {int(summary["generation"]): summary for summary in before}

    def tell(self, summary: Mapping[str, Any]) -> None:
        """Take up the summary of a generation."""
        self._told[int(summary["generation"])] = summary

    def text(self) -> str:
        """Word the skill over all generations."""
        return skill_over([*self._told.values()]).text()


@dataclass(frozen=True)
class WrongRejections:
    """An estimate of how many good males were rejected, with its 95 % interval; see `text`."""

    males: float
    low: float
    high: float
    audits: int

    def text(self) -> str:
        """Word it, or say that too few were audited."""
        audits = f"{count(self.audits)} audited"
        if self.audits < LEAST_AUDITS:
            return f"too few audits to tell ({audits}; {LEAST_AUDITS} at least)"
        return (
            f"about {self.males:.3g} good males, estimated from {audits} (95 %: {self.low:.3g} to "
            f"{self.high:.3g})"
        )


def wrong_rejections(summaries: Summaries, audit_share: float | None) -> WrongRejections:
    """Estimate from the audited, each of whom was drawn with probability `audit_share`.

    None means that chances differed; then the interval is that of their mean.
    """

    def total(name: str) -> float:
        return sum(summary.get(name) or 0.0 for summary in summaries)

    audits, estimate = round(total("audited")), total("wrongly_rejected")
    rejected = max(0.0, total("juveniles") - total("adults") + audits)
    share = audits / max(1.0, rejected) if audit_share is None else audit_share
    good = min(audits, round(estimate * share))
    low, high = wilson_interval(good, audits)
    # The interval is of the share of good ones; the estimate weighs each audited by his chance.
    interval = min(low * rejected, estimate), max(high * rejected, estimate)
    return WrongRejections(estimate, *interval, audits)
