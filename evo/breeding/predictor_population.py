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

from evo.breeding.feature_sets import Dossiers
from evo.breeding.promotion import elect, vote
from evo.breeding.skill_record import YOUNG, Judgement, Truths, taus, usual_errors
from evo.pareto.dominance import Points, survivors
from evo.strategy import Life, LifeStage, Prediction, World
from fitness.prediction.history import Archive
from fitness.prediction.surrogate import Seer
from genomes.genes.genome import Genome

ARCHIVE_TEST = 0.3  # share of the archive, its latest, on which newcomers are scored
ARCHIVE_LEAST = 12  # adults below which no archive is split
FIRST_ERROR = 0.3  # of a prediction in losses, before any truth is known
LARGEST_PREDICTOR = 1e6  # coefficients or nodes, beyond which size makes no difference
SKILL_TOLERANCE = 0.3  # a female further behind the best survives only where places are left

LIFE_STAGES: tuple[LifeStage, ...] = get_args(LifeStage)


@dataclass(frozen=True)
class Opinion:
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
    seer: Seer
    judged: dict[LifeStage, Judgement] = field(
        default_factory=lambda: {stage: Judgement() for stage in LIFE_STAGES}
    )

    @property
    def skill(self) -> float:
        """The mean of her skills with the unborn and with juveniles, if there are any."""
        return sum(judgement.skill for judgement in self.judged.values()) / len(self.judged)

    def foretell(self, archive: Archive, stage: LifeStage) -> Truths:
        """Return objectives (N, K) of males at a stage of life."""
        if stage == "unborn":
            return self.seer.foretell_unborn(archive)
        return self.seer.foretell(archive)


class Sisterhood:
    """All living females of a run, and the jury they elect."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.females: list[Female] = []
        self.stages = LIFE_STAGES if world.settings.juvenile_epochs else LIFE_STAGES[:1]
        self.opinions = {stage: Judgement() for stage in self.stages}  # of the jury
        self._guessing: list[float] | None = None  # how far off guesses are, in units of the axes
        self._dossiers = Dossiers(world)

    def join(self, genomes: Sequence[Genome]) -> None:
        """Take up newborn females."""
        self.females += [self._female(genome) for genome in genomes]

    def _female(self, genome: Genome) -> Female:
        axes, genes = self.world.axes, genome.chromosomes["predictor"]
        seed = self.world.rng("seer", genome.id).getrandbits(31)
        logarithmic = [axis.name for axis in axes.axes if axis.scale == "log"]
        seer = Seer(genes, seed, axes.names, logarithmic, axes.curve_metric.name)
        return Female(genome, seer, {stage: Judgement() for stage in self.stages})

    # -- learning ---------------------------------------------------------------------------------

    def learn(self, past: Sequence[Life]) -> None:
        """Let every female learn from all males of the archive, oldest first.

        How juveniles end is learnt from adults. How the unborn end is learnt from everybody: those
        who did not grow up count as what the jury foretold of them.
        """
        adults = [life for life in past if life.grown]
        archive, truths = self._dossiers.archive(adults), self._outcomes(adults)
        everyone, expected = self._dossiers.archive(past), self._outcomes(past)
        self._guessing = self._guess(truths)
        self._examine(adults, truths)
        for female in self.females:
            if "juvenile" in self.stages:
                female.seer.fit_juvenile(archive, truths)
            female.seer.fit_unborn(everyone, expected)

    def _guess(self, truths: Truths) -> list[float] | None:
        """Return how far off one is who foretells the median of all truths; None of too few."""
        if len(truths) < 2:
            return None
        losses = self._losses(truths)
        errors = usual_errors(np.median(losses, axis=0), losses) * self._spans
        return [float(error) for error in errors]

    def _examine(self, adults: Sequence[Life], truths: Truths) -> None:
        """Score females who have not been scored yet on the latest part of the archive."""
        split = len(adults) - round(ARCHIVE_TEST * len(adults))
        newcomers = [f for f in self.females if f.judged["unborn"].archive_skills is None]
        if len(adults) < ARCHIVE_LEAST or not newcomers:
            return
        earlier = self._dossiers.archive(adults[:split])
        later = self._dossiers.archive(adults[split:])
        weights = np.ones(len(adults) - split)
        for female in newcomers:
            student = self._female(female.genome)
            if "juvenile" in self.stages:
                student.seer.fit_juvenile(earlier, truths[:split])
            student.seer.fit_unborn(earlier, truths[:split])
            for stage, judgement in female.judged.items():
                foretold = self._corrected(student.foretell(later, stage), adults[split:])
                judgement.archive_skills = taus(foretold, truths[split:], weights)
                errors = usual_errors(self._losses(foretold), self._losses(truths[split:]))
                judgement.archive_errors = (errors * self._spans).tolist()

    def _outcomes(self, males: Sequence[Life]) -> Truths:
        """Return true objectives (N, K), or what is expected of males who did not grow up."""
        names = self.world.axes.names
        rows = [
            [(life.objectives if life.grown else life.expected)[name] for name in names]
            for life in males
        ]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(names))

    # -- foretelling ------------------------------------------------------------------------------

    def foretell(self, males: Sequence[Life], stage: LifeStage, log: list[Prediction]) -> Opinion:
        """Let all females foretell these males, log it, and return what the elected think.

        The jury's opinion becomes what is expected of each male.
        """
        archive = self._dossiers.archive(males)
        opinions = []
        for female in self.females:
            foretold = self._corrected(female.foretell(archive, stage), males)
            opinions.append(self._losses(foretold))
            female.judged[stage].pending |= {
                life.genome.id: row.tolist() for life, row in zip(males, foretold, strict=True)
            }
            log += self._predictions(female.genome.id, stage, males, foretold)
        opinion = self._heard(opinions, stage, males)
        losses = opinion.jury
        values = np.array([self._values(row) for row in losses]).reshape(losses.shape)
        self.opinions[stage].pending |= {
            life.genome.id: row.tolist() for life, row in zip(males, values, strict=True)
        }
        log += self._predictions("jury", stage, males, values)
        for life, row in zip(males, values, strict=True):
            life.expected = dict(zip(self.world.axes.names, row.tolist(), strict=True))
        return opinion

    def consider(self, unborn: Sequence[Life]) -> Opinion:
        """Return what the elected expect of males who may never be born."""
        archive = self._dossiers.archive(unborn)
        judges = max(self.world.settings.judges, self.world.settings.jurors)
        members = {i for bench in self._elected(self._skills("unborn"), judges) for i in bench}
        opinions = {
            i: self._losses(self._corrected(self.females[i].foretell(archive, "unborn"), unborn))
            for i in sorted(members)
        }
        return self._heard(opinions, "unborn", unborn)

    def foretell_by(self, female: Female, lives: Sequence[Life]) -> Opinion:
        """Return what one female alone expects of unborn males."""
        foretold = female.foretell(self._dossiers.archive(lives), "unborn")
        losses = self._losses(self._corrected(foretold, lives))
        deviation = self._deviations(self.errors(female.judged["unborn"]), lives)
        return Opinion(losses, [losses], deviation, [deviation])

    def errors(self, judgement: Judgement) -> npt.NDArray[np.float64]:
        """Return how far off losses foretold by a female (or the jury) usually are (K,).

        Her latest verdicts tell. While they are few, `YOUNG` of them are taken to be as far off as
        she was on the archive's time split; before there is one, as far as guessing would be: the
        deviation among the truths themselves.
        """
        known = judgement.archive_errors or self._guessing
        prior = np.full(len(self._spans), FIRST_ERROR)
        if known is not None:
            prior = np.array(known) / self._spans
        count = len(judgement.verdicts)
        if not count:
            return prior
        foretold, truth = (
            self._losses(np.array([verdict[key] for verdict in judgement.verdicts]))
            for key in ("foretold", "truth")
        )
        squares = count * usual_errors(foretold, truth) ** 2 + YOUNG * prior**2
        return np.asarray(np.sqrt(squares / (count + YOUNG)))

    @property
    def _spans(self) -> npt.NDArray[np.float64]:
        return np.array([axis.span for axis in self.world.axes.axes])

    def _deviations(
        self,
        errors: npt.NDArray[np.float64],
        males: Sequence[Life],
        disagreement: Points | None = None,
    ) -> Points:
        """Return how far off losses (N, K) of usual errors (K,) are expected to be, male by male.

        Half of the variance is shared out as those asked disagree about each male.
        """
        names = self.world.axes.names
        known = [bool(males) and name in males[0].costs for name in names]
        if disagreement is None:
            shares = np.ones((len(males), len(names)))
        else:
            mean = (disagreement**2).mean(axis=0) if len(males) else 1.0
            relative = disagreement**2 / np.where(mean > 0.0, mean, 1.0)
            shares = np.sqrt((1.0 + np.where(mean > 0.0, relative, 1.0)) / 2.0)
        return np.asarray(np.where(known, 0.0, errors * shares))

    def _corrected(self, foretold: Truths, lives: Sequence[Life]) -> Truths:
        """Put in objectives that are known before training: they are never foretold."""
        for k, name in enumerate(self.world.axes.names):
            if lives and name in lives[0].costs:
                foretold[:, k] = [life.costs[name] for life in lives]
        return foretold

    def _losses(self, values: Truths) -> Points:
        columns = zip(self.world.axes.axes, values.T, strict=True)
        return np.column_stack([axis.losses(column.tolist()) for axis, column in columns])

    def _values(self, losses: npt.NDArray[np.float64]) -> list[float]:
        axes = self.world.axes.axes
        return [axis.value(float(loss)) for axis, loss in zip(axes, losses, strict=True)]

    def _predictions(
        self, who: str, stage: LifeStage, males: Sequence[Life], foretold: Truths
    ) -> list[Prediction]:
        names = self.world.axes.names
        return [
            Prediction(who, life.genome.id, stage, dict(zip(names, row.tolist(), strict=True)))
            for life, row in zip(males, foretold, strict=True)
        ]

    def _skills(self, stage: LifeStage) -> npt.NDArray[np.float64]:
        """Return the skills of all females by objective (F, K)."""
        count = len(self.world.axes.names)
        return np.array(
            [np.broadcast_to(female.judged[stage].skills, count) for female in self.females]
        )

    def _elected(self, skills: npt.NDArray[np.float64], size: int) -> list[list[int]]:
        """Elect for each objective: who foretells sizes well may know little else."""
        ids = [female.genome.id for female in self.females]
        return [elect(column.tolist(), ids, size) for column in skills.T]

    def _heard(
        self,
        opinions: Sequence[Points] | Mapping[int, Points],
        stage: LifeStage,
        males: Sequence[Life],
    ) -> Opinion:
        """Ask the elected: juries vote; the first judge knows each objective best, and so on."""
        skills, settings = self._skills(stage), self.world.settings
        votes = [
            vote([opinions[i][:, k] for i in jury], skills[jury, k].tolist())
            for k, jury in enumerate(self._elected(skills, settings.jurors))
        ]
        turns = list(zip(*self._elected(skills, settings.judges), strict=True))
        asked = opinions.values() if isinstance(opinions, Mapping) else opinions
        disagreement = np.std(list(asked), axis=0)
        errors = {
            i: self.errors(self.females[i].judged[stage])
            for i in {i for turn in turns for i in turn}
        }
        judges = [
            np.column_stack([opinions[i][:, k] for k, i in enumerate(turn)]) for turn in turns
        ]
        deviations = [
            self._deviations(
                np.array([errors[i][k] for k, i in enumerate(turn)]), males, disagreement
            )
            for turn in turns
        ]
        jury = self._deviations(self.errors(self.opinions[stage]), males, disagreement)
        return Opinion(np.column_stack(votes), judges, jury, deviations)

    # -- judgement, mating, survival --------------------------------------------------------------

    def judge(self, adults: Sequence[Life], weights: Mapping[str, float]) -> None:
        """Tell all females the truth about those who grew up.

        `weights` are inverse chances to be seen: an audited male stands for many rejected ones.
        """
        truths = self._outcomes(adults)
        for life, truth in zip(adults, truths, strict=True):
            for female in self.females:
                for judgement in female.judged.values():
                    judgement.hear(life.genome.id, truth.tolist(), weights[life.genome.id])
            for opinion in self.opinions.values():
                opinion.hear(life.genome.id, truth.tolist(), weights[life.genome.id])

    def forget(self, males: Sequence[Life]) -> None:
        """Drop what was foretold of males whose fate is settled."""
        judgements = [
            *self.opinions.values(),
            *(j for f in self.females for j in f.judged.values()),
        ]
        for judgement in judgements:
            for life in males:
                judgement.pending.pop(life.genome.id, None)

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
        costs = [min(1.0, math.log1p(female.seer.complexity()) / math.log1p(LARGEST_PREDICTOR))]
        if epochs := self.world.settings.juvenile_epochs:
            costs.append(female.seer.epochs_watched / epochs)
        return [min(1.0, tolerated), 0.99 * sum(costs) / len(costs)]

    # -- state ------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return plain JSON data for `restore`; models are fitted again, they are no state."""
        females = [
            {
                "id": female.genome.id,
                "judged": {stage: j.state() for stage, j in female.judged.items()},
            }
            for female in self.females
        ]
        opinions = {stage: judgement.state() for stage, judgement in self.opinions.items()}
        return {"opinions": opinions, "females": females}

    def restore(self, state: Mapping[str, Any], genomes: Sequence[Genome]) -> None:
        """Take up what `state` returned; `genomes` are those of the ids, in order."""
        self.females = []
        self.join(genomes)
        for female, saved in zip(self.females, state["females"], strict=True):
            female.judged = {s: Judgement.restored(saved["judged"][s]) for s in self.stages}
        if "opinions" in state:  # an earlier evo kept those of the jury as losses
            self.opinions = {s: Judgement.restored(state["opinions"][s]) for s in self.stages}
