"""The audit: predictions beside results, and what rejecting some males cost.

Promoted males weigh one; an audited male stands for all that were rejected and weighs the inverse
of his chance to be drawn. So the figures hold for all juveniles, not only for the chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evo.pareto.dominance import Axes
from evo.strategy import Individual
from fitness.prediction.features import foreshadowed, main_outcome
from fitness.prediction.skill import calibration, weighted_kendall

WINDOW = 60  # latest results over which the reported skills are measured


def last_metric(individual: Individual) -> float:
    """Return the metric at the end of a juvenile's curve, 0 without one."""
    return (
        individual.juvenile.curve[-1].metric
        if individual.juvenile and individual.juvenile.curve
        else 0.0
    )


def weigh(
    adults: Sequence[Individual], promoted: set[str], chances: Mapping[str, float]
) -> dict[str, float]:
    """Return each adult's weight by id: the inverse of his chance to grow up."""
    identities = (individual.genome.id for individual in adults)
    return {name: 1.0 if name in promoted else 1.0 / chances[name] for name in identities}


class Audit:
    """Keeps the latest results and reports on them."""

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        self.truths: list[dict[str, float]] = []
        # Skill is reported for one objective: what curves show early, or else the main one.
        shown = foreshadowed(axes.names, axes.curve_metric.name)
        self.column = shown[0] if shown else main_outcome(axes.names)

    def hold(
        self,
        adults: Sequence[Individual],
        promoted: set[str],
        weights: Mapping[str, float],
        front: Sequence[Mapping[str, float]],
        early: Mapping[str, float],
    ) -> dict[str, Any]:
        """Compare the ensemble's predictions of these adults (their `expected`) and their `early`
        metric by id, both as of the last decision about each, with the results; return the
        figures for the record.

        Skills are rank correlations. `ensemble_bias` is the mean of predicted minus true,
        `ensemble_error` its root mean square, `ensemble_slope` the slope of the truth on what was
        predicted: below 1 the ensemble is too bold.

        `front` holds the objectives of the front before these adults. `wrongly_rejected` estimates
        how many males that would have extended it were rejected in this generation.
        """
        wrongly_rejected = 0.0
        for individual in adults:
            identity = individual.genome.id
            if identity not in promoted and self.axes.extends(front, individual.objectives):
                wrongly_rejected += weights[identity]
            self.truths.append(
                {
                    "weight": weights[identity],
                    "true": self._point(individual.objectives),
                    "predicted": self._point(individual.expected),
                    "early": -self.axes.metric_sign * early.get(identity, 0.0),
                }
            )
        self.truths = self.truths[-WINDOW:]
        return {
            "wrongly_rejected": wrongly_rejected,
            "ensemble_skill": self._skill("predicted"),
            "early_skill": self._skill("early"),
            **self._calibration(),
        }

    def _point(self, objectives: Mapping[str, float]) -> float:
        """Return the objective in its unit (log10 if so), negated where larger is better."""
        axis = self.axes.axes[self.column]
        return axis.sign * axis.point(objectives[axis.name])

    def _calibration(self) -> dict[str, float]:
        """Return the ensemble's errors in units of the objective (log10 if so)."""
        sign = self.axes.axes[self.column].sign
        predicted, truth = ([sign * row[k] for row in self.truths] for k in ("predicted", "true"))
        found = calibration(predicted, truth, [row["weight"] for row in self.truths])
        return {
            "ensemble_bias": found.bias,
            "ensemble_error": found.rmse,
            "ensemble_slope": found.slope,
        }

    def _skill(self, who: str) -> float:
        columns = {k: np.array([row[k] for row in self.truths]) for k in ("true", "weight", who)}
        return weighted_kendall(columns[who], columns["true"], columns["weight"])
