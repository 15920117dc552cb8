"""Species: who belongs together, who has children, and how many."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import evo
from evo.strategies.neat import MEMBERS, PATIENCE, Neat, Species
from evo.strategy import Individual, SearchContext
from fitness.evaluation import Evaluation
from genomes.genes.gene import Struct
from genomes.genes.genome import Space
from genomes.genes.topology import Topology
from tests.evo.toy import Lab, toy_world

GRAPH = Topology(2, 1)


def context(**settings: Any) -> SearchContext:
    return toy_world(**{"population": 20, **settings})


def individual(identity: str, accuracy: float, parameters: float = 1.0) -> Individual:
    genome = toy_world().space.sample(identity, "male", toy_world().rng(identity))
    objectives = {"accuracy": accuracy, "active_parameters": parameters}
    return Individual(
        genome, {}, adult=Evaluation("j", identity, "k", 0, 8, "ok", objectives=objectives)
    )


def test_everybody_belongs_to_one_species_near_its_representative() -> None:
    strategy = Lab(Neat(context())).run(1, 4).strategy
    living = [m.genome.id for s in strategy.species for m in s.members]
    assert len(living) == len(set(living)) == 20
    assert len({species.number for species in strategy.species}) == len(strategy.species) > 1
    assert set(strategy.fitness) == set(living)
    for species in strategy.species:
        fitness = [strategy.fitness[m.genome.id] for m in species.members]
        assert fitness == sorted(fitness, reverse=True)


def test_champions_of_large_species_live_on_and_are_not_trained_again() -> None:
    lab = Lab(Neat(context())).run(1, 3)
    large = [s.members[0].genome.id for s in lab.strategy.species if len(s.members) >= MEMBERS]
    before = len(lab.trials)
    lab.run(4, 4)
    living = {m.genome.id for s in lab.strategy.species for m in s.members}
    kept = {identity for identity in large if identity in living}
    assert kept
    assert len(lab.trials) - before == 20 - len(kept)
    trained = [trial.genome.id for trial in lab.trials]
    assert len(trained) == len(set(trained))


def test_places_follow_the_mean_fitness_of_a_species_not_its_size() -> None:
    strategy = Neat(context())
    large, small = Species(1, individual("a", 0.5), 1), Species(2, individual("b", 0.5), 1)
    large.members = [individual(f"m{i}", 0.5) for i in range(9)]
    small.members = [individual("n", 0.5)]
    strategy.fitness = dict.fromkeys((f"m{i}" for i in range(9)), 0.25) | {"n": 0.75}
    assert strategy._places([large, small], 20) == [5, 15]
    strategy.fitness["n"] = 0.25
    assert strategy._places([large, small], 21) == [11, 10]


def test_a_species_that_does_not_improve_has_no_children_unless_it_has_the_fittest() -> None:
    strategy = Neat(context())
    old, fresh = Species(1, individual("a", 0.9), 3), Species(2, individual("b", 0.2), 10)
    old.members, fresh.members = [individual("a", 0.9)], [individual("b", 0.2)]
    strategy.species, strategy.fitness = [old, fresh], {"a": 1.0, "b": 0.5}
    assert strategy._breeding(3 + PATIENCE + 1) == [old, fresh]
    strategy.fitness = {"a": 0.5, "b": 1.0}
    assert strategy._breeding(3 + PATIENCE) == [old, fresh]
    assert strategy._breeding(3 + PATIENCE + 1) == [fresh]


def test_a_species_improves_when_nothing_it_had_is_as_good() -> None:
    species = Species(1, individual("a", 0.5), 1)
    species.note([(0.5, 0.5)], 1)
    species.note([(0.5, 0.6), (0.5, 0.5)], 2)
    assert (species.improved, species.attained) == (1, [(0.5, 0.5)])
    species.note([(0.6, 0.1)], 3)
    assert (species.improved, species.attained) == (3, [(0.5, 0.5), (0.6, 0.1)])
    species.note([(0.4, 0.1)], 4)
    assert (species.improved, species.attained) == (4, [(0.4, 0.1)])


def test_the_threshold_follows_the_number_of_species() -> None:
    strategy = Neat(context())  # aims at four species of twenty males
    strategy.threshold = 1.0
    strategy.species = [Species(n, individual("a", 0.5), 1) for n in range(9)]
    strategy._follow()
    assert strategy.threshold == 1.5
    strategy.species = strategy.species[:4]
    strategy._follow()
    assert strategy.threshold == 1.5
    strategy.species = strategy.species[:1]
    strategy._follow()
    assert strategy.threshold == 1.0


def test_graphs_are_what_mutates_where_there_are_any() -> None:
    base = context()
    space = Space({**base.space.chromosomes, "architecture": Struct({"graph": GRAPH})})
    strategy = Neat(replace(base, space=space))
    genome = space.sample("m", "male", base.rng(0))
    changed = {"architecture": 0, "parameters": 0}
    for seed in range(200):
        after = strategy.box.mutate(genome.chromosomes, "male", base.rng(seed))
        for name in changed:
            changed[name] += after[name] != genome.chromosomes[name]
    assert changed["architecture"] > 170 > 60 > changed["parameters"] > 5


def test_a_graph_of_a_users_own_can_be_searched() -> None:
    def evaluate(
        parameters: dict[str, Any], epochs: int, seed: int, checkpoint: Any = None
    ) -> evo.Outcome:
        wiring = GRAPH.wiring(parameters["network"])
        weights = [weight for neuron in wiring.outputs for _, weight in neuron.sources]
        return evo.Outcome({"size": len(wiring.hidden) + 1.0, "error": abs(sum(weights) - 3.0)})

    results = [
        evo.search(
            {"network": GRAPH},
            evaluate,
            objectives={"error": "min", "size": "min"},
            epochs=1,
            generations=8,
            population=20,
            seed=3,
            strategy="neat",
        )
        for _ in range(2)
    ]
    assert results[0].history.equals(results[1].history)
    assert results[0].front["error"].min() < 0.1
    assert GRAPH.check(results[0].front["network"].iloc[0])
