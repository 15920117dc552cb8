"""The operators of a strategy in DEAP's toolbox, and those of a user in their place.

A user's selection is called as DEAP's own are, `function(individuals, k)`. DEAP draws from the
global random numbers: around each call these are seeded from the strategy's, and put back. What
comes back is checked, so that a mistake ends the run with the operator's name and not later.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

import numpy as np
from deap import base

from evo.errors import OperatorFailed
from evo.pareto.dominance import crowding, levels
from evo.pareto.fitness import Fitness
from evo.strategy import Operators, SearchContext
from genomes.genes.errors import describe_with_place
from genomes.genes.expression import deap_randomness
from genomes.genes.gene import Record, Struct, Value
from genomes.genes.genome import Genome, Sex
from genomes.genes.number import shown
from genomes.genes.registry import UnknownName, suggest

AT_ONCE = 4  # parents a user's selection is asked for: `selTournamentDCD` gives so many or more


class Toolbox(base.Toolbox):  # type: ignore[misc]  # DEAP has no types
    """DEAP's toolbox: an operator is an attribute of its name, bound to the run."""


class Selectable(Protocol):
    """A male or a female among whom an operator selects."""

    genome: Genome
    fitness: Fitness


@contextmanager
def seeded(rng: random.Random) -> Iterator[None]:
    """Seed the global random numbers of Python and numpy, and restore both afterwards."""
    before = np.random.get_state()
    with deap_randomness(rng):
        np.random.seed(random.getrandbits(32))
        try:
            yield
        finally:
            np.random.set_state(before)


@dataclass(frozen=True)
class Exchanged:
    """A user's function in the place of the operator `name`; each way of calling it is a method.

    All raise `OperatorFailed` where it raises, or returns what it should not.
    """

    name: str
    function: Callable[..., Any]
    context: SearchContext

    # -- variation --------------------------------------------------------------------------------

    def sample(self, identity: str, sex: Sex, rng: random.Random) -> Genome:
        """Draw a founder."""
        names = list(self.context.space.chromosomes)
        return Genome(identity, sex, self._vary(names, rng, sex, rng))

    def mate(
        self, dominant: Mapping[str, Value], other: Mapping[str, Value], rng: random.Random
    ) -> Record:
        """Mix the chromosomes of two parents."""
        return self._vary(list(dominant), rng, dominant, other, rng)

    def mutate(self, chromosomes: Mapping[str, Value], sex: Sex, rng: random.Random) -> Record:
        """Change a child's chromosomes."""
        return self._vary(list(chromosomes), rng, chromosomes, sex, rng)

    def _vary(self, names: Sequence[str], rng: random.Random, *arguments: Any) -> Record:
        found = self._call(rng, self.context, *arguments)
        structs = self.context.space.chromosomes
        try:
            return Struct({name: structs[name] for name in names}).check(found)
        except (ValueError, TypeError) as error:
            self._fail(f"returned chromosomes that do not fit the space: {error}")

    # -- selection --------------------------------------------------------------------------------

    def stream(
        self, individuals: Sequence[Selectable], rng: random.Random
    ) -> Iterator[Selectable]:
        """Yield parents without end; the same may come again and again."""
        while True:
            yield from self.repeatedly(individuals, AT_ONCE, rng)

    def repeatedly(
        self, individuals: Sequence[Selectable], k: int, rng: random.Random
    ) -> list[Selectable]:
        """Select k of them; the same may be selected again and again."""
        _measure_crowding(individuals)
        found = self._call(rng, list(individuals), k)
        if not isinstance(found, Iterable):
            self._fail(f"returned {shown(found)}, expected a list of individuals")
        chosen = list(found)
        given = {id(individual) for individual in individuals}
        for one in chosen:
            if id(one) not in given:
                self._fail(f"returned {_named(one)}, which it was not given")
        if len(chosen) != k:
            whom = f"the {len(individuals)} individuals that it was given"
            self._fail(f"returned {len(chosen)} of {whom}, expected k={k}")
        return chosen

    def subset(
        self, individuals: Sequence[Selectable], k: int, rng: random.Random, *_: object
    ) -> list[Selectable]:
        """Select k different ones; where there are no more than that, nothing is to be chosen."""
        if k >= len(individuals):
            return list(individuals)
        return self._different(individuals, k, rng) if k else []

    def order(self, individuals: Sequence[Selectable], rng: random.Random) -> list[Selectable]:
        """Put all of them in order, the fittest first."""
        return self._different(individuals, len(individuals), rng) if individuals else []

    def _different(
        self, individuals: Sequence[Selectable], k: int, rng: random.Random
    ) -> list[Selectable]:
        chosen = self.repeatedly(individuals, k, rng)
        seen: set[int] = set()
        for one in chosen:
            if id(one) in seen:  # names will not do: candidates have none yet
                self._fail(f"returned {_named(one)} more than once, expected different ones")
            seen.add(id(one))
        return chosen

    # -- calling ----------------------------------------------------------------------------------

    def _call(self, rng: random.Random, *arguments: Any) -> Any:
        try:
            with seeded(rng):
                found = self.function(*arguments)
                return list(found) if isinstance(found, Iterator) else found
        except Exception as error:  # a user's code may raise anything
            raise OperatorFailed(
                f"{self._words} raised {describe_with_place(error)}; it was called with "
                f"{', '.join(map(_in_short, arguments))}"
            ) from error

    @property
    def _words(self) -> str:
        return f"operator {self.name} ({name_of(self.function)})"

    def _fail(self, what: str) -> NoReturn:
        raise OperatorFailed(f"{self._words} {what}")


@dataclass(frozen=True)
class Kind:
    """What an operator is for, what a user's function takes, and how its place is filled."""

    purpose: str
    takes: tuple[str, ...]
    filled: Callable[..., Any]  # a method of `Exchanged`


SELECTION = ("individuals", "k")
KINDS = {
    "sample": Kind(
        "draws the chromosomes of a founder", ("context", "sex", "rng"), Exchanged.sample
    ),
    "mate": Kind(
        "mixes the chromosomes of two parents",
        ("context", "dominant", "other", "rng"),
        Exchanged.mate,
    ),
    "mutate": Kind(
        "changes the chromosomes of a child",
        ("context", "chromosomes", "sex", "rng"),
        Exchanged.mutate,
    ),
    "select_parents": Kind("selects who has children", SELECTION, Exchanged.stream),
    "select_mothers": Kind(
        "selects the females that have children", SELECTION, Exchanged.repeatedly
    ),
    "select_births": Kind(
        "selects which candidates are born, and trained", SELECTION, Exchanged.subset
    ),
    "promote": Kind(
        "selects which juveniles are trained further", SELECTION, Exchanged.subset
    ),
    "rank": Kind("puts the living in order, the fittest first", SELECTION, Exchanged.order),
    "survive": Kind("selects who lives on", SELECTION, Exchanged.subset),
    "survive_females": Kind("selects which females live on", SELECTION, Exchanged.subset),
}  # fmt: skip


def toolbox(context: SearchContext, operators: Operators) -> Toolbox:
    """Bind a strategy's operators to a run, each as `function(context, ...)`, by name.

    Those that the user exchanges take their place. Raises `UnknownName` for one that is no
    operator of the strategy.
    """
    box = Toolbox()
    for name, function in operators.items():
        box.register(name, function, context)
    for name, function in context.operators.items():
        if name not in operators:
            raise UnknownName(suggest("operator", name, operators))
        box.register(name, KINDS[name].filled, Exchanged(name, function, context))
    return box


def name_of(function: Callable[..., Any]) -> str:
    """Name a function as well as it can be named."""
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{getattr(function, '__module__', '?')}.{name}"


def _measure_crowding(individuals: Sequence[Selectable]) -> None:
    """Set the crowding distances that DEAP's tournaments compare, as its `selNSGA2` does."""
    if not individuals or not all(individual.fitness.valid for individual in individuals):
        return
    values = -np.array([individual.fitness.wvalues for individual in individuals])
    for members in levels(values):
        distances = crowding(values[members]).tolist()
        for i, distance in zip(members.tolist(), distances, strict=True):
            individuals[i].fitness.crowding_dist = distance


def _named(one: object) -> str:
    genome = getattr(one, "genome", None)
    return genome.id if isinstance(genome, Genome) else shown(one)


def _in_short(argument: object) -> str:
    if isinstance(argument, list):
        return f"{len(argument)} individuals"
    return str(argument) if isinstance(argument, int | str) else type(argument).__name__
