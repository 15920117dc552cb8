"""The sisterhood: females learn from the grown, foretell the young, and are held to account.

Who is skilled is judged in `evo.breeding.skill_record`; who votes and chooses is decided in
`evo.breeding.promotion`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from evo.breeding.feature_sets import FeatureEncoder
from evo.breeding.promotion import most_skilled, vote
from evo.breeding.skill_record import YOUNG, SkillRecord, Truths, taus, usual_errors
from evo.pareto.dominance import Points, survivors
from evo.strategy import Individual, LifeStage, Prediction, SearchContext
from fitness.prediction.history import History
from fitness.prediction.surrogate import Surrogate
from genomes.genes.genome import Genome

HISTORY_TEST = 0.3  # share of the archive, its latest, on which newcomers are scored
HISTORY_LEAST = 12  # adults below which no archive is split
FIRST_ERROR = 0.3  # of a prediction in losses, before any truth is known
LARGEST_PREDICTOR = 1e6  # coefficients or nodes, beyond which size makes no difference
SKILL_TOLERANCE = 0.3  # a female further behind the best survives only where places are left

LIFE_STAGES: tuple[LifeStage, ...] = get_args(LifeStage)


@dataclass(frozen=True)
class EnsemblePrediction:
    """What is foretold of some males, in losses (N, K): by the jury, and by each judge in turn.

    `deviations` and `jury_deviation` (N, K) say how far each is expected to be off, 0 where an
    objective is known.
    """

    jury: Points
    judges: list[Points]
    jury_deviation: Points
    deviations: list[Points]


@dataclass
class Female:
    """A female: her genome, her models, and how she has fared at foretelling each stage."""

    genome: Genome
    surrogate: Surrogate
    skill_records: dict[LifeStage, SkillRecord] = field(
        default_factory=lambda: {stage: SkillRecord() for stage in LIFE_STAGES}
    )

    @property
    def skill(self) -> float:
        """The mean of her skills with the unborn and with juveniles, if there are any."""
        return sum(skill_record.skill for skill_record in self.skill_records.values()) / len(
            self.skill_records
        )

    def predict(self, history: History, stage: LifeStage) -> Truths:
        """Return objectives (N, K) of males at a stage of life."""
        if stage == "candidate":
            return self.surrogate.predict_candidates(history)
        return self.surrogate.predict(history)


class PredictorPopulation:
    """All living females of a run, and the jury they elect."""

    def __init__(self, context: SearchContext) -> None:
        self.context = context
        self.females: list[Female] = []
        self.stages = LIFE_STAGES if context.settings.juvenile_epochs else LIFE_STAGES[:1]
        self.predictions = {stage: SkillRecord() for stage in self.stages}  # of the jury
        self._guessing: list[float] | None = None  # how far off guesses are, in units of the axes
        self._dossiers = FeatureEncoder(context)

    def join(self, genomes: Sequence[Genome]) -> None:
        """Take up newborn females."""
        self.females += [self._female(genome) for genome in genomes]

    def _female(self, genome: Genome) -> Female:
        axes, genes = self.context.axes, genome.chromosomes["predictor"]
        seed = self.context.rng("seer", genome.id).getrandbits(31)
        logarithmic = [axis.name for axis in axes.axes if axis.scale == "log"]
        surrogate = Surrogate(genes, seed, axes.names, logarithmic, axes.curve_metric.name)
        return Female(genome, surrogate, {stage: SkillRecord() for stage in self.stages})

    # -- learning ---------------------------------------------------------------------------------

    def learn(self, past: Sequence[Individual]) -> None:
        """Let every female learn from all males of the archive, oldest first.

        How juveniles end is learnt from adults. How the unborn end is learnt from everybody: those
        who did not grow up count as what the jury foretold of them.
        """
        adults = [individual for individual in past if individual.grown]
        history, truths = self._dossiers.history(adults), self._outcomes(adults)
        everyone, expected = self._dossiers.history(past), self._outcomes(past)
        self._guessing = self._guess(truths)
        self._examine(adults, truths)
        for female in self.females:
            if "juvenile" in self.stages:
                female.surrogate.fit_juvenile(history, truths)
            female.surrogate.fit_candidates(everyone, expected)

    def _guess(self, truths: Truths) -> list[float] | None:
        """Return how far off one is who foretells the median of all truths; None of too few."""
        if len(truths) < 2:
            return None
        losses = self._losses(truths)
        errors = usual_errors(np.median(losses, axis=0), losses) * self._spans
        return [float(error) for error in errors]

    def _examine(self, adults: Sequence[Individual], truths: Truths) -> None:
        """Score females who have not been scored yet on the latest part of the archive."""
        split = len(adults) - round(HISTORY_TEST * len(adults))
        newcomers = [
            f for f in self.females if f.skill_records["candidate"].history_skills is None
        ]
        if len(adults) < HISTORY_LEAST or not newcomers:
            return
        earlier = self._dossiers.history(adults[:split])
        later = self._dossiers.history(adults[split:])
        weights = np.ones(len(adults) - split)
        for female in newcomers:
            student = self._female(female.genome)
            if "juvenile" in self.stages:
                student.surrogate.fit_juvenile(earlier, truths[:split])
            student.surrogate.fit_candidates(earlier, truths[:split])
            for stage, skill_record in female.skill_records.items():
                predicted = self._corrected(student.predict(later, stage), adults[split:])
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

    # -- foretelling ------------------------------------------------------------------------------

    def predict(
        self, males: Sequence[Individual], stage: LifeStage, log: list[Prediction]
    ) -> EnsemblePrediction:
        """Let all females foretell these males, log it, and return what the elected think.

        The jury's opinion becomes what is expected of each male.
        """
        history = self._dossiers.history(males)
        predictions = []
        for female in self.females:
            predicted = self._corrected(female.predict(history, stage), males)
            predictions.append(self._losses(predicted))
            female.skill_records[stage].pending |= {
                individual.genome.id: row.tolist()
                for individual, row in zip(males, predicted, strict=True)
            }
            log += self._predictions(female.genome.id, stage, males, predicted)
        prediction = self._heard(predictions, stage, males)
        losses = prediction.jury
        values = np.array([self._values(row) for row in losses]).reshape(losses.shape)
        self.predictions[stage].pending |= {
            individual.genome.id: row.tolist()
            for individual, row in zip(males, values, strict=True)
        }
        log += self._predictions("ensemble", stage, males, values)
        for individual, row in zip(males, values, strict=True):
            individual.expected = dict(zip(self.context.axes.names, row.tolist(), strict=True))
        return prediction

    def consider(self, candidates: Sequence[Individual]) -> EnsemblePrediction:
        """Return what the elected expect of males who may never be born."""
        history = self._dossiers.history(candidates)
        judges = max(
            self.context.settings.choosing_members, self.context.settings.ensemble_members
        )
        members = {
            i for bench in self._most_skilled(self._skills("candidate"), judges) for i in bench
        }
        predictions = {
            i: self._losses(
                self._corrected(self.females[i].predict(history, "candidate"), candidates)
            )
            for i in sorted(members)
        }
        return self._heard(predictions, "candidate", candidates)

    def predict_by(self, female: Female, individuals: Sequence[Individual]) -> EnsemblePrediction:
        """Return what one female alone expects of unborn males."""
        predicted = female.predict(self._dossiers.history(individuals), "candidate")
        losses = self._losses(self._corrected(predicted, individuals))
        deviation = self._deviations(self.errors(female.skill_records["candidate"]), individuals)
        return EnsemblePrediction(losses, [losses], deviation, [deviation])

    def errors(self, skill_record: SkillRecord) -> npt.NDArray[np.float64]:
        """Return how far off losses foretold by a female (or the jury) usually are (K,).

        Her latest verdicts tell. While they are few, `YOUNG` of them are taken to be as far off as
        she was on the archive's time split; before there is one, as far as guessing would be: the
        deviation among the truths themselves.
        """
        known = skill_record.history_errors or self._guessing
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
        squares = count * usual_errors(predicted, truth) ** 2 + YOUNG * prior**2
        return np.asarray(np.sqrt(squares / (count + YOUNG)))

    @property
    def _spans(self) -> npt.NDArray[np.float64]:
        return np.array([axis.span for axis in self.context.axes.axes])

    def _deviations(
        self,
        errors: npt.NDArray[np.float64],
        males: Sequence[Individual],
        disagreement: Points | None = None,
    ) -> Points:
        """Return how far off losses (N, K) of usual errors (K,) are expected to be, male by male.

        Half of the variance is shared out as those asked disagree about each male.
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
        """Put in objectives that are known before training: they are never foretold."""
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
        """Elect for each objective: who foretells sizes well may know little else."""
        ids = [female.genome.id for female in self.females]
        return [most_skilled(column.tolist(), ids, size) for column in skills.T]

    def _heard(
        self,
        predictions: Sequence[Points] | Mapping[int, Points],
        stage: LifeStage,
        males: Sequence[Individual],
    ) -> EnsemblePrediction:
        """Ask the elected: juries vote; the first judge knows each objective best, and so on."""
        skills, settings = self._skills(stage), self.context.settings
        votes = [
            vote([predictions[i][:, k] for i in jury], skills[jury, k].tolist())
            for k, jury in enumerate(self._most_skilled(skills, settings.ensemble_members))
        ]
        turns = list(zip(*self._most_skilled(skills, settings.choosing_members), strict=True))
        asked = predictions.values() if isinstance(predictions, Mapping) else predictions
        disagreement = np.std(list(asked), axis=0)
        errors = {
            i: self.errors(self.females[i].skill_records[stage])
            for i in {i for turn in turns for i in turn}
        }
        judges = [
            np.column_stack([predictions[i][:, k] for k, i in enumerate(turn)]) for turn in turns
        ]
        deviations = [
            self._deviations(
                np.array([errors[i][k] for k, i in enumerate(turn)]), males, disagreement
            )
            for turn in turns
        ]
        jury = self._deviations(self.errors(self.predictions[stage]), males, disagreement)
        return EnsemblePrediction(np.column_stack(votes), judges, jury, deviations)

    # -- judgement, mating, survival --------------------------------------------------------------

    def judge(self, adults: Sequence[Individual], weights: Mapping[str, float]) -> None:
        """Tell all females the truth about those who grew up.

        `weights` are inverse chances to be seen: an audited male stands for many rejected ones.
        """
        truths = self._outcomes(adults)
        for individual, truth in zip(adults, truths, strict=True):
            for female in self.females:
                for skill_record in female.skill_records.values():
                    skill_record.hear(
                        individual.genome.id, truth.tolist(), weights[individual.genome.id]
                    )
            for prediction in self.predictions.values():
                prediction.hear(
                    individual.genome.id, truth.tolist(), weights[individual.genome.id]
                )

    def forget(self, males: Sequence[Individual]) -> None:
        """Drop what was foretold of males whose fate is settled."""
        skill_records = [
            *self.predictions.values(),
            *(j for f in self.females for j in f.skill_records.values()),
        ]
        for skill_record in skill_records:
            for individual in males:
                skill_record.pending.pop(individual.genome.id, None)

    def best_skill(self) -> float:
        """Return the skill of the most skilled female."""
        return max((female.skill for female in self.females), default=0.0)

    def mothers(self, count: int) -> list[Female]:
        """Name who conceives next: all in turn, the most skilled first."""
        order = sorted(self.females, key=lambda f: (-f.skill, f.genome.id))
        return [order[i % len(order)] for i in range(count)]

    def survive(self, count: int) -> None:
        """Keep `count` females by NSGA-II over lack of skill, and size and epochs watched."""
        losses = np.array([self._failings(female) for female in self.females])
        self.females = [self.females[i] for i in sorted(survivors(losses, count))]

    def _failings(self, female: Female) -> list[float]:
        """Return lack of skill, and what she costs, each from 0 to 1."""
        tolerated = (self.best_skill() - female.skill) / SKILL_TOLERANCE
        costs = [
            min(1.0, math.log1p(female.surrogate.complexity()) / math.log1p(LARGEST_PREDICTOR))
        ]
        if epochs := self.context.settings.juvenile_epochs:
            costs.append(female.surrogate.epochs_read / epochs)
        return [min(1.0, tolerated), 0.99 * sum(costs) / len(costs)]

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
        predictions = {
            stage: skill_record.state() for stage, skill_record in self.predictions.items()
        }
        return {"ensemble": predictions, "females": females}

    def restore(self, state: Mapping[str, Any], genomes: Sequence[Genome]) -> None:
        """Take up what `state` returned; `genomes` are those of the ids, in order."""
        self.females = []
        self.join(genomes)
        for female, saved in zip(self.females, state["females"], strict=True):
            female.skill_records = {
                s: SkillRecord.restored(saved["skill_records"][s]) for s in self.stages
            }
        if "ensemble" in state:  # an earlier evo kept those of the jury as losses
            self.predictions = {s: SkillRecord.restored(state["ensemble"][s]) for s in self.stages}
