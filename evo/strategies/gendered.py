"""The gendered strategy: males are trained, females predict results, and an audit checks them.

One generation: predictions choose among the candidates of each brood; those born are trained as
juveniles; all predictors predict their results; the ensemble of them decides which go on, after
each stage but the last; a few of the rejected grow up too, as an audit; both sexes
survive by NSGA-II. See docs/how-it-works.md.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any

from evo.breeding.audit import Audit, last_metric, weigh
from evo.breeding.audit_sampling import audit_chances, draw_audit, mean_chance
from evo.breeding.conception import VARIATION, conceive, founders, viable
from evo.breeding.female import Female
from evo.breeding.operators import toolbox
from evo.breeding.pedigree import Pedigree
from evo.breeding.predictor_population import PredictorPopulation
from evo.breeding.selection import (
    POSSIBLE_FATHERS,
    by_prediction,
    by_rule_of_promotion,
    fittest,
    least_failing,
    mothers_in_turn,
    possible_fathers,
    rows_by_prediction,
)
from evo.breeding.teaching import teacher_among
from evo.pareto.dominance import Points
from evo.strategy import (
    ADULT,
    Expected,
    GenerationPlan,
    GenerationReport,
    Individual,
    LifeStage,
    Operators,
    Prediction,
    Recall,
    SearchContext,
    Settings,
    TrialRequest,
)
from fitness.evaluation import Evaluation
from fitness.training.chosen_teacher import ChosenTeacher
from genomes.genes.genome import Genome

STAGED = True
HISTORY = 600  # males kept for the predictors, grown or not; no window is longer
FOUNDERS_PROMOTED = 0.5
IMMIGRANTS = 0.1  # share of the candidates at birth drawn afresh from the space
SISTERS = 4  # daughters conceived for each that is born
TRIAL_CHILDREN = 2  # candidates predicted with each possible father before she chooses

OPERATORS: Operators = {
    **VARIATION,
    "select_mothers": mothers_in_turn,
    "select_parents": possible_fathers,  # among whom each mother chooses by her predictions
    "select_births": by_prediction,
    "promote": by_rule_of_promotion,
    "survive": fittest,
    "survive_females": least_failing,
}


@dataclass
class Youth:
    """What came of the youth of a generation: who grows up, chosen in the end or audited.

    `early` is the metric that each male showed at his last decision, `epochs` how long they are
    trained by now, `epochs_saved` what training the others to the end would have taken.
    """

    chosen: list[Individual]
    audited: list[Individual] = field(default_factory=list)
    early: dict[str, float] = field(default_factory=dict)
    chances: dict[str, float] = field(default_factory=dict)
    epochs: int = 0
    epochs_saved: int = 0

    @property
    def all(self) -> list[Individual]:
        """The males that are trained further."""
        return [*self.chosen, *self.audited]


class Gendered:
    """See the module; state between generations is males, females, history, front and truths."""

    def __init__(self, context: SearchContext) -> None:
        self.context = context
        self.box = toolbox(context, OPERATORS)
        self.males: list[Individual] = []
        self.history: list[Individual] = []
        self.growing: list[Individual] = []  # newborn of generations under way
        self.front: list[Individual] = []
        self.predictors = PredictorPopulation(context)
        self.pedigree = Pedigree(context.axes.names)
        self.audit = Audit(context.axes)
        self.teacher: ChosenTeacher | None = None  # of the children of a generation
        self._learnt: tuple[list[str], list[str]] | None = None  # from whom, and who did

    # -- one generation ---------------------------------------------------------------------------

    def generation(self, number: int) -> GenerationPlan:
        settings, rng = self.context.settings, self.context.rng("generation", number)
        report = GenerationReport()
        if number == 1:
            predictor_genomes = founders(self.context, self.box, "female", settings.females, rng)
            self.predictors.join(predictor_genomes)
            report.born += predictor_genomes
        self._learn()
        self.teacher = teacher_among(self.context, self.males)
        newborn = self._births(number, rng) if self.males else self._founders(number, rng)
        self.growing += newborn
        report.born += [individual.genome for individual in newborn]
        self.predictors.predict(newborn, "candidate", report.predictions, rng)

        youth = yield from self._youth(newborn, report, number, rng)
        answers = yield [
            TrialRequest(individual.genome, ADULT, youth.epochs, settings.adult_epochs)
            for individual in youth.all
        ]
        for individual, answer in zip(youth.all, answers, strict=True):
            individual.grow_up(answer)
        adults = [individual for individual in youth.all if individual.grown]

        promoted = {individual.genome.id for individual in youth.chosen}
        weights = weigh(adults, promoted, youth.chances)
        self.predictors.score(adults, weights)
        front = [individual.objectives for individual in self.front]
        figures = self.audit.hold(adults, promoted, weights, front, youth.early)
        only = {"ensemble_skill": figures["ensemble_skill"]}
        report.figures |= figures if settings.decisions else only
        self._survival(adults, rng)
        self._remember(newborn)
        report.born += self._daughters(number, rng)
        females = self.predictors.rated()
        self.predictors.keep(self.box.survive_females(females, settings.females, rng))
        report.figures |= {
            "juveniles": len(newborn) if settings.decisions else 0,
            "adults": len(youth.all),
            "audited": len(youth.audited),
            "epochs_saved": youth.epochs_saved,
            "best_female_skill": self.predictors.best_skill(),
            **self.predictors.control_skills(self.audit.column),
        }
        report.parents = [individual.genome.id for individual in self.males]
        return report

    def _learn(self) -> None:
        """Fit the females to the history, if it or they have changed since."""
        predictor_genomes = [female.genome.id for female in self.predictors.females]
        state = [individual.genome.id for individual in self.history], predictor_genomes
        if state != self._learnt:
            self.predictors.learn(self.history)
            self._learnt = state

    # -- birth ------------------------------------------------------------------------------------

    def _founders(self, number: int, rng: random.Random) -> list[Individual]:
        """Draw males afresh: in the first generation, and as long as nobody has grown up."""
        count = self.context.settings.population
        males = founders(self.context, self.box, "male", count, rng, number)
        return [self.context.individual(genome, self.context.costs(genome)) for genome in males]

    def _births(self, number: int, rng: random.Random) -> list[Individual]:
        """Conceive broods, predict their results, and choose those that are born."""
        settings = self.context.settings
        candidates: list[Individual] = []
        for mother, father in self._couples(settings.sons, rng):
            candidates += [self._son(mother.genome, father, rng) for _ in range(settings.brood)]
        for _ in range(round(IMMIGRANTS * len(candidates))):
            draw = partial(self.box.sample, "candidate", "male", rng)
            candidates.append(viable(self.context, draw, self.teacher))
        candidates = self._unseen(candidates)
        prediction = self.predictors.predict_candidates(candidates, rng)
        front = self._front_losses()
        born = self.box.select_births(candidates, settings.sons, rng, prediction, front)
        return [
            replace(individual, genome=replace(individual.genome, id=f"m{number:03d}-{i:03d}"))
            for i, individual in enumerate(born)
        ]

    def _couples(self, count: int, rng: random.Random) -> list[tuple[Female, Individual]]:
        """Draw possible fathers for each mother; she chooses one by her own predictions."""
        fathers = self.box.select_parents(self.males, rng)
        number = min(POSSIBLE_FATHERS, len(self.males))
        return [
            (mother, self._choose(mother, list(islice(fathers, number)), rng))
            for mother in self.box.select_mothers(self.predictors.rated(), count, rng)
        ]

    def _choose(
        self, mother: Female, candidates: Sequence[Individual], rng: random.Random
    ) -> Individual:
        """Predict a few children with each candidate; return the father of the best one."""
        if len(candidates) == 1:
            return candidates[0]
        children = [
            self._son(mother.genome, candidate, rng)
            for candidate in candidates
            for _ in range(TRIAL_CHILDREN)
        ]
        prediction = self.predictors.predict_by(mother, children)
        front = self._front_losses()
        best = rows_by_prediction(self.context, 1, rng, prediction, front)[0]
        return candidates[best // TRIAL_CHILDREN]

    def _son(self, mother: Genome, father: Individual, rng: random.Random) -> Individual:
        parents = (mother, father)
        individual = viable(
            self.context,
            lambda: conceive(self.context, self.box, "candidate", "male", parents, rng),
            self.teacher,
        )
        individual.pedigree = self.pedigree.of(individual.genome)
        return individual

    def _daughters(self, number: int, rng: random.Random) -> list[Genome]:
        """Conceive daughters of couples as sons are; of each brood one is born, by its skill."""
        if not self.males:
            return []
        first = self.context.settings.females if number == 1 else 0  # founders bear the first ids
        broods: list[list[Genome]] = []
        for mother, father in self._couples(self.context.settings.daughters, rng):
            identity, parents = f"f{number:03d}-{first + len(broods):03d}", (mother.genome, father)
            sisters = [
                conceive(self.context, self.box, identity, "female", parents, rng)
                for _ in range(SISTERS)
            ]
            broods.append(sisters)
        return self.predictors.join_best(broods, self.history)

    def _unseen(self, candidates: list[Individual]) -> list[Individual]:
        """Drop children that equal one another or a male in the history."""
        known = [*self.history, *self.males, *self.growing]
        seen = {individual.genome.short_hash() for individual in known}
        fresh = []
        for individual in candidates:
            mark = individual.genome.short_hash()
            if mark not in seen:
                seen.add(mark)
                fresh.append(individual)
        return fresh

    # -- promotion and audit ----------------------------------------------------------------------

    def _youth(
        self,
        newborn: list[Individual],
        report: GenerationReport,
        number: int,
        rng: random.Random,
    ) -> Generator[list[TrialRequest], Sequence[Evaluation], Youth]:
        """Train males from stage to stage, and decide after each of them who goes on.

        The audited go on to the end, and no decision concerns them any more. With a single
        fidelity there is no youth: everybody born grows up.
        """
        youth = Youth(newborn)
        for stage, epochs in self.context.settings.decisions.items():
            answers = yield [
                TrialRequest(individual.genome, stage, youth.epochs, epochs)
                for individual in youth.all
            ]
            for individual, answer in zip(youth.all, answers, strict=True):
                individual.youth = (*individual.youth, answer)
            youth.audited = [male for male in youth.audited if male.youth[-1].status == "ok"]
            youth.chosen = [male for male in youth.chosen if male.youth[-1].status == "ok"]
            if youth.chosen:
                self._decide(youth, stage, report, number, rng)
            youth.epochs = epochs
        return youth

    def _decide(
        self,
        youth: Youth,
        stage: LifeStage,
        report: GenerationReport,
        number: int,
        rng: random.Random,
    ) -> None:
        """Choose who goes on after a stage, and draw from the others who is audited."""
        settings, juveniles = self.context.settings, youth.chosen
        places = max(1, round(_share(settings, not self.males) * len(juveniles)))
        self._learn()
        prediction = self.predictors.predict(juveniles, stage, report.predictions, rng)
        early = {individual.genome.id: last_metric(individual) for individual in juveniles}
        youth.early |= early
        report.predictions += [
            Prediction("early", identity, stage, {"early_metric": metric})
            for identity, metric in early.items()
        ]
        youth.chosen = self.box.promote(juveniles, places, rng, prediction, self._front_losses())
        promoted = {individual.genome.id for individual in youth.chosen}
        rejected = [i for i, male in enumerate(juveniles) if male.genome.id not in promoted]
        deviations = prediction.mean_deviation[rejected]
        chances = audit_chances(settings.audit, settings.audit_share, number, deviations)
        audit = [rejected[place] for place in draw_audit(chances, rng)]
        youth.audited += [juveniles[i] for i in audit]
        youth.chances |= {
            juveniles[i].genome.id: chance for i, chance in zip(rejected, chances, strict=True)
        }
        left = settings.adult_epochs - settings.decisions[stage]
        youth.epochs_saved += (len(rejected) - len(audit)) * left

    # -- survival and state -----------------------------------------------------------------------

    def _survival(self, adults: list[Individual], rng: random.Random) -> None:
        """Keep the population; enter the grown into front and pedigree."""
        for individual in adults:
            self.pedigree.record(individual)
        self.front = self.front + adults
        keep = self.context.axes.nondominated(individual.objectives for individual in self.front)
        self.front = [
            individual for individual, stays in zip(self.front, keep, strict=True) if stays
        ]
        pool = self.males + adults
        kept = self.box.survive(pool, self.context.settings.population, rng)
        names = {individual.genome.id for individual in kept}
        self.males = [individual for individual in pool if individual.genome.id in names]

    def _remember(self, newborn: list[Individual]) -> None:
        """Add a generation to the history; a male that failed is expected at the reference."""
        worst = {axis.name: axis.reference for axis in self.context.axes.axes}
        for individual in newborn:
            individual.expected = worst if individual.failed else individual.expected
        self.history = (self.history + newborn)[-HISTORY:]
        names = {individual.genome.id for individual in newborn}
        self.growing = [
            individual for individual in self.growing if individual.genome.id not in names
        ]
        self.predictors.forget(newborn)

    def _front_losses(self) -> Points:
        return self.context.axes.losses(individual.objectives for individual in self.front)

    def state(self) -> dict[str, Any]:
        return {
            "males": [individual.genome.id for individual in self.males],
            "history": [individual.genome.id for individual in self.history],
            "front": [individual.genome.id for individual in self.front],
            "predictors": self.predictors.state(),
            "pedigree": self.pedigree.state(),
            "known": {
                individual.genome.id: [dict(individual.pedigree), dict(individual.expected)]
                for individual in [*self.males, *self.history, *self.front]
            },
            "truths": self.audit.truths,
        }

    def restore(self, state: Mapping[str, Any], recall: Recall) -> None:
        self.pedigree.restore(state["pedigree"])
        individuals: dict[str, Individual] = {}
        for identity in {*state["males"], *state["history"], *state["front"]}:
            individual = recall(identity)
            costs = self.context.costs(individual.genome)
            pedigree, expected = state["known"][identity]
            individuals[identity] = replace(
                individual, costs=costs, pedigree=pedigree, expected=expected
            )
        self.males = [individuals[identity] for identity in state["males"]]
        self.history = [individuals[identity] for identity in state["history"]]
        self.front = [individuals[identity] for identity in state["front"]]
        predictors = state["predictors"]
        predictor_genomes = [recall(saved["id"]).genome for saved in predictors["females"]]
        self.predictors.restore(predictors, predictor_genomes)
        self.audit.truths = [dict(row) for row in state["truths"]]


def _share(settings: Settings, among_founders: bool) -> float:
    """Return the share that each decision keeps, so that all of them keep the promoted share."""
    share = FOUNDERS_PROMOTED if among_founders else settings.promoted_share
    return float(share ** (1 / len(settings.decisions)))


def expected(settings: Settings, number: int) -> Expected:
    """Return how many trainings a generation asks for."""
    first = number == 1
    born = settings.population if first else settings.sons
    if not settings.decisions:
        return Expected(0, born)
    audit = mean_chance(settings.audit, settings.audit_share, number)
    chosen, audited, trained = born, 0.0, []
    for _ in settings.decisions:
        trained.append(chosen + audited)
        promoted = max(1, round(_share(settings, first) * chosen))
        audited += audit * (chosen - promoted)
        chosen = promoted
    return Expected(born, chosen, audited, tuple(trained[1:]))


def make(context: SearchContext) -> Gendered:
    """Make the strategy."""
    return Gendered(context)
