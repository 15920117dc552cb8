"""The gendered strategy: males are trained, females foretell, and what they decide is audited.

One generation: broods are conceived and screened unborn; the born are trained as juveniles; every
female foretells how they will end; a jury of the most skilled decides who grows up; a few of the
rejected grow up as well, to audit it; both sexes survive by NSGA-II. See docs/how-it-works.md.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from evo.breeding.audit import Audit, last_metric, weigh
from evo.breeding.conception import conceive, founders, toolbox, viable, weighted_draw
from evo.breeding.pedigree import Pedigree
from evo.breeding.predictor_population import Female, Opinion, Sisterhood
from evo.breeding.promotion import (
    court,
    court_by_early_efficiency,
    display_weights,
    draw_audit,
)
from evo.pareto.dominance import Points
from evo.strategy import (
    Account,
    Course,
    Expected,
    Life,
    Prediction,
    Recall,
    Settings,
    Trial,
    World,
)
from fitness.evaluation import Evaluation
from genomes.genes.genome import Genome

ARCHIVE = 600  # males kept for the predictors, grown or not; no window is longer
FOUNDERS_PROMOTED = 0.5
IMMIGRANTS = 0.1  # share of the candidates at birth drawn afresh from the space
SUITORS = 3  # males that display before each mother
TRYSTS = 2  # children foretold with each suitor before she chooses


class Gendered:
    """See the module; state between generations is males, females, archive, front and truths."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.box = toolbox(world)
        self.males: list[Life] = []
        self.archive: list[Life] = []
        self.growing: list[Life] = []  # newborn of generations under way
        self.front: list[Life] = []
        self.sisterhood = Sisterhood(world)
        self.pedigree = Pedigree(world.axes.names)
        self.audit = Audit(world.axes)
        self._learnt: tuple[list[str], list[str]] | None = None  # from whom, and who did

    # -- one generation ---------------------------------------------------------------------------

    def generation(self, number: int) -> Course:
        settings, rng = self.world.settings, self.world.rng("generation", number)
        account = Account()
        if number == 1:
            women = founders(self.world, self.box, "female", settings.females, rng)
            self.sisterhood.join(women)
            account.born += women
        self._learn()
        newborn = self._births(number, rng) if self.males else self._founders(number, rng)
        self.growing += newborn
        account.born += [life.genome for life in newborn]
        self.sisterhood.foretell(newborn, "unborn", account.predictions)

        early = settings.juvenile_epochs
        if early:
            answers = yield [Trial(life.genome, "juvenile", 0, early) for life in newborn]
            for life, answer in zip(newborn, answers, strict=True):
                life.juvenile = answer
            juveniles = [life for life in newborn if _sound(life.juvenile)]
            chosen, audited = self._courtship(juveniles, account, rng)
        else:  # a single fidelity: there is no youth, everybody born grows up
            juveniles = chosen = newborn
            audited = []
        grown = [*chosen, *audited]
        answers = yield [
            Trial(life.genome, "adult", early, settings.adult_epochs) for life in grown
        ]
        for life, answer in zip(grown, answers, strict=True):
            life.adult = answer
        adults = [life for life in grown if life.grown]

        promoted = {life.genome.id for life in chosen}
        weights = weigh(adults, promoted, settings.audit_share)
        self.sisterhood.judge(adults, weights)
        front = [life.objectives for life in self.front]
        figures = self.audit.hold(adults, promoted, weights, front)
        account.figures |= figures if early else {"jury_skill": figures["jury_skill"]}
        self._survival(adults)
        self._remember(newborn)
        account.born += self._daughters(number, rng)
        self.sisterhood.survive(settings.females)
        account.figures |= {
            "juveniles": len(newborn) if early else 0,
            "adults": len(grown),
            "audited": len(audited),
            "epochs_saved": (len(juveniles) - len(grown)) * (settings.adult_epochs - early),
            "best_female_skill": self.sisterhood.best_skill(),
        }
        account.parents = [life.genome.id for life in self.males]
        return account

    def _learn(self) -> None:
        """Let the females learn from the archive, if it or they have changed since they did."""
        women = [female.genome.id for female in self.sisterhood.females]
        state = [life.genome.id for life in self.archive], women
        if state != self._learnt:
            self.sisterhood.learn(self.archive)
            self._learnt = state

    # -- birth ------------------------------------------------------------------------------------

    def _founders(self, number: int, rng: random.Random) -> list[Life]:
        """Draw males afresh: in the first generation, and as long as nobody has grown up."""
        count = self.world.settings.population
        males = founders(self.world, self.box, "male", count, rng, number)
        return [Life(genome, self.world.costs(genome)) for genome in males]

    def _births(self, number: int, rng: random.Random) -> list[Life]:
        """Conceive broods, foretell them unborn, and let those be born that promise most."""
        settings = self.world.settings
        unborn: list[Life] = []
        for mother, father in self._couples(settings.sons, rng):
            unborn += [self._son(mother.genome, father, rng) for _ in range(settings.brood)]
        for _ in range(round(IMMIGRANTS * len(unborn))):
            unborn.append(viable(self.world, lambda: self.box.sample("unborn", "male", rng)))
        unborn = self._unseen(unborn)
        opinion = self.sisterhood.consider(unborn)
        rows = self._court(opinion, settings.sons, rng)
        born = [unborn[i] for i in rows]
        return [
            replace(life, genome=replace(life.genome, id=f"m{number:03d}-{i:03d}"))
            for i, life in enumerate(born)
        ]

    def _couples(self, count: int, rng: random.Random) -> list[tuple[Female, Life]]:
        """Let males display before each mother in turn; she chooses one by her own foretelling."""
        settings = self.world.settings
        weights = display_weights(settings.display, self.males, self.world.axes.metric_sign)
        couples = []
        for mother in self.sisterhood.mothers(count):
            suitors = weighted_draw(self.males, weights, SUITORS, rng)
            couples.append((mother, self._choose(mother, suitors, rng)))
        return couples

    def _choose(self, mother: Female, suitors: Sequence[Life], rng: random.Random) -> Life:
        """Foretell a few children with each suitor and take the father of the most promising."""
        if len(suitors) == 1:
            return suitors[0]
        children = [
            self._son(mother.genome, suitor, rng) for suitor in suitors for _ in range(TRYSTS)
        ]
        opinion = self.sisterhood.foretell_by(mother, children)
        return suitors[self._court(opinion, 1, rng)[0] // TRYSTS]

    def _son(self, mother: Genome, father: Life, rng: random.Random) -> Life:
        parents = (mother, father)
        life = viable(
            self.world, lambda: conceive(self.world, self.box, "unborn", "male", parents, rng)
        )
        life.pedigree = self.pedigree.of(life.genome)
        return life

    def _daughters(self, number: int, rng: random.Random) -> list[Genome]:
        """Conceive daughters of couples as sons are; they are born untested."""
        if not self.males:
            return []
        first = self.world.settings.females if number == 1 else 0  # founders bear the first ids
        daughters: list[Genome] = []
        for mother, father in self._couples(self.world.settings.daughters, rng):
            identity = f"f{number:03d}-{first + len(daughters):03d}"
            parents = (mother.genome, father)
            daughters.append(conceive(self.world, self.box, identity, "female", parents, rng))
        self.sisterhood.join(daughters)
        return daughters

    def _unseen(self, unborn: list[Life]) -> list[Life]:
        """Drop children that equal one another or somebody in the archive."""
        known = [*self.archive, *self.males, *self.growing]
        seen = {life.genome.short_hash() for life in known}
        fresh = []
        for life in unborn:
            mark = life.genome.short_hash()
            if mark not in seen:
                seen.add(mark)
                fresh.append(life)
        return fresh

    # -- courtship and audit ----------------------------------------------------------------------

    def _courtship(
        self, juveniles: list[Life], account: Account, rng: random.Random
    ) -> tuple[list[Life], list[Life]]:
        settings = self.world.settings
        if not juveniles:
            return [], []
        share = FOUNDERS_PROMOTED if not self.males else settings.promoted_share
        places = max(1, round(share * len(juveniles)))
        self._learn()
        opinion = self.sisterhood.foretell(juveniles, "juvenile", account.predictions)
        account.predictions += [
            Prediction("early", life.genome.id, "juvenile", {"early_metric": last_metric(life)})
            for life in juveniles
        ]
        if settings.courtship == "early-efficiency":
            rows = court_by_early_efficiency(juveniles, places, self.world.axes.metric_sign)
        else:
            rows = self._court(opinion, places, rng)
        rejected = [i for i in range(len(juveniles)) if i not in set(rows)]
        audit = draw_audit(rejected, settings.audit_share, rng)
        return [juveniles[i] for i in rows], [juveniles[i] for i in audit]

    def _court(self, opinion: Opinion, places: int, rng: random.Random) -> list[int]:
        judges, deviations = opinion.judges, opinion.deviations
        if self.world.settings.courtship == "vote":
            judges, deviations = [opinion.jury], [opinion.jury_deviation]
        return court(self._front_losses(), judges, deviations, places, rng)

    # -- survival and state -----------------------------------------------------------------------

    def _survival(self, adults: list[Life]) -> None:
        """Keep the population by NSGA-II; enter the grown into front and pedigree."""
        for life in adults:
            self.pedigree.record(life)
        self.front = self.front + adults
        keep = self.world.axes.nondominated(life.objectives for life in self.front)
        self.front = [life for life, stays in zip(self.front, keep, strict=True) if stays]
        pool = self.males + adults
        rows = (life.objectives for life in pool)
        kept = self.world.axes.survivors(rows, self.world.settings.population)
        self.males = [pool[i] for i in sorted(kept)]

    def _remember(self, newborn: list[Life]) -> None:
        """Enter a generation into the archive; whoever failed is expected at the reference."""
        worst = {axis.name: axis.reference for axis in self.world.axes.axes}
        for life in newborn:
            failed = any(e is not None and e.status != "ok" for e in (life.juvenile, life.adult))
            life.expected = worst if failed else life.expected
        self.archive = (self.archive + newborn)[-ARCHIVE:]
        names = {life.genome.id for life in newborn}
        self.growing = [life for life in self.growing if life.genome.id not in names]
        self.sisterhood.forget(newborn)

    def _front_losses(self) -> Points:
        return self.world.axes.losses(life.objectives for life in self.front)

    def state(self) -> dict[str, Any]:
        return {
            "males": [life.genome.id for life in self.males],
            "archive": [life.genome.id for life in self.archive],
            "front": [life.genome.id for life in self.front],
            "sisterhood": self.sisterhood.state(),
            "pedigree": self.pedigree.state(),
            "known": {
                life.genome.id: [dict(life.pedigree), dict(life.expected)]
                for life in [*self.males, *self.archive, *self.front]
            },
            "truths": self.audit.truths,
        }

    def restore(self, state: Mapping[str, Any], recall: Recall) -> None:
        self.pedigree.restore(state["pedigree"])
        lives: dict[str, Life] = {}
        for identity in {*state["males"], *state["archive"], *state["front"]}:
            life = recall(identity)
            costs = self.world.costs(life.genome)
            pedigree, expected = state["known"][identity]
            lives[identity] = replace(life, costs=costs, pedigree=pedigree, expected=expected)
        self.males = [lives[identity] for identity in state["males"]]
        self.archive = [lives[identity] for identity in state["archive"]]
        self.front = [lives[identity] for identity in state["front"]]
        sisterhood = state["sisterhood"]
        women = [recall(saved["id"]).genome for saved in sisterhood["females"]]
        self.sisterhood.restore(sisterhood, women)
        # An earlier evo kept them on the scale of the losses.
        self.audit.truths = [dict(row) for row in state["truths"] if "true" in row]


def _sound(evaluation: Evaluation | None) -> bool:
    return evaluation is not None and evaluation.status == "ok"


def expected(settings: Settings, number: int) -> Expected:
    """Return how many trainings a generation asks for."""
    first = number == 1
    born = settings.population if first else settings.sons
    if not settings.juvenile_epochs:
        return Expected(0, born)
    share = FOUNDERS_PROMOTED if first else settings.promoted_share
    promoted = max(1, round(share * born))
    return Expected(born, promoted, settings.audit_share * (born - promoted))


def make(world: World) -> Gendered:
    """Make the strategy."""
    return Gendered(world)
