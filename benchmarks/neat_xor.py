"""XOR by growing topologies: evo's strategy `neat` next to neat-python, the same seeds and budget.

Usage: python benchmarks/neat_xor.py [--seeds 100] [--output FILE]

Goal: solved in at least 95 of 100 seeds within 150 generations of 150. A network is a graph from
two inputs and a bias to one output; its fitness is 4 less the squared errors over the four
examples, and 3.9 counts as solved: then every output is on its side of one half by at least 0.18.
evo runs as a user would run it, by `evo.search` on `evo.Topology`, with tanh within and a sigmoid
at the output; neat-python with the values of its own XOR example, sigmoids all. Both stop after
the generation in which a network solves it. Calls are counted, of neat-python those for survivors
too, which it makes again every generation.

The peer is no requirement of evo: `pip install -c constraints.txt -e '.[benchmarks]'`.
"""

from __future__ import annotations

import argparse
import configparser
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import evo

POPULATION, GENERATIONS, SOLVED = 150, 150, 3.9
STEEPNESS = 4.9  # of the output's sigmoid, as in the paper
INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TARGETS = np.array([0.0, 1.0, 1.0, 0.0])

# neat-python's examples/xor/config-feedforward.
PEER = {
    "NEAT": {
        "fitness_criterion": "max", "fitness_threshold": SOLVED, "pop_size": POPULATION,
        "reset_on_extinction": False, "no_fitness_termination": False,
    },
    "DefaultGenome": {
        "activation_default": "sigmoid", "activation_mutate_rate": 0.0,
        "activation_options": "sigmoid", "aggregation_default": "sum",
        "aggregation_mutate_rate": 0.0, "aggregation_options": "sum",
        "bias_init_mean": 0.0, "bias_init_stdev": 1.0, "bias_init_type": "gaussian",
        "bias_max_value": 30.0, "bias_min_value": -30.0, "bias_mutate_power": 0.5,
        "bias_mutate_rate": 0.7, "bias_replace_rate": 0.1,
        "compatibility_disjoint_coefficient": 1.0, "compatibility_weight_coefficient": 0.5,
        "conn_add_prob": 0.5, "conn_delete_prob": 0.5, "enabled_default": True,
        "enabled_mutate_rate": 0.01, "enabled_rate_to_true_add": 0.0,
        "enabled_rate_to_false_add": 0.0, "feed_forward": True, "initial_connection": "full",
        "node_add_prob": 0.2, "node_delete_prob": 0.2, "num_hidden": 0, "num_inputs": 2,
        "num_outputs": 1, "response_init_mean": 1.0, "response_init_stdev": 0.0,
        "response_init_type": "gaussian", "response_max_value": 30.0,
        "response_min_value": -30.0, "response_mutate_power": 0.0, "response_mutate_rate": 0.0,
        "response_replace_rate": 0.0, "single_structural_mutation": False,
        "structural_mutation_surer": "default", "weight_init_mean": 0.0,
        "weight_init_stdev": 1.0, "weight_init_type": "gaussian", "weight_max_value": 30,
        "weight_min_value": -30, "weight_mutate_power": 0.5, "weight_mutate_rate": 0.8,
        "weight_replace_rate": 0.1,
    },
    "DefaultSpeciesSet": {"compatibility_threshold": 3.0},
    "DefaultStagnation": {
        "species_fitness_func": "max", "max_stagnation": 20, "species_elitism": 2,
    },
    "DefaultReproduction": {"elitism": 2, "survival_threshold": 0.2, "min_species_size": 2},
}  # fmt: skip


@dataclass(frozen=True)
class Ending:
    """One seed: whether it was solved, generations and calls until then, hidden neurons."""

    solved: bool
    generations: int
    calls: int
    hidden: int
    seconds: float


class Solved(Exception):
    """A network has solved it; there is nothing left to search."""


class FeatureSet:
    """Follows a search: counts calls, keeps the best, ends the search once it is solved."""

    def __init__(self) -> None:
        self.best, self.hidden, self.calls, self.generations = -1.0, 0, 0, 0

    def note(self, fitness: float, hidden: int) -> None:
        self.calls += 1
        if fitness > self.best:
            self.best, self.hidden = fitness, hidden

    def generation(self, summary: Mapping[str, Any]) -> None:
        self.generations = int(summary["generation"])
        if self.best >= SOLVED:
            raise Solved

    def progress(self, done: int, total: int, stage: str) -> None:
        """Take no note."""

    def ending(self, began: float) -> Ending:
        seconds = time.perf_counter() - began
        return Ending(self.best >= SOLVED, self.generations, self.calls, self.hidden, seconds)


def fitness_of(outputs: Any) -> float:
    """Return 4 less the squared errors of the four outputs."""
    return 4.0 - float(np.square(np.asarray(outputs) - TARGETS).sum())


def run_evo(seed: int) -> Ending:
    """Search with evo."""
    graph = evo.Topology(inputs=2, outputs=1, functions=("tanh",))
    feature_set, began = FeatureSet(), time.perf_counter()

    def evaluate(
        parameters: Mapping[str, Any], epochs: int, seed: int, checkpoint: Any = None
    ) -> evo.Outcome:
        wiring = graph.wiring(parameters["network"])
        outputs = 0.5 + 0.5 * np.tanh(0.5 * STEEPNESS * wiring.sums(INPUTS)[:, 0])  # a sigmoid
        fitness = fitness_of(outputs)
        feature_set.note(fitness, len(wiring.hidden))
        return evo.Outcome({"fitness": fitness})

    with suppress(Solved):
        evo.search(
            {"network": graph},
            evaluate,
            objectives={"fitness": "max"},
            epochs=1,
            generations=GENERATIONS,
            population=POPULATION,
            strategy="neat",
            seed=seed,
            reference={"fitness": 0.0},
            ideal={"fitness": 4.0},
            listener=feature_set,
        )
    return feature_set.ending(began)


def run_peer(seed: int) -> Ending:
    """Search with neat-python, which takes numbers from Python's global generator."""
    import neat

    random.seed(seed)
    feature_set, began = FeatureSet(), time.perf_counter()
    written = configparser.ConfigParser()
    written.read_dict({section: _words(values) for section, values in PEER.items()})
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        written.write(file)
        file.flush()
        config = neat.Config(
            neat.DefaultGenome,
            neat.DefaultReproduction,
            neat.DefaultSpeciesSet,
            neat.DefaultStagnation,
            file.name,
        )

    def evaluate(genomes: Sequence[tuple[int, Any]], config: Any) -> None:
        for _, genome in genomes:
            network = neat.nn.FeedForwardNetwork.create(genome, config)
            genome.fitness = fitness_of([network.activate(x)[0] for x in INPUTS])
            used = neat.graphs.required_for_output(
                config.genome_config.input_keys,
                config.genome_config.output_keys,
                [key for key, gene in genome.connections.items() if gene.enabled],
            )
            feature_set.note(genome.fitness, len(used) - 1)
        feature_set.generations += 1

    neat.Population(config).run(evaluate, GENERATIONS)
    return feature_set.ending(began)


def _words(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


METHODS: Mapping[str, Callable[[int], Ending]] = {"evo": run_evo, "neat-python": run_peer}


def report(endings: Mapping[str, Sequence[Ending]], seeds: int) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"XOR within {GENERATIONS} generations of {POPULATION}; seeds 0 to {seeds - 1}"
    peers = f"evo {evo.__version__}, neat-python {version('neat-python')}"
    yield f"Python {platform.python_version()}, {peers}; one process"
    yield "of what was solved: median (greatest) generations and calls, mean hidden neurons"
    yield f"{'':12}{'solved':>12}{'generations':>16}{'calls':>18}{'hidden':>9}{'seconds':>9}"
    for name, found in endings.items():
        solved = [ending for ending in found if ending.solved] or list(found)
        generations = [ending.generations for ending in solved]
        calls = [ending.calls for ending in solved]
        hidden = statistics.fmean(ending.hidden for ending in solved)
        share = f"{sum(ending.solved for ending in found)} of {seeds}"
        length = f"{statistics.median(generations):.0f} ({max(generations)})"
        spent = f"{statistics.median(calls):.0f} ({max(calls)})"
        seconds = sum(ending.seconds for ending in found)
        yield f"{name:12}{share:>12}{length:>16}{spent:>18}{hidden:>9.1f}{seconds:>9.0f}"
    yield f"goal: 95 of 100 solved by evo: {sum(e.solved for e in endings['evo'])} of {seeds}"


def main() -> None:
    parser = argparse.ArgumentParser(description="XOR by growing topologies.")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    endings = {
        name: [run(seed) for seed in range(arguments.seeds)] for name, run in METHODS.items()
    }
    text = "\n".join(report(endings, arguments.seeds)) + "\n"
    print(text, end="")
    if arguments.output:
        arguments.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
