"""Judgement: what was foretold of males at one stage of life, and how it turned out.

Skill is Kendall's tau between what a female foretold before the truth was known and the truth,
shrunk towards her score on a time split of the archive while she has foretold few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.prediction.skill import shrunk_skill, weighted_kendall

VERDICTS = 60  # latest foretold truths by which a female is judged
YOUNG = 12.0  # so many truths weigh as much as her score on the archive
HALF_OF_ALL = NormalDist().inv_cdf(0.75)  # deviations within which half of normal errors lie

Truths = npt.NDArray[np.float64]  # (N, K) objective values


@dataclass
class Judgement:
    """What a female foretold at one stage of life, and how it turned out."""

    archive_skills: list[float] | None = None  # by objective, None until she is examined
    archive_errors: list[float] | None = None  # likewise, in losses
    pending: dict[str, list[float]] = field(default_factory=dict)
    verdicts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def skills(self) -> npt.NDArray[np.float64]:
        """Kendall's tau of the foretelling by objective (K,), shrunk while she is young.

        Without any evidence it is a single 0 (1,).
        """
        prior = np.array([0.0] if self.archive_skills is None else self.archive_skills)
        if not self.verdicts:
            return prior
        foretold = np.array([verdict["foretold"] for verdict in self.verdicts])
        truth = np.array([verdict["truth"] for verdict in self.verdicts])
        weights = np.array([verdict["weight"] for verdict in self.verdicts])
        shown = taus(foretold, truth, weights)
        return np.array(
            [
                shrunk_skill(tau, len(truth), known, YOUNG)
                for tau, known in zip(shown, np.broadcast_to(prior, len(shown)), strict=True)
            ]
        )

    @property
    def skill(self) -> float:
        """The mean of her skills over objectives."""
        return float(self.skills.mean())

    def hear(self, male: str, truth: Sequence[float], weight: float) -> None:
        """Judge what she foretold of this male, if she did."""
        if male in self.pending:
            verdict = {"foretold": self.pending[male], "truth": list(truth), "weight": weight}
            self.verdicts = [*self.verdicts, verdict][-VERDICTS:]

    def state(self) -> dict[str, Any]:
        """Return plain JSON data; what is pending is settled between generations."""
        return {
            "archive_skills": self.archive_skills,
            "archive_errors": self.archive_errors,
            "verdicts": self.verdicts,
        }

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> Judgement:
        """Take up what `state` returned."""
        return cls(
            state["archive_skills"],
            state.get("archive_errors"),
            verdicts=[dict(v) for v in state["verdicts"]],
        )


def usual_errors(foretold: Truths, truth: Truths) -> npt.NDArray[np.float64]:
    """Return the standard deviation (K,) of normal errors half of which are as small as these.

    The median, for a few that failed say nothing of how well the others are foretold.
    """
    return np.asarray(np.median(np.abs(foretold - truth), axis=0) / HALF_OF_ALL)


def taus(foretold: Truths, truth: Truths, weights: npt.NDArray[np.float64]) -> list[float]:
    """Return weighted Kendall's tau of each of the K columns."""
    columns = range(truth.shape[1])
    return [weighted_kendall(foretold[:, k], truth[:, k], weights) for k in columns]
