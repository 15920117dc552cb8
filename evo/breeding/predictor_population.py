"""The population of predictors: females learn from adults, predict candidates, and juveniles at
each decision, and are scored on the results.

`evo.breeding.skill_record` measures their skill; `evo.breeding.promotion` chooses by what they
predict.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from evo.breeding.ensemble import (
    EnsemblePrediction,
    draw_mixtures,
    heard,
    heaviest,
    mixed,
)
from evo.breeding.expert_weights import ExpertWeights, share_misordered
from evo.breeding.feature_sets import FeatureEncoder
from evo.breeding.female import Female
from evo.breeding.skill_record import PRIOR_WEIGHT, SkillRecord, Truths, taus, usual_errors
from evo.pareto.dominance import Points
from evo.strategy import Individual, LifeStage, Prediction, SearchContext
from fitness.prediction.history import History
from fitness.prediction.surrogate import Surrogate
from genomes.chromosomes.predictor import CANDIDATE, CONTROL, EARLY, PLAN, controls
from genomes.genes.gene import Record
from genomes.genes.genome import Genome

HISTORY_TEST = 0.3  # share of the history, its latest, on which new females are scored
HISTORY_LEAST = 12  # adults below which the history is not split
FIRST_ERROR = 0.3  # of a prediction in losses, before any result is known
LARGEST_PREDICTOR = 1e6  # coefficients or nodes, beyond which size makes no difference
LEAST_UNKNOWN = 1e-3  # losses: skill at what is known decides where nothing else does
SKILL_RESOLUTION = 0.05  # differences in tau that few results do not show
SKILL_TOLERANCE = 0.3  # a female further behind the best survives only where places are left


class PredictorPopulation:
    """All living females of a run, the controls beside them, and the ensemble of all."""

    def __init__(self, context: SearchContext) -> None:
        self.context = context
        self.females: list[Female] = []
        self.decisions = context.settings.decisions
        self.stages: tuple[LifeStage, ...] = (CANDIDATE, *self.decisions)
        self.ensemble_records = {stage: SkillRecord() for stage in self.stages}
        self.weights = {stage: ExpertWeights(len(context.axes.names)) for stage in self.stages}
        # Errors of predicting the median of all results, in units of the axes.
        self._median_errors: list[float] | None = None
        self._encoder = FeatureEncoder(context)
        self.controls = [self._female(genome) for genome in control_genomes(context)]

    @property
    def members(self) -> list[Female]:
        """All who predict: the controls, who neither breed nor die, and the females."""
        return [*self.controls, *self.females]

    def join(self, genomes: Sequence[Genome]) -> None:
        """Add females that were just born."""
        self.females += [self._female(genome) for genome in genomes]

    def join_best(
        self, broods: Sequence[Sequence[Genome]], past: Sequence[Individual]
    ) -> list[Genome]:
        """Add of each brood the one who would have predicted the latest of the history best."""
        females = [[self._female(genome) for genome in sisters] for sisters in broods]
        everybody = [female for sisters in females for female in sisters]
        if len(everybody) > len(broods):
            self._examine(past, everybody)
            self._rate(everybody)
        born = [max(sisters, key=lambda female: female.skill) for sisters in females]
        self.females += born
        return [female.genome for female in born]

    def _female(self, genome: Genome) -> Female:
        axes, genes = self.context.axes, genome.chromosomes["predictor"]
        # The name of the stream decides the seed: another name would change every history.
        seed = self.context.rng("seer", genome.id).getrandbits(31)
        logarithmic = [axis.name for axis in axes.axes if axis.scale == "log"]
        surrogate = Surrogate(
            genes, seed, axes.names, logarithmic, axes.curve_metric.name, self.decisions,
            axes.curve_metric.rises,
        )  # fmt: skip
        return Female(genome, surrogate, {stage: SkillRecord() for stage in self.stages})

    # -- learning ---------------------------------------------------------------------------------

    def learn(self, past: Sequence[Individual]) -> None:
        """Fit all members to the males of the history, oldest first.

        Models of juveniles learn from adults, each as he was at that decision. Models of
        candidates learn from adults and from those who failed, who count as the reference, and
        beside these from what everybody's curve showed at the first decision.
        """
        adults = [individual for individual in past if individual.grown]
        truths = self._outcomes(adults)
        histories = {stage: self._encoder.history(adults, stage) for stage in self.decisions}
        ended = [individual for individual in past if individual.grown or individual.failed]
        candidates, outcomes = self._encoder.history(ended, CANDIDATE), self._outcomes(ended)
        everyone = self._everyone(past)
        self._median_errors = self._errors_of_median(truths)
        unknown = [f for f in self.members if f.skill_records[CANDIDATE].history_skills is None]
        self._examine(past, unknown)
        for female in self.members:
            for stage, history in histories.items():
                female.surrogate.fit_juvenile(history, truths, stage)
            female.surrogate.fit_candidates(candidates, outcomes, everyone)

    def _everyone(self, males: Sequence[Individual]) -> History | None:
        """Return what males showed at the first decision; None where there is no decision."""
        first = next(iter(self.decisions), None)
        return None if first is None else self._encoder.history(males, first)

    def _errors_of_median(self, truths: Truths) -> list[float] | None:
        """Return the errors of predicting the median of all results; None if there are too few."""
        if len(truths) < 2:
            return None
        losses = self._losses(truths)
        errors = usual_errors(np.median(losses, axis=0), losses) * self._spans
        return [float(error) for error in errors]

    def _examine(self, past: Sequence[Individual], newcomers: Sequence[Female]) -> None:
        """Score females on the latest part of the history, after learning from what was before."""
        adults = [individual for individual in past if individual.grown]
        truths = self._outcomes(adults)
        split = len(adults) - round(HISTORY_TEST * len(adults))
        if len(adults) < HISTORY_LEAST or not newcomers:
            return
        earlier, later = (
            {stage: self._encoder.history(males, stage) for stage in self.stages}
            for males in (adults[:split], adults[split:])
        )
        weights = np.ones(len(adults) - split)
        before = self._everyone(past[: past.index(adults[split])])
        for female in newcomers:
            student = self._female(female.genome)
            for stage in self.decisions:
                student.surrogate.fit_juvenile(earlier[stage], truths[:split], stage)
            student.surrogate.fit_candidates(earlier[CANDIDATE], truths[:split], before)
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
        self,
        males: Sequence[Individual],
        stage: LifeStage,
        log: list[Prediction],
        rng: random.Random,
    ) -> EnsemblePrediction:
        """Let all members predict these males, log it, and return the ensemble's prediction.

        Its mean becomes what is expected of each male.
        """
        history = self._encoder.history(males, stage)
        predictions = []
        for female in self.members:
            predicted = self._corrected(female.predict(history, stage), males)
            predictions.append(self._losses(predicted))
            female.skill_records[stage].pending |= {
                individual.genome.id: row.tolist()
                for individual, row in zip(males, predicted, strict=True)
            }
            log += self._predictions(female.genome.id, stage, males, predicted)
        prediction = self._combined(predictions, stage, males, rng)
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

    def predict_candidates(
        self, candidates: Sequence[Individual], rng: random.Random
    ) -> EnsemblePrediction:
        """Return the ensemble's prediction for candidates, without logging it.

        Its mean becomes what is expected of each of them.
        """
        history = self._encoder.history(candidates, CANDIDATE)
        predictions = [
            self._losses(self._corrected(member.predict(history, CANDIDATE), candidates))
            for member in self.members
        ]
        prediction = self._combined(predictions, CANDIDATE, candidates, rng)
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

    def _combined(
        self,
        predictions: Sequence[Points],
        stage: LifeStage,
        males: Sequence[Individual],
        rng: random.Random,
    ) -> EnsemblePrediction:
        """Combine predictions: the mean weighted by merit, and mixtures drawn around it."""
        stacked = np.stack(predictions)  # (M, N, K)
        weights = self.weights[stage].of([member.genome.id for member in self.members])
        weights = heard(weights, stacked, self._asked(stage))
        weights = heaviest(weights, self.context.settings.ensemble_members)
        mean = mixed(weights, stacked)
        disagreement = np.sqrt(mixed(weights, (stacked - mean) ** 2))
        usual = self.errors(self.ensemble_records[stage])
        deviation = self._deviations(usual, males, disagreement)
        mixtures = [
            mixed(drawn, stacked)
            for drawn in draw_mixtures(weights, self.context.settings.choosing_members, rng)
        ]
        return EnsemblePrediction(mean, mixtures, deviation, [deviation] * len(mixtures))

    def _asked(self, stage: LifeStage) -> list[bool]:
        """Tell who is asked: members who have learnt, the controls where nobody has."""
        learnt = [member.surrogate.has_learnt(stage) for member in self.members]
        if any(learnt):
            return learnt
        return [True] * len(self.controls) + [False] * len(self.females)

    # -- scoring, mating, survival ----------------------------------------------------------------

    def score(self, adults: Sequence[Individual], weights: Mapping[str, float]) -> None:
        """Score all females on the results of these adults.

        `weights` are inverse chances to grow up: an audited male stands for many rejected ones.
        """
        truths = self._outcomes(adults)
        for skill_record in self._skill_records():
            for individual, truth in zip(adults, truths, strict=True):
                identity = individual.genome.id
                skill_record.score(identity, truth.tolist(), weights[identity])
        for stage in self.stages:
            self.weights[stage].learn({
                member.genome.id: self._lost(member.skill_records[stage], len(adults))
                for member in self.members
            })  # fmt: skip

    def _lost(self, skill_record: SkillRecord, fresh: int) -> npt.NDArray[np.float64]:
        """Return what a member's predictions of the latest adults cost, by objective (K,)."""
        scored = skill_record.scored_predictions
        count = len(self.context.axes.names)
        if len(scored) < 2 or not fresh:
            return np.full(count, np.nan)
        predicted, truth, weights = (
            np.array([row[key] for row in scored]) for key in ("predicted", "truth", "weight")
        )
        return share_misordered(predicted, truth, weights, fresh)

    def _skill_records(self) -> list[SkillRecord]:
        """Return all records of the ensemble and of its members."""
        members = (record for m in self.members for record in m.skill_records.values())
        return [*self.ensemble_records.values(), *members]

    def forget(self, males: Sequence[Individual]) -> None:
        """Drop predictions of males whose generation is finished."""
        for skill_record in self._skill_records():
            for individual in males:
                skill_record.pending.pop(individual.genome.id, None)

    def best_skill(self) -> float:
        """Return the skill of the most skilled female, as of when they were last rated."""
        return max((female.skill for female in self.females), default=0.0)

    def control_skills(self, column: int) -> dict[str, float | None]:
        """Return how the controls predicted one objective at the last decision, for the record.

        They are called `plan_skill` and so on; None where a control says nothing.
        """
        return {
            f"{control.genome.id.removeprefix(CONTROL)}_skill": (
                control.skill_records[self.stages[-1]].tau(column)
            )
            for control in self.controls
            if control.genome.id != EARLY  # the audit measures the early metric itself
        }

    def rated(self) -> list[Female]:
        """Return all females, their skill and fitness as of now."""
        self._rate(self.females)
        best = self.best_skill()
        for female in self.females:
            female.fitness.values = self._failings(female, best)
        return list(self.females)

    def _rate(self, females: Sequence[Female]) -> None:
        """Measure the skill of females: the mean over stages, by what there is to know."""
        unknown = {stage: self._unknown(stage) for stage in self.stages}
        for female in females:
            skills = [
                float(np.average(np.broadcast_to(record.skills, len(weights)), weights=weights))
                for record, weights in (
                    (female.skill_records[stage], unknown[stage]) for stage in self.stages
                )
            ]
            female.skill = sum(skills) / len(skills)

    def _unknown(self, stage: LifeStage) -> npt.NDArray[np.float64]:
        """Return what the plan leaves to be known of each objective (K,), in losses, some of all.

        It is the usual error of the control that knows the plan alone; skill counts by it.
        """
        plan = next(control for control in self.controls if control.genome.id == PLAN)
        return self.errors(plan.skill_records[stage]) + LEAST_UNKNOWN

    def keep(self, chosen: Sequence[Female]) -> None:
        """Let the chosen live on."""
        names = {female.genome.id for female in chosen}
        self.females = [female for female in self.females if female.genome.id in names]

    def _failings(self, female: Female, best: float) -> tuple[float, float]:
        """Return lack of skill, and the size of her models, each from 0 to 1.

        To watch costs no training: everybody born is trained up to the first decision. But of
        those whose skills a few results cannot tell apart, the one who reads less is the better.
        """
        steps = math.floor((best - female.skill) / SKILL_RESOLUTION)
        tolerated = steps * SKILL_RESOLUTION / SKILL_TOLERANCE
        size = math.log1p(female.surrogate.complexity()) / math.log1p(LARGEST_PREDICTOR)
        return min(1.0, tolerated), 0.99 * min(1.0, size)

    # -- state ------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return plain JSON data for `restore`; models are fitted again, they are no state."""
        members = [
            {
                "id": member.genome.id,
                "skill_records": {stage: j.state() for stage, j in member.skill_records.items()},
            }
            for member in self.members
        ]
        controls, females = members[: len(self.controls)], members[len(self.controls) :]
        weights = {stage: weights.state() for stage, weights in self.weights.items()}
        ensemble = {
            stage: skill_record.state() for stage, skill_record in self.ensemble_records.items()
        }
        return {
            "ensemble": ensemble, "weights": weights, "controls": controls, "females": females
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any], genomes: Sequence[Genome]) -> None:
        """Take up what `state` returned; `genomes` are those of the ids, in order.

        Runs of earlier versions know no controls and no weights: these begin anew.
        """
        self.females = []
        self.join(genomes)
        members = self.members if "controls" in state else self.females
        for member, saved in zip(
            members, [*state.get("controls", ()), *state["females"]], strict=True
        ):
            member.skill_records = {
                s: SkillRecord.restored(saved["skill_records"][s]) for s in self.stages
            }
        self.ensemble_records = {
            s: SkillRecord.restored(state["ensemble"][s]) for s in self.stages
        }
        for stage in self.stages:
            self.weights[stage].restore(state.get("weights", {}).get(stage, {}))


def control_genomes(context: SearchContext) -> list[Genome]:
    """Return the controls, predictors that nobody has to learn, as genomes of their own."""
    decisions = context.settings.decisions
    chromosomes = controls(max(decisions.values(), default=0))
    return [
        Genome(name, "female", Record({"predictor": genes})) for name, genes in chromosomes.items()
    ]
