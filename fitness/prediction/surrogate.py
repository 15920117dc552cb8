"""Surrogate models: predictor genes become predictions of adult outcomes.

A `Surrogate` holds one model of candidates (nothing trained yet) and one for each decision about
juveniles (early curve known). It learns from a `History` of adults whose outcomes are known. Kinds
of model live in `fitness/prediction/predictors/`, one file each. This module must not decide what
becomes of a male.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from fitness.prediction.features import foreshadowed, main_outcome
from fitness.prediction.guesses import Foreshadowing, Guess, first_guess
from fitness.prediction.history import FeatureSet, History
from fitness.prediction.outcomes import PLANNED, from_plan, planned
from fitness.prediction.stage_model import PREDICTORS, EarlyModel, StageModel
from genomes.chromosomes.predictor import CANDIDATE, JUVENILE, parts_read
from genomes.genes.gene import Record

Array = npt.NDArray[np.float64]

OUTCOMES = ("accuracy", "active_ratio", "active_parameters")
MINIMUM_RECORDS = 6  # adults needed before a model is believed more than the prior
UNKNOWN = 0.5  # predicted for an outcome of which nothing is known


@cache
def _thread_pools() -> Any:
    return ThreadpoolController()


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep linear algebra on one thread: sums are then added in the same order everywhere."""
    with _thread_pools().limit(limits=1):
        yield


def _feature_set(genes: Record, stage: str, epochs: int) -> FeatureSet:
    """Return what she reads at a stage, `epochs` of the curve if she reads any of it."""
    parts = parts_read(genes, stage)
    epochs = epochs if "curve" in parts else 0
    genome, costs, pedigree = (part in parts for part in ("genome", "costs", "pedigree"))
    ignored = frozenset(genes.get("ignored", ()))
    return FeatureSet(genome, costs, pedigree, epochs, "shown" in parts, ignored)


class Surrogate:
    """A female's predictor at work.

    It reads the features that the genes name (costs, if they name none). Whatever it reads, the
    active ratio and active parameters are learnt as deviations from the known plan, and outcomes
    stay within a bounded distance of those seen. With fewer than `MINIMUM_RECORDS` adults it
    answers with a prior: the plan; for the outcome that curves show, the last epoch read;
    else the mean of the known truths.
    """

    def __init__(
        self,
        genes: Record,
        seed: int,
        outcomes: Sequence[str] = OUTCOMES,
        logarithmic: Iterable[str] = (),
        metric: str | None = None,
        decisions: Mapping[str, int] | None = None,
        rises: bool = True,
    ) -> None:
        """`logarithmic` names the outcomes that are compared on a log scale besides counts.

        `metric` is what learning curves measure, the main outcome if nothing else is said, and
        `rises` tells whether it is to rise.
        `decisions` says after how many epochs each decision about juveniles falls; of these the
        last is the most that the gene `epochs_read` may say, and of what is there at another
        decision she reads the same share. None is a single one, after the epochs that she reads.
        """
        self.logarithmic = frozenset(logarithmic)
        self.genes, self.seed, self.outcomes = genes, seed, tuple(outcomes)
        main = self.outcomes[main_outcome(self.outcomes)]
        shown = foreshadowed(self.outcomes, main if metric is None else metric)
        self._early = shown and Foreshadowing(*shown, rises and shown[1] == "metric_last")
        PREDICTORS.load(genes["kind"])  # an unknown kind is told now, not at the first fit
        read = int(genes["epochs_read"])
        decisions = {JUVENILE: read} if decisions is None else decisions
        self._most = max(decisions.values(), default=1)
        self._epochs = {
            stage: math.ceil(epochs * read / self._most) for stage, epochs in decisions.items()
        }
        self._features = {
            stage: _feature_set(genes, stage, epochs)
            for stage, epochs in {CANDIDATE: 0, **self._epochs}.items()
        }
        self._models: dict[str, StageModel] = {}  # by stage of life, once there is enough to learn
        self._learnt_from: dict[str, tuple[Any, ...]] = {}
        self._mean_truth = np.full(len(self.outcomes), UNKNOWN)

    def fit(self, history: History, truths: Array) -> None:
        """Learn both models of a single decision from adults, oldest first, and their outcomes.

        Records with a truth that is not finite are left out; fits nothing if nothing is new.
        """
        self.fit_juvenile(history, truths)
        self.fit_candidates(history, truths)

    def fit_juvenile(self, history: History, truths: Array, stage: str = JUVENILE) -> None:
        """Learn from adults how juveniles at a decision end; curves are as they were then."""
        history, truths = self._known(history, truths)
        if len(history):
            self._mean_truth = (truths / len(truths)).sum(axis=0)  # no sum of 1e308 and 1e308
            self._learn(stage, history, truths)

    def fit_candidates(
        self, history: History, truths: Array, everyone: History | None = None
    ) -> None:
        """Learn from adults how candidates end; `everyone` adds what other males showed early.

        Its curves are those of the first decision. Without them she would never learn which
        genomes do badly from the start.
        """
        history, truths = self._known(history, truths)
        if len(history):
            self._learn(CANDIDATE, history, truths, everyone)

    def _known(self, history: History, truths: Array) -> tuple[History, Array]:
        truths = np.asarray(truths, dtype=np.float64).reshape(-1, len(self.outcomes))
        if len(truths) != len(history) or history.outcomes != self.outcomes:
            raise ValueError(
                f"received {len(history)} feature rows for {history.outcomes} and {len(truths)} "
                f"truths for {self.outcomes}; both have to match"
            )
        known = np.isfinite(truths).all(axis=1)
        if known.all():
            return history, truths
        kept = [history.feature_rows[i] for i in np.flatnonzero(known)]
        return History(kept, self.outcomes, history.encoded), truths[known]

    def _learn(
        self, stage: str, history: History, truths: Array, everyone: History | None = None
    ) -> None:
        others = everyone.feature_rows if everyone else ()
        learnt_from = (
            tuple(d.genome for d in history.feature_rows),
            tuple(d.genome for d in others),
            truths.tobytes(),
        )
        if len(history) < MINIMUM_RECORDS or learnt_from == self._learnt_from.get(stage):
            return
        self._learnt_from[stage] = learnt_from
        age = CANDIDATE if stage == CANDIDATE else JUVENILE
        genes = self.genes.replacing(expression=self.genes[f"{age}_expression"])
        with one_thread():
            self._models[stage] = StageModel(
                genes, self.seed, self._features[stage], history, truths, self.logarithmic,
                self._guess(stage, genes, history, everyone),
            )  # fmt: skip

    def _guess(
        self, stage: str, genes: Record, history: History, everyone: History | None
    ) -> tuple[int, Guess] | None:
        """Return from which guess of which outcome a model starts, None if from nothing."""
        early, features = self._early, self._features[stage]
        if early is None:
            return None
        if stage == CANDIDATE:
            if everyone is None or not self._epochs:
                return None
            first = min(self._epochs.values())
            model = EarlyModel(genes, self.seed, features, everyone, early, first)
            return early.outcome, model
        if not features.epochs or not genes["anchored"]:
            return None
        return early.outcome, first_guess(genes, early, features.epochs, history)

    def has_learnt(self, stage: str) -> bool:
        """Tell whether there is a model for a stage, and not only a prior."""
        return stage in self._models

    def predict_candidates(self, history: History) -> Array:
        """Predict the outcomes of candidates, (M, K), finite; curves are not read."""
        return self._predict(self._models.get(CANDIDATE), history, epochs=0)

    def predict(self, history: History, stage: str = JUVENILE) -> Array:
        """Predict the outcomes of juveniles at a decision, (M, K), finite."""
        return self._predict(self._models.get(stage), history, self._epochs[stage])

    @property
    def share_read(self) -> float:
        """Return which share of a juvenile's curve she looks at; 0 if none."""
        read = max(features.epochs for features in self._features.values())
        return read / self._most

    def complexity(self) -> float:
        """Return the size of all models (nodes or coefficients); 0 before learning."""
        return sum(stage.complexity() for stage in self._models.values())

    def _predict(self, stage_model: StageModel | None, history: History, epochs: int) -> Array:
        if not len(history):
            return np.empty((0, len(self.outcomes)))
        with one_thread():
            return stage_model.predict(history) if stage_model else self._prior(history, epochs)

    def _prior(self, history: History, epochs: int) -> Array:
        prior = np.tile(self._mean_truth, (len(history), 1))
        plan = planned(history.costs(), self.outcomes)
        for k, outcome in enumerate(self.outcomes):
            if outcome in PLANNED:
                expected = from_plan(outcome, plan[:, k])
                prior[:, k] = np.where(np.isfinite(plan[:, k]), expected, prior[:, k])
        if epochs and self._early:
            main, last = self._early.outcome, self._early.shown(history, epochs)
            if self._early.column != "metric_last":  # losses are compressed
                last = np.sign(last) * np.expm1(np.abs(last))
            prior[:, main] = np.where(np.isfinite(last), last, prior[:, main])
        return prior
