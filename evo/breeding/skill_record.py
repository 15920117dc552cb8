"""Skill records: predictions of males at one stage of life beside their results.

Skill is Kendall's tau between predictions made before the result was known and the result. While
the predictions are few it is shrunk towards the score on a time split of the history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.prediction.skill import shrunk_skill, weighted_kendall

SCORED = 60  # latest predictions with a result by which a female is scored
PRIOR_WEIGHT = 12.0  # so many results weigh as much as her score on the history
HALF_OF_ALL = NormalDist().inv_cdf(0.75)  # deviations within which half of normal errors lie

Truths = npt.NDArray[np.float64]  # (N, K) objective values


@dataclass
class SkillRecord:
    """A female's predictions at one stage of life and the results that are known of them."""

    history_skills: list[float] | None = None  # by objective, None until there is a score
    history_errors: list[float] | None = None  # likewise, in losses
    pending: dict[str, list[float]] = field(default_factory=dict)
    scored_predictions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def skills(self) -> npt.NDArray[np.float64]:
        """Kendall's tau of the predictions by objective (K,), shrunk while there are few.

        Without any prediction or score it is a single 0 (1,).
        """
        prior = np.array([0.0] if self.history_skills is None else self.history_skills)
        if not self.scored_predictions:
            return prior
        predicted = np.array([scored["predicted"] for scored in self.scored_predictions])
        truth = np.array([scored["truth"] for scored in self.scored_predictions])
        weights = np.array([scored["weight"] for scored in self.scored_predictions])
        shown = taus(predicted, truth, weights)
        return np.array(
            [
                shrunk_skill(tau, len(truth), known, PRIOR_WEIGHT)
                for tau, known in zip(shown, np.broadcast_to(prior, len(shown)), strict=True)
            ]
        )

    def tau(self, column: int) -> float | None:
        """Return Kendall's tau of one objective over the scored predictions, as they stand.

        None where they say nothing: there are fewer than two, or all are the same.
        """
        predicted, truth, weights = (
            [scored[key] for scored in self.scored_predictions]
            for key in ("predicted", "truth", "weight")
        )
        said = [row[column] for row in predicted]
        if len(set(said)) < 2:
            return None
        return weighted_kendall(said, [row[column] for row in truth], weights)

    @property
    def skill(self) -> float:
        """The mean of her skills over objectives."""
        return float(self.skills.mean())

    def score(self, male: str, truth: Sequence[float], weight: float) -> None:
        """Score the prediction of this male, if there is one."""
        if male in self.pending:
            scored = {"predicted": self.pending[male], "truth": list(truth), "weight": weight}
            self.scored_predictions = [*self.scored_predictions, scored][-SCORED:]

    def state(self) -> dict[str, Any]:
        """Return plain JSON data; nothing is pending between generations."""
        return {
            "history_skills": self.history_skills,
            "history_errors": self.history_errors,
            "scored_predictions": self.scored_predictions,
        }

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> SkillRecord:
        """Take up what `state` returned."""
        return cls(
            state["history_skills"],
            state.get("history_errors"),
            scored_predictions=[dict(v) for v in state["scored_predictions"]],
        )


def usual_errors(predicted: Truths, truth: Truths) -> npt.NDArray[np.float64]:
    """Return the standard deviation (K,) of normal errors half of which are as small as these.

    The median, for a few that failed say nothing about the predictions of the others.
    """
    return np.asarray(np.median(np.abs(predicted - truth), axis=0) / HALF_OF_ALL)


def taus(predicted: Truths, truth: Truths, weights: npt.NDArray[np.float64]) -> list[float]:
    """Return weighted Kendall's tau of each of the K columns."""
    columns = range(truth.shape[1])
    return [weighted_kendall(predicted[:, k], truth[:, k], weights) for k in columns]
