"""Fitted models: what a predictor has learnt of males at one stage of life.

A `StageModel` predicts adult outcomes. An `EarlyModel` predicts what a learning curve will show
early, which is known of everybody who was born, and so tells models of candidates of the many that
were never trained further: two levels, as Kennedy & O'Hagan (2000) join a cheap and a dear
fidelity. Filling in what the ensemble expects of them instead teaches models their own mistakes
(docs/decisions.md has the measurement).
"""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.prediction.controls import PRIOR, Anchor
from fitness.prediction.guesses import Foreshadowing, Guess
from fitness.prediction.history import FeatureSet, History, lined_up
from fitness.prediction.inputs import INPUTS
from fitness.prediction.normal_scores import NormalScores
from fitness.prediction.outcomes import Targets, planned
from fitness.prediction.record_weights import forgetting
from genomes.chromosomes.predictor import KINDS
from genomes.genes.gene import Record
from genomes.genes.registry import Registry

Array = npt.NDArray[np.float64]

PREDICTORS = Registry("predictor kind", "fitness.prediction.predictors")


def predictor_kinds() -> tuple[str, ...]:
    """Return the kinds of predictor that females may be: evo's own, then those of plugins."""
    return (*KINDS, *(name for name in PREDICTORS.names() if name not in KINDS))


class FittedModel:
    """A model of a kind, fitted to features on the scale that it reads."""

    def __init__(
        self, genes: Record, seed: int, feature_set: FeatureSet, history: History, learnt: Array
    ) -> None:
        """`learnt` (N, K) belongs to the last N males of the history."""
        self._feature_set = feature_set
        self._kind = PREDICTORS.load(genes["kind"])
        self.names, x = self._see(history)
        x = x[len(x) - len(learnt) :]
        self._scaled = INPUTS[genes["inputs"]](x)
        self.model = self._kind.make(genes.replacing(columns=self.names), seed)
        weights = forgetting(len(learnt), int(genes.get("half_life", 0)))
        counted = () if weights is None or not _counts(self.model) else (weights,)
        self.model.fit(self._scaled(x), learnt, *counted)

    def predict(self, history: History) -> Array:
        """Return what was learnt for other males, (M, K)."""
        scaled = self._scaled(lined_up(*self._see(history), self.names))
        return np.asarray(self.model.predict(scaled), dtype=np.float64)

    def _see(self, history: History) -> tuple[tuple[str, ...], Array]:
        """Return names and columns (N, D) of the features read, or the kind's own view of them."""
        if hasattr(self._kind, "see"):
            names, x = self._kind.see(history, self._feature_set)
            return tuple(names), np.asarray(x, dtype=np.float64)
        return history.names(self._feature_set), history.matrix(self._feature_set)


def _counts(model: Any) -> bool:
    """Tell whether a model takes weights of records; one of a plugin may not."""
    return "weights" in signature(model.fit).parameters


class EarlyModel:
    """Predicts, from what is known at birth, how a male ranks by what his curve shows early."""

    def __init__(
        self,
        genes: Record,
        seed: int,
        feature_set: FeatureSet,
        everyone: History,
        early: Foreshadowing,
        epochs: int,
    ) -> None:
        """`everyone` holds curves of all males; one without a curve failed, and ranks last."""
        shown = early.shown(everyone, epochs)[-int(genes["window"]) :]
        known = shown[np.isfinite(shown)]
        worst = (known.min() if early.rises else known.max()) if len(known) else 0.0
        shown = np.where(np.isfinite(shown), shown, worst)
        scores = NormalScores(shown).forward(shown)
        self._fitted = FittedModel(genes, seed, feature_set, everyone, scores[:, None])

    def __call__(self, history: History) -> Array:
        """Return normal scores (M,), the larger the more his curve shows."""
        return self._fitted.predict(history)[:, 0]

    def complexity(self) -> float:
        """Return the size of the model (nodes or coefficients)."""
        return float(self._fitted.model.complexity())


class StageModel:
    """A model of adult outcomes: the targets it learns, and from which guess it starts."""

    def __init__(
        self,
        genes: Record,
        seed: int,
        feature_set: FeatureSet,
        history: History,
        truths: Array,
        logarithmic: frozenset[str] = frozenset(),
        guess: tuple[int, Guess] | None = None,
    ) -> None:
        """`genes` holds the formula of this stage as `expression`; `truths` (N, K) is finite.

        `guess` is the position of an outcome and a first guess of it, on any scale.
        """
        window = slice(-int(genes["window"]), None)
        plan = planned(history.costs(), history.outcomes)[window]
        self._targets = Targets(
            truths[window], plan, history.outcomes, genes["transform"], logarithmic
        )
        learnt = self._targets.learnt
        self._anchor = None
        if guess:
            self._outcome, self._guess = guess
            records = float(genes.get("anchor_records", PRIOR))
            self._anchor = Anchor(self._guess(history)[window], learnt[:, self._outcome], records)
            learnt[:, self._outcome] = self._anchor.rest
        self._fitted = FittedModel(genes, seed, feature_set, history, learnt)

    def predict(self, history: History) -> Array:
        """Return outcomes (M, K), finite."""
        scores = self._fitted.predict(history)
        if self._anchor:
            scores = scores.copy()
            column = scores[:, self._outcome]
            scores[:, self._outcome] = self._anchor.whole(column, self._guess(history))
        return self._targets.decode(scores, planned(history.costs(), history.outcomes))

    def complexity(self) -> float:
        """Return the size of the model (nodes or coefficients), that of its guess included."""
        own = float(self._fitted.model.complexity())
        early = self._guess if self._anchor else None
        return own + (early.complexity() if isinstance(early, EarlyModel) else 0.0)
