"""The strategy contract: request trainings and receive their results, generation by generation.

A generation is a Python generator: it yields requests, receives evaluations, and returns its
report. So a strategy reads like its pseudocode, and
replaying a generation after a crash is running it again with recorded answers. State lives only
between generations. A strategy must not touch files, clocks or workers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal, Protocol

from evo.errors import BadInput
from evo.pareto.dominance import Axes
from evo.pareto.fitness import Fitness
from fitness.evaluation import Evaluation, joined
from fitness.stages import check_stages, in_words
from genomes.chromosomes.predictor import JUVENILE
from genomes.genes.genome import Genome, Space
from genomes.genes.registry import Registry

STRATEGIES = Registry("strategy", "evo.strategies")

# Of a training: the decision that falls after it, or adult. Of a male whose result is predicted:
# candidate, or the decision that he is at.
LifeStage = str
ADULT: LifeStage = "adult"
Operators = Mapping[str, Callable[..., Any]]  # by name, see `evo.breeding.operators`
Inherit = Literal["none", "marks", "weights", "all"]  # what acquired in life enters at conception


def decisions_after(stages: Sequence[int]) -> dict[LifeStage, int]:
    """Name the decisions after all stages but the last: juvenile, juvenile-2, juvenile-3 ..."""
    return {
        JUVENILE if number == 1 else f"{JUVENILE}-{number}": epochs
        for number, epochs in enumerate(stages[:-1], 1)
    }


@dataclass(frozen=True)
class Settings:
    """How a run breeds; see `fitness.data.task.SearchDefaults` for the meaning of each figure.

    The ensemble is the weighted mean of all predictors, or of as many of the heaviest as
    `ensemble_members` says; `choosing_members` mixtures drawn from it choose in turn.
    `stages` are epochs after which a decision falls; the last one is adult life. With a single
    one nobody is a juvenile, everybody born grows up.
    """

    population: int
    females: int
    sons: int
    daughters: int
    brood: int
    promoted_share: float
    audit_share: float
    stages: tuple[int, ...]
    mate_selection: str = "early-efficiency"
    promotion: str = "in-turn"
    audit: str = "equal"
    choosing_members: int = 6
    ensemble_members: int | None = None

    def __post_init__(self) -> None:
        check_stages(self.stages)

    @property
    def decisions(self) -> dict[LifeStage, int]:
        """Return after how many epochs each decision falls who is trained further, by its name."""
        return decisions_after(self.stages)

    @property
    def juvenile_epochs(self) -> int:
        """Epochs after which the first decision falls, 0 if there is none."""
        return self.stages[0] if self.decisions else 0

    @property
    def adult_epochs(self) -> int:
        """Epochs of a full training."""
        return self.stages[-1]


@dataclass(frozen=True)
class SearchContext:
    """What a strategy may know: the space, the objectives, the settings, and the free knowledge.

    `costs(genome)` returns what is known of a male before any training, among it those objectives
    that need none; it raises `Unviable` for a genome beyond the run's limits. `operators` are the
    user's, in the place of a strategy's own by name; see `evo.breeding.operators`. Without
    `peers_teach` nobody alive teaches: a network that the user gave does.
    """

    space: Space
    axes: Axes
    settings: Settings
    seed: int
    costs: Callable[[Genome], Mapping[str, float]]
    founders: tuple[Genome, ...] = ()
    inherit: Inherit = "marks"
    operators: Operators = field(default_factory=dict)
    peers_teach: bool = True

    def individual(
        self,
        genome: Genome,
        costs: Mapping[str, float] | None = None,
        *,
        adult: Evaluation | None = None,
    ) -> Individual:
        """Return a male of this run, with what is known of him; `adult` may have failed."""
        known = {} if costs is None else costs  # asking whether they are empty computes them
        return Individual(genome, known, adult=adult, fitness=self.axes.fitness())

    def rng(self, *purpose: str | int) -> random.Random:
        """Return the stream of random numbers for a purpose; the same purpose, the same stream."""
        return random.Random("/".join(map(str, (self.seed, *purpose))))


def inherits_weights(inherit: str) -> bool:
    """Tell whether a setting `inherit` lets children start from trained weights."""
    return inherit in ("weights", "all")


class Unviable(ValueError):
    """A genome beyond the limits of the run; it is not born."""


@dataclass(frozen=True)
class TrialRequest:
    """One request: train this male up to `to_epoch`, continuing from `from_epoch`."""

    genome: Genome
    stage: LifeStage
    from_epoch: int
    to_epoch: int


@dataclass(frozen=True)
class Prediction:
    """A prediction for a male by a female, the `ensemble` or the `early` metric."""

    female: str
    male: str
    stage: LifeStage
    predicted: Mapping[str, float]


@dataclass
class GenerationReport:
    """What a generation leaves for the record: births, predictions, some figures."""

    born: list[Genome] = field(default_factory=list)
    predictions: list[Prediction] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)  # juveniles who may yet grow up, by id
    parents: list[str] = field(default_factory=list)  # adults who may yet have children, by id


@dataclass
class Individual:
    """A male with what is known of him so far.

    `youth` holds what came of his training up to each decision, as far as he came.
    `fitness` is DEAP's, over the objectives of the run. It is valid once he was trained in full
    and came out well. Without a run there are no objectives, and it never is.
    """

    genome: Genome
    costs: Mapping[str, float]
    youth: tuple[Evaluation, ...] = ()
    adult: Evaluation | None = None
    pedigree: Mapping[str, float] = field(default_factory=dict)
    expected: Mapping[str, float] = field(default_factory=dict)  # predicted by the latest ensemble
    fitness: Fitness = field(default_factory=Fitness)

    def __post_init__(self) -> None:
        if self.adult is not None:
            self.grow_up(self.adult)

    @property
    def juvenile(self) -> Evaluation | None:
        """What he has shown in youth: the curve since birth, the objectives at its end."""
        return self.shown_at(len(self.youth) - 1)

    def shown_at(self, decision: int) -> Evaluation | None:
        """Return what he had shown at a decision, counted from 0, and nothing that came later."""
        return joined(self.youth[: decision + 1])

    def grow_up(self, adult: Evaluation) -> None:
        """Take what came of the full training."""
        self.adult = adult
        if self.grown:
            self.fitness.measure(adult.objectives)

    @property
    def grown(self) -> bool:
        """Tell whether he was trained in full and came out well."""
        return self.adult is not None and self.adult.status == "ok"

    @property
    def failed(self) -> bool:
        """Tell whether a training of his did not come out well."""
        trainings = self.youth if self.adult is None else (*self.youth, self.adult)
        return any(training.status != "ok" for training in trainings)

    @property
    def objectives(self) -> Mapping[str, float]:
        """True objectives as an adult; raises ValueError if there are none."""
        if self.adult is None or self.adult.status != "ok":
            raise ValueError(f"{self.genome.id} did not grow up")
        return self.adult.objectives


GenerationPlan = Generator[list[TrialRequest], Sequence[Evaluation], GenerationReport]
Recall = Callable[[str], Individual]  # genome id -> what the record holds of him or her


class Strategy(Protocol):
    """Breeds. `state` holds plain JSON values and names individuals by id alone."""

    def generation(self, number: int) -> GenerationPlan:
        """Run one generation: yield trials, receive their evaluations in the same order."""

    def state(self) -> dict[str, Any]:
        """Return what the next generation needs, between generations."""

    def restore(self, state: Mapping[str, Any], recall: Recall) -> None:
        """Take up a state again; `recall` looks individuals up in the record."""


@dataclass(frozen=True)
class Expected:
    """How many trainings a generation asks for on average, by stage; adults apart by why.

    `further` counts those between the first stage and the last.
    """

    juveniles: float
    promoted: float
    audited: float = 0.0
    further: tuple[float, ...] = ()

    def epochs(self, stages: Sequence[int]) -> list[float]:
        """Return how many epochs it asks for in each stage."""
        return [n * epochs for n, epochs in self.by_stage(stages)]

    def by_stage(self, stages: Sequence[int]) -> list[tuple[float, int]]:
        """Return the number of trainings in each stage, and how many epochs each of them takes.

        Without juveniles, everybody is trained from birth to the end.
        """
        adults = self.promoted + self.audited
        if not self.juveniles:
            return [(adults, stages[-1])]
        spans = (late - early for early, late in pairwise((0, *stages)))
        return list(zip((self.juveniles, *self.further, adults), spans, strict=True))


def expect(name: str, settings: Settings, number: int) -> Expected:
    """Return what a strategy asks for in a generation, if nobody fails.

    A strategy's file says so by a function `expected(settings, number)`; without one, everybody
    of a population is trained in full.
    """
    module = STRATEGIES.load(name)
    if not hasattr(module, "expected"):
        return Expected(0, settings.population)
    found: Expected = module.expected(settings, number)
    return found


def is_staged(name: str) -> bool:
    """Tell whether a strategy decides after any number of stages; its file says so by `STAGED`.

    Others take one stage, or two, of which they need not make use.
    """
    return bool(getattr(STRATEGIES.load(name), "STAGED", False))


def check_staged(name: str, stages: Sequence[int]) -> None:
    """Raise `BadInput` for more stages than a strategy knows what to do with."""
    if len(stages) > 2 and not is_staged(name):
        others = ", ".join(other for other in STRATEGIES.names() if is_staged(other))
        raise BadInput(
            f"strategy {name} decides nothing after the stages {in_words(stages)}; give one or "
            f"two, or another strategy: {others}"
        )


def operators_of(name: str) -> Operators:
    """Return a strategy's own operators by name, all of which a user may exchange.

    A strategy's file says so by `OPERATORS`; without it, there are none.
    """
    found: Operators = getattr(STRATEGIES.load(name), "OPERATORS", {})
    return found


def make_strategy(name: str, context: SearchContext) -> Strategy:
    """Make a strategy by its registered name; raises `UnknownName` listing what exists."""
    strategy: Strategy = STRATEGIES.load(name).make(context)
    return strategy
