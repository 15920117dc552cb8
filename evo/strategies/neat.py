"""NEAT's way of breeding: species share their fitness, so that what is new has time to improve.

Stanley & Miikkulainen (2002), "Evolving Neural Networks through Augmenting Topologies",
Evolutionary Computation 10(2). Made for genomes with a graph that grows
(`genomes.genes.topology`), but any space can be bred so (`evo.breeding.compatibility` says how far
apart genomes are). Fitness is the linear rank by non-dominated level and crowding, so several
objectives will do, and the scale of one does not matter. Single-sex, everybody is trained in full.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from evo.breeding.compatibility import distance_of, graphs
from evo.breeding.conception import (
    MUTATIONS,
    conceive,
    founders,
    mutant,
    mutate,
    sample,
    viable,
)
from evo.breeding.operators import toolbox
from evo.breeding.selection import ranked
from evo.breeding.teaching import teacher_among
from evo.strategy import (
    GenerationPlan,
    GenerationReport,
    Individual,
    Operators,
    Recall,
    SearchContext,
    TrialRequest,
)
from fitness.training.chosen_teacher import ChosenTeacher
from genomes.genes.gene import Value
from genomes.genes.genome import Genome, Sex

SPECIES = 10  # aimed at; small populations aim at fewer, of MEMBERS each
MEMBERS = 5  # from which on a species' champion lives on
PATIENCE = 15  # generations without improvement after which a species has no children
SURVIVING = 0.2  # share of a species, the fittest, that has children
MATED = 0.75  # share of the children that have two parents
BETWEEN_SPECIES = 0.01  # chance of a second parent from another species
ELSEWHERE = 0.3  # share of the children that mutate in any chromosome, not in a graph alone
PACE = 1.5  # greatest factor by which the threshold follows the number of species


@dataclass
class Species:
    """Males who resemble the first of their kind.

    `attained` are the losses that none of its males has surpassed in all objectives at once, and
    `improved` the generation that last added to them.
    """

    number: int
    representative: Individual
    improved: int
    members: list[Individual] = field(default_factory=list)  # the fittest first
    attained: list[tuple[float, ...]] = field(default_factory=list)

    def note(self, losses: Sequence[tuple[float, ...]], generation: int) -> None:
        """Take in the losses of its members; remember it if any of them is news."""
        for row in losses:
            if not any(_as_good(known, row) for known in self.attained):
                self.attained = [known for known in self.attained if not _as_good(row, known)]
                self.attained.append(row)
                self.improved = generation


class Neat:
    """State between generations: the living by species, and the threshold between species."""

    def __init__(self, context: SearchContext) -> None:
        self.context = context
        known = partial(mutated, grown=graphs(context.space))  # finding them takes long
        self.box = toolbox(context, {**OPERATORS, "mutate": known})
        self.distance = distance_of(context.space)
        self.species: list[Species] = []
        self.threshold: float | None = None  # set by the founders
        self.next_number = 1
        self.fitness: dict[str, float] = {}

    def generation(self, number: int) -> GenerationPlan:
        rng = self.context.rng("generation", number)
        epochs = self.context.settings.adult_epochs
        champions, newborn = self._next(number, rng)
        answers = yield [TrialRequest(genome, "adult", 0, epochs) for genome in newborn]
        adults = [
            self.context.individual(genome, adult=answer)
            for genome, answer in zip(newborn, answers, strict=True)
            if answer.status == "ok"
        ]
        self._speciate(champions + adults, number, rng)
        figures = {
            "juveniles": 0, "adults": len(newborn), "audited": 0, "species": len(self.species)
        }  # fmt: skip
        parents = [
            individual.genome.id for species in self.species for individual in species.members
        ]
        return GenerationReport(born=newborn, figures=figures, parents=parents)

    # -- birth ------------------------------------------------------------------------------------

    def _next(self, number: int, rng: random.Random) -> tuple[list[Individual], list[Genome]]:
        """Return who lives on, and the children of the next generation."""
        size = self.context.settings.population
        if not self.species:
            return [], founders(self.context, self.box, "male", size, rng, number)
        breeding = self._breeding(number)
        parents = {s.number: self.box.select_parents(s.members, rng) for s in breeding}
        living = [individual for species in self.species for individual in species.members]
        teacher = teacher_among(self.context, living)
        champions: list[Individual] = []
        born: list[Genome] = []
        for species, places in zip(breeding, self._places(breeding, size), strict=True):
            if len(species.members) >= MEMBERS and places > 0:
                champions.append(species.members[0])
                places -= 1
            for _ in range(places):
                identity = f"m{number:03d}-{len(born):03d}"
                born.append(self._child(identity, species.number, parents, rng, teacher))
        return champions, born

    def _breeding(self, number: int) -> list[Species]:
        """Return the species that have children: those that improve, and that of the fittest."""
        best = max(self.species, key=lambda s: self.fitness[s.members[0].genome.id])
        return [s for s in self.species if s is best or number - s.improved <= PATIENCE]

    def _places(self, breeding: Sequence[Species], size: int) -> list[int]:
        """Share the population among species by the mean fitness of their members."""
        means = [
            math.fsum(self.fitness[individual.genome.id] for individual in species.members)
            / len(species.members)
            for species in breeding
        ]
        exact = [size * mean / math.fsum(means) for mean in means]
        places = [math.floor(share) for share in exact]
        by_remainder = sorted(range(len(exact)), key=lambda i: (places[i] - exact[i], i))
        for i in by_remainder[: size - sum(places)]:
            places[i] += 1
        return places

    def _child(
        self,
        identity: str,
        species: int,
        parents: Mapping[int, Iterator[Individual]],
        rng: random.Random,
        teacher: ChosenTeacher | None,
    ) -> Genome:
        """Return the child of one parent of a species, or of two.

        Both may be the same: then crossover enables some of what he has disabled. Without that
        XOR took 29 generations in the median of 100 seeds, with it 23.
        """
        first = next(parents[species])
        if rng.random() >= MATED:
            return mutant(self.context, self.box, identity, first, rng, teacher)
        other = species
        if len(parents) > 1 and rng.random() < BETWEEN_SPECIES:
            other = rng.choice([number for number in parents if number != species])
        pair = first, next(parents[other])
        fitter, weaker = sorted(pair, key=lambda individual: -self.fitness[individual.genome.id])
        make = partial(
            conceive, self.context, self.box, identity, "male", (weaker.genome, fitter), rng
        )
        return viable(self.context, make, teacher).genome

    # -- species ----------------------------------------------------------------------------------

    def _speciate(self, living: list[Individual], number: int, rng: random.Random) -> None:
        """Put everybody into the first species whose representative is near enough."""
        losses = self.context.axes.losses(individual.objectives for individual in living)
        rows = {
            individual.genome.id: tuple(row)
            for individual, row in zip(living, losses.tolist(), strict=True)
        }
        order: list[Individual] = self.box.rank(living, rng)
        self.fitness = {
            individual.genome.id: 1.0 - place / len(order)
            for place, individual in enumerate(order)
        }
        if self.threshold is None and living:
            self.threshold = self._first_threshold(
                [individual.genome for individual in living], rng
            )
        for species in self.species:
            species.representative = rng.choice(species.members)
            species.members = []
        for individual in order:
            self._home(individual, number).members.append(individual)
        self.species = [species for species in self.species if species.members]
        for species in self.species:
            species.note([rows[individual.genome.id] for individual in species.members], number)
        self._follow()

    def _home(self, individual: Individual, number: int) -> Species:
        assert self.threshold is not None
        for species in self.species:
            if self.distance(species.representative.genome, individual.genome) < self.threshold:
                return species
        self.species.append(Species(self.next_number, individual, number))
        self.next_number += 1
        return self.species[-1]

    def _first_threshold(self, genomes: Sequence[Genome], rng: random.Random) -> float:
        """Return twice the mean distance between founders, so that few species begin."""
        pairs = [rng.sample(genomes, 2) for _ in range(100)] if len(genomes) > 1 else []
        distances = [self.distance(a, b) for a, b in pairs]
        return max(1e-6, 2.0 * math.fsum(distances) / len(distances)) if distances else 1.0

    def _follow(self) -> None:
        """Let the threshold rise where there are too many species, and fall where too few."""
        aim = min(SPECIES, max(2, self.context.settings.population // MEMBERS))
        if self.threshold is not None and len(self.species) != aim:
            self.threshold *= min(PACE, max(1.0 / PACE, math.sqrt(len(self.species) / aim)))

    # -- state ------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        return {
            "threshold": self.threshold,
            "next_number": self.next_number,
            "fitness": self.fitness,
            "species": [
                {
                    "number": species.number,
                    "representative": species.representative.genome.id,
                    "improved": species.improved,
                    "members": [individual.genome.id for individual in species.members],
                    "attained": [list(row) for row in species.attained],
                }
                for species in self.species
            ],
        }

    def restore(self, state: Mapping[str, Any], recall: Recall) -> None:
        self.threshold, self.next_number = state["threshold"], state["next_number"]
        self.fitness = dict(state["fitness"])
        self.species = [
            Species(
                saved["number"],
                recall(saved["representative"]),
                saved["improved"],
                [recall(identity) for identity in saved["members"]],
                [tuple(row) for row in saved["attained"]],
            )
            for saved in state["species"]
        ]


def _as_good(known: Sequence[float], row: Sequence[float]) -> bool:
    """Tell whether losses are as good as others in every objective."""
    return all(a <= b for a, b in zip(known, row, strict=True))


def among_the_fittest(
    context: SearchContext, members: Sequence[Individual], rng: random.Random
) -> Iterator[Individual]:
    """Draw one of a species' share that has children, again and again."""
    fittest = members[: max(1, math.ceil(SURVIVING * len(members)))]
    while True:
        yield rng.choice(fittest)


def crossed(
    context: SearchContext,
    dominant: Mapping[str, Value],
    other: Mapping[str, Value],
    rng: random.Random,
) -> dict[str, Value]:
    """Cross every chromosome given; the dominant parent is the fitter one."""
    structs = context.space.chromosomes
    return {name: structs[name].crossover(dominant[name], other[name], rng) for name in dominant}


def mutated(
    context: SearchContext,
    chromosomes: Mapping[str, Value],
    sex: Sex,
    rng: random.Random,
    grown: Sequence[str] | None = None,
) -> dict[str, Value]:
    """Mutate the chromosomes with graphs, now and then any; without graphs as others do.

    `grown` names those with graphs, if they are known.
    """
    grown = graphs(context.space) if grown is None else grown
    if not grown or rng.random() < ELSEWHERE:
        return mutate(context, chromosomes, sex, rng)
    changed = dict(chromosomes)
    for _ in range(rng.choice(MUTATIONS)):
        name = rng.choice(grown)
        changed[name] = context.space.chromosomes[name].mutate(changed[name], rng)
    return changed


OPERATORS: Operators = {
    "sample": sample,
    "mate": crossed,
    "mutate": mutated,
    "select_parents": among_the_fittest,
    "rank": ranked,
}


def make(context: SearchContext) -> Neat:
    """Make the strategy."""
    return Neat(context)
