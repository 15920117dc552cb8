"""The population of predictors: females learn from adults, predict candidates, and juveniles at
each decision, and are scored on the results.

`evo.breeding.skill_record` measures their skill; `evo.breeding.promotion` chooses by what they
predict.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from evo.breeding.feature_sets import FeatureEncoder
from evo.breeding.promotion import most_skilled, weighted_mean
from evo.breeding.skill_record import PRIOR_WEIGHT, SkillRecord, Truths, taus, usual_errors
from evo.pareto.dominance import Points
from evo.pareto.fitness import Fitness, fitness_of
from evo.strategy import Individual, LifeStage, Prediction, SearchContext
from fitness.prediction.history import History
from fitness.prediction.surrogate import Surrogate
from genomes.chromosomes.predictor import CANDIDATE
from genomes.genes.genome import Genome

HISTORY_TEST = 0.3  # share of the history, its latest, on which new females are scored
HISTORY_LEAST = 12  # adults below which the history is not split
FIRST_ERROR = 0.3  # of a prediction in losses, before any result is known
LARGEST_PREDICTOR = 1e6  # coefficients or nodes, beyond which size makes no difference
SKILL_TOLERANCE = 0.3  # a female further behind the best survives only where places are left

FAILINGS = fitness_of(("lack_of_skill", "cost"), (-1.0, -1.0))


@dataclass(frozen=True)
class EnsemblePrediction:
    """Predictions for some males, in losses (N, K): the weighted mean, and each choosing member's.

    `member_deviations` and `mean_deviation` (N, K) are their expected errors, 0 where an objective
    is known.
    """

    mean: Points
    members: list[Points]
    mean_deviation: Points
    member_deviations: list[Points]


@dataclass
class Female:
    """A female: her genome, her models, and her skill record at each stage of males' lives.

    Her fitness is what she fails in, valid since the population was last `rated`.
    """

    genome: Genome
    surrogate: Surrogate
    skill_records: dict[LifeStage, SkillRecord]
    fitness: Fitness = field(default_factory=FAILINGS)

    @property
    def skill(self) -> float:
        """The mean of her skills with candidates and at each decision."""
        return sum(skill_record.skill for skill_record in self.skill_records.values()) / len(
            self.skill_records
        )

    def predict(self, history: History, stage: LifeStage) -> Truths:
        """Return objectives (N, K) of males at a stage of life."""
        if stage == CANDIDATE:
            return self.surrogate.predict_candidates(history)
        return self.surrogate.predict(history, stage)


class PredictorPopulation:
    """All living females of a run, and the ensemble of the most skilled."""

    def __init__(self, context: SearchContext) -> None:
        self.context = context
        self.females: list[Female] = []
        self.decisions = context.settings.decisions
        self.stages: tuple[LifeStage, ...] = (CANDIDATE, *self.decisions)
        self.ensemble_records = {stage: SkillRecord() for stage in self.stages}
        # Errors of predicting the median of all results, in units of the axes.
        self._median_errors: list[float] | None = None
        self._encoder = FeatureEncoder(context)

    def join(self, genomes: Sequence[Genome]) -> None:
        """Add females that were just born."""
        self.females += [self._female(genome) for genome in genomes]

    def _female(self, genome: Genome) -> Female:
        axes, genes = self.context.axes, genome.chromosomes["predictor"]
        # The name of the stream decides the seed: another name would change every history.
        seed = self.context.rng("seer", genome.id).getrandbits(31)
        logarithmic = [axis.name for axis in axes.axes if axis.scale == "log"]
        surrogate = Surrogate(
            genes, seed, axes.names, logarithmic, axes.curve_metric.name, self.decisions
        )
        return Female(genome, surrogate, {stage: SkillRecord() for stage in self.stages})

    # -- learning ---------------------------------------------------------------------------------

    def learn(self, past: Sequence[Individual]) -> None:
        """Fit every female to all males of the history, oldest first.

        Models of juveniles learn from adults, each as he was at that decision. Models of
        candidates learn from all males: one that did not grow up counts as what the ensemble
        predicted for him at his last decision.
        """
        adults = [individual for individual in past if individual.grown]
        truths = self._outcomes(adults)
        histories = {stage: self._encoder.history(adults, stage) for stage in self.decisions}
        everyone, expected = self._encoder.history(past, CANDIDATE), self._outcomes(past)
        self._median_errors = self._errors_of_median(truths)
        self._examine(adults, truths)
        for female in self.females:
            for stage, history in histories.items():
                female.surrogate.fit_juvenile(history, truths, stage)
            female.surrogate.fit_candidates(everyone, expected)

    def _errors_of_median(self, truths: Truths) -> list[float] | None:
        """Return the errors of predicting the median of all results; None if there are too few."""
        if len(truths) < 2:
            return None
        losses = self._losses(truths)
        errors = usual_errors(np.median(losses, axis=0), losses) * self._spans
        return [float(error) for error in errors]

    def _examine(self, adults: Sequence[Individual], truths: Truths) -> None:
        """Score females that have no score yet on the latest part of the history."""
        split = len(adults) - round(HISTORY_TEST * len(adults))
        newcomers = [f for f in self.females if f.skill_records[CANDIDATE].history_skills is None]
        if len(adults) < HISTORY_LEAST or not newcomers:
            return
        earlier, later = (
            {stage: self._encoder.history(males, stage) for stage in self.stages}
            for males in (adults[:split], adults[split:])
        )
        weights = np.ones(len(adults) - split)
        for female in newcomers:
            student = self._female(female.genome)
            for stage in self.decisions:
                student.surrogate.fit_juvenile(earlier[stage], truths[:split], stage)
            student.surrogate.fit_candidates(earlier[CANDIDATE], truths[:split])
            for stage, skill_record in female.skill_records.items():
                predicted = self._corrected(student.predict(later[stage], stage), adults[split:])
                skill_record.history_skills = taus(predicted, truths[split:], weights)
                errors = usual_errors(self._losses(predicted), self._losses(truths[split:]))
                skill_record.history_errors = (errors * self._spans).tolist()

    def _outcomes(self, males: Sequence[Individual]) -> Truths:
        """Return true objectives (N, K), or what is expected of males who did not grow up."""
        names = self.context.axes.names
        rows = [
            [
                (individual.objectives if individual.grown else individual.expected)[name]
                for name in names
            ]
            for individual in males
        ]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(names))

    # -- predicting -------------------------------------------------------------------------------

    def predict(
        self, males: Sequence[Individual], stage: LifeStage, log: list[Prediction]
    ) -> EnsemblePrediction:
        """Let all females predict these males, log it, and return the ensemble's prediction.

        Its mean becomes what is expected of each male.
        """
        history = self._encoder.history(males, stage)
        predictions = []
        for female in self.females:
            predicted = self._corrected(female.predict(history, stage), males)
            predictions.append(self._losses(predicted))
            female.skill_records[stage].pending |= {
                individual.genome.id: row.tolist()
                for individual, row in zip(males, predicted, strict=True)
            }
            log += self._predictions(female.genome.id, stage, males, predicted)
        prediction = self._combined(predictions, stage, males)
        values = self._expect(males, prediction.mean)
        self.ensemble_records[stage].pending |= {
            individual.genome.id: row.tolist()
            for individual, row in zip(males, values, strict=True)
        }
        log += self._predictions("ensemble", stage, males, values)
        return prediction

    def _expect(self, males: Sequence[Individual], losses: Points) -> Truths:
        """Note what is predicted of each male as expected of him; return it as objectives."""
        values = np.array([self._values(row) for row in losses]).reshape(losses.shape)
        for individual, row in zip(males, values, strict=True):
            individual.expected = dict(zip(self.context.axes.names, row.tolist(), strict=True))
        return values

    def predict_candidates(self, candidates: Sequence[Individual]) -> EnsemblePrediction:
        """Return the ensemble's prediction for candidates, without logging it.

        Its mean becomes what is expected of each of them.
        """
        history = self._encoder.history(candidates, CANDIDATE)
        settings = self.context.settings
        size = max(settings.choosing_members, settings.ensemble_members)
        members = {i for best in self._most_skilled(self._skills(CANDIDATE), size) for i in best}
        predictions = {
            i: self._losses(
                self._corrected(self.females[i].predict(history, CANDIDATE), candidates)
            )
            for i in sorted(members)
        }
        prediction = self._combined(predictions, CANDIDATE, candidates)
        self._expect(candidates, prediction.mean)
        return prediction

    def predict_by(self, female: Female, individuals: Sequence[Individual]) -> EnsemblePrediction:
        """Return what one female alone predicts for candidates."""
        history = self._encoder.history(individuals, CANDIDATE)
        predicted = female.predict(history, CANDIDATE)
        losses = self._losses(self._corrected(predicted, individuals))
        deviation = self._deviations(self.errors(female.skill_records[CANDIDATE]), individuals)
        return EnsemblePrediction(losses, [losses], deviation, [deviation])

    def errors(self, skill_record: SkillRecord) -> npt.NDArray[np.float64]:
        """Return the usual errors (K,) of a female's (or the ensemble's) predictions, in losses.

        They come from the latest scored predictions. While these are few, `PRIOR_WEIGHT` more are
        added with the errors on the time split of the history, or, before there is one, with the
        errors of predicting the median.
        """
        known = skill_record.history_errors or self._median_errors
        prior = np.full(len(self._spans), FIRST_ERROR)
        if known is not None:
            prior = np.array(known) / self._spans
        count = len(skill_record.scored_predictions)
        if not count:
            return prior
        predicted, truth = (
            self._losses(np.array([scored[key] for scored in skill_record.scored_predictions]))
            for key in ("predicted", "truth")
        )
        squares = count * usual_errors(predicted, truth) ** 2 + PRIOR_WEIGHT * prior**2
        return np.asarray(np.sqrt(squares / (count + PRIOR_WEIGHT)))

    @property
    def _spans(self) -> npt.NDArray[np.float64]:
        return np.array([axis.span for axis in self.context.axes.axes])

    def _deviations(
        self,
        errors: npt.NDArray[np.float64],
        males: Sequence[Individual],
        disagreement: Points | None = None,
    ) -> Points:
        """Return the expected errors (N, K) of predictions whose usual errors are (K,), by male.

        Half of the variance is distributed by how much the females disagree about each male.
        """
        names = self.context.axes.names
        known = [bool(males) and name in males[0].costs for name in names]
        if disagreement is None:
            shares = np.ones((len(males), len(names)))
        else:
            mean = (disagreement**2).mean(axis=0) if len(males) else 1.0
            relative = disagreement**2 / np.where(mean > 0.0, mean, 1.0)
            shares = np.sqrt((1.0 + np.where(mean > 0.0, relative, 1.0)) / 2.0)
        return np.asarray(np.where(known, 0.0, errors * shares))

    def _corrected(self, predicted: Truths, individuals: Sequence[Individual]) -> Truths:
        """Put in objectives that are known before training: they are never predicted."""
        for k, name in enumerate(self.context.axes.names):
            if individuals and name in individuals[0].costs:
                predicted[:, k] = [individual.costs[name] for individual in individuals]
        return predicted

    def _losses(self, values: Truths) -> Points:
        columns = zip(self.context.axes.axes, values.T, strict=True)
        return np.column_stack([axis.losses(column.tolist()) for axis, column in columns])

    def _values(self, losses: npt.NDArray[np.float64]) -> list[float]:
        axes = self.context.axes.axes
        return [axis.value(float(loss)) for axis, loss in zip(axes, losses, strict=True)]

    def _predictions(
        self, who: str, stage: LifeStage, males: Sequence[Individual], predicted: Truths
    ) -> list[Prediction]:
        names = self.context.axes.names
        return [
            Prediction(
                who, individual.genome.id, stage, dict(zip(names, row.tolist(), strict=True))
            )
            for individual, row in zip(males, predicted, strict=True)
        ]

    def _skills(self, stage: LifeStage) -> npt.NDArray[np.float64]:
        """Return the skills of all females by objective (F, K)."""
        count = len(self.context.axes.names)
        return np.array(
            [np.broadcast_to(female.skill_records[stage].skills, count) for female in self.females]
        )

    def _most_skilled(self, skills: npt.NDArray[np.float64], size: int) -> list[list[int]]:
        """Choose for each objective: a female that predicts sizes well may predict little else."""
        ids = [female.genome.id for female in self.females]
        return [most_skilled(column.tolist(), ids, size) for column in skills.T]

    def _combined(
        self,
        predictions: Sequence[Points] | Mapping[int, Points],
        stage: LifeStage,
        males: Sequence[Individual],
    ) -> EnsemblePrediction:
        """Combine predictions: the weighted mean of the ensemble, and each choosing member's.

        The first member takes each objective from the most skilled female, and so on.
        """
        skills, settings = self._skills(stage), self.context.settings
        means = [
            weighted_mean([predictions[i][:, k] for i in best], skills[best, k].tolist())
            for k, best in enumerate(self._most_skilled(skills, settings.ensemble_members))
        ]
        turns = list(zip(*self._most_skilled(skills, settings.choosing_members), strict=True))
        asked = predictions.values() if isinstance(predictions, Mapping) else predictions
        disagreement = np.std(list(asked), axis=0)
        errors = {
            i: self.errors(self.females[i].skill_records[stage])
            for i in {i for turn in turns for i in turn}
        }
        members = [
            np.column_stack([predictions[i][:, k] for k, i in enumerate(turn)]) for turn in turns
        ]
        deviations = [
            self._deviations(
                np.array([errors[i][k] for k, i in enumerate(turn)]), males, disagreement
            )
            for turn in turns
        ]
        mean = self._deviations(self.errors(self.ensemble_records[stage]), males, disagreement)
        return EnsemblePrediction(np.column_stack(means), members, mean, deviations)

    # -- scoring, mating, survival ----------------------------------------------------------------

    def score(self, adults: Sequence[Individual], weights: Mapping[str, float]) -> None:
        """Score all females on the results of these adults.

        `weights` are inverse chances to grow up: an audited male stands for many rejected ones.
        """
        truths = self._outcomes(adults)
        for individual, truth in zip(adults, truths, strict=True):
            for female in self.females:
                for skill_record in female.skill_records.values():
                    skill_record.score(
                        individual.genome.id, truth.tolist(), weights[individual.genome.id]
                    )
            for skill_record in self.ensemble_records.values():
                skill_record.score(
                    individual.genome.id, truth.tolist(), weights[individual.genome.id]
                )

    def forget(self, males: Sequence[Individual]) -> None:
        """Drop predictions of males whose generation is finished."""
        skill_records = [
            *self.ensemble_records.values(),
            *(j for f in self.females for j in f.skill_records.values()),
        ]
        for skill_record in skill_records:
            for individual in males:
                skill_record.pending.pop(individual.genome.id, None)

    def best_skill(self) -> float:
        """Return the skill of the most skilled female."""
        return max((female.skill for female in self.females), default=0.0)

    def rated(self) -> list[Female]:
        """Return all females, their fitness as of now."""
        best = self.best_skill()
        for female in self.females:
            female.fitness.values = self._failings(female, best)
        return list(self.females)

    def keep(self, chosen: Sequence[Female]) -> None:
        """Let the chosen live on."""
        names = {female.genome.id for female in chosen}
        self.females = [female for female in self.females if female.genome.id in names]

    def _failings(self, female: Female, best: float) -> tuple[float, float]:
        """Return lack of skill, and what she costs, each from 0 to 1."""
        tolerated = (best - female.skill) / SKILL_TOLERANCE
        costs = [
            min(1.0, math.log1p(female.surrogate.complexity()) / math.log1p(LARGEST_PREDICTOR))
        ]
        if self.decisions:
            costs.append(female.surrogate.share_read)
        return min(1.0, tolerated), 0.99 * sum(costs) / len(costs)

    # -- state ------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return plain JSON data for `restore`; models are fitted again, they are no state."""
        females = [
            {
                "id": female.genome.id,
                "skill_records": {stage: j.state() for stage, j in female.skill_records.items()},
            }
            for female in self.females
        ]
        ensemble = {
            stage: skill_record.state() for stage, skill_record in self.ensemble_records.items()
        }
        return {"ensemble": ensemble, "females": females}

    def restore(self, state: Mapping[str, Any], genomes: Sequence[Genome]) -> None:
        """Take up what `state` returned; `genomes` are those of the ids, in order."""
        self.females = []
        self.join(genomes)
        for female, saved in zip(self.females, state["females"], strict=True):
            female.skill_records = {
                s: SkillRecord.restored(saved["skill_records"][s]) for s in self.stages
            }
        self.ensemble_records = {
            s: SkillRecord.restored(state["ensemble"][s]) for s in self.stages
        }
