"""How should predictions be used? Variants of `gendered` and plain NSGA-II, compared.

Measured on the toy world of the tests (a formula with noisy learning curves, 8 epochs, juveniles
after 2), equal budgets of epochs, 8 seeds fixed beforehand: hypervolume of all adults, median and
quartiles, and how often each variant beats `nsga2` on the same seed; once with both objectives
predicted, once with the second known before training. No networks, no clock: equal figures on all
machines. It backs the entries of docs/decisions.md on promotion and broods.

    python benchmarks/choosing.py [--seeds 8] [--budget 400] [--output FILE]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from evo.breeding import expected_gain
from evo.breeding.predictor_population import PredictorPopulation
from evo.strategy import make_strategy
from genomes.genes.genome import Genome
from tests.evo.toy import AXES, Lab, toy_world


@dataclass(frozen=True)
class Variant:
    """A strategy, settings that differ from the toy's, and a part of it that is replaced."""

    strategy: str = "gendered"
    settings: dict[str, Any] = field(default_factory=dict)
    patch: Callable[[], Any] | None = None


def believe_the_mean() -> Any:
    """Take predictions at their word: whoever is least dominated where nobody adds anything."""
    return mock.patch.object(expected_gain, "CAUTION", 0.0)


def learn_from_adults_alone() -> Any:
    """Let models of candidates learn from adults alone, not from early curves of the rejected."""
    learn = PredictorPopulation.learn

    def from_adults(self: PredictorPopulation, past: Any) -> None:
        learn(self, [individual for individual in past if individual.grown])

    return mock.patch.object(PredictorPopulation, "learn", from_adults)


def draw_within_the_whole_error() -> Any:
    """Trust predictions half as much."""
    return mock.patch.object(expected_gain, "CAUTION", 1.0)


BROOD = {"brood": 10, "females": 8}
ENSEMBLE = {**BROOD, "promotion": "ensemble"}
VARIANTS = {
    "random": Variant("random"),
    "nsga2": Variant("nsga2"),
    "gendered": Variant(settings=BROOD),
    "gendered, no broods": Variant(settings={**BROOD, "brood": 1}),
    "gendered, by ensemble": Variant(settings=ENSEMBLE),
    "gendered, the mean believed": Variant(settings=BROOD, patch=believe_the_mean),
    "gendered, drawn within the whole error": Variant(
        settings=BROOD, patch=draw_within_the_whole_error
    ),
    "gendered, candidates learnt from adults alone": Variant(
        settings=BROOD, patch=learn_from_adults_alone
    ),
    "gendered, promotion by early efficiency": Variant(
        settings={**BROOD, "promotion": "early-efficiency"}
    ),
    "gendered, all mate equally": Variant(settings={**BROOD, "mate_selection": "equal"}),
    "gendered, no audit": Variant(settings={**BROOD, "audit_share": 0.0}),
}


def hypervolume(variant: Variant, seed: int, budget: int, known: bool) -> float:
    """Run one variant until the budget of epochs is spent."""
    context = toy_world(seed, **variant.settings)
    if known:
        context = replace(context, costs=lambda genome: {"active_parameters": parameters(genome)})
    lab = Lab(make_strategy(variant.strategy, context))
    number = 0
    while sum(trial.to_epoch - trial.from_epoch for trial in lab.trials) < budget:
        number += 1
        lab.run(number, number)
    return AXES.hypervolume(
        individual.adult.objectives for individual in lab.individuals.values() if individual.adult
    )


def parameters(genome: Genome) -> float:
    """Return the toy's second objective, as its evaluation computes it."""
    return float(genome.chromosomes["parameters"]["width"] ** 2)


def measure(seeds: int, budget: int, known: bool) -> str:
    """Return the table."""
    found: dict[str, list[float]] = {}
    for name, variant in VARIANTS.items():
        with variant.patch() if variant.patch else nullcontext():
            found[name] = [hypervolume(variant, seed, budget, known) for seed in range(seeds)]
        print(f"measured: {name}", file=sys.stderr)
    what = "known before training" if known else "predicted like accuracy"
    lines = [
        f"Hypervolume after {budget} epochs, {seeds} seeds; the second objective is {what}.",
        "",
        f"{'variant':<44}{'median':>8}{'quartiles':>17}{'beats nsga2':>14}",
    ]
    for name, volumes in found.items():
        low, middle, high = np.quantile(volumes, [0.25, 0.5, 0.75])
        wins = sum(a > b for a, b in zip(volumes, found["nsga2"], strict=True))
        beats = "" if name == "nsga2" else f"{wins} of {seeds}"
        lines.append(f"{name:<44}{middle:>8.4f}{low:>9.4f}–{high:.4f}{beats:>14}".rstrip())
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--budget", type=int, default=400)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    tables = [measure(options.seeds, options.budget, known) for known in (False, True)]
    print("\n".join(tables))
    if options.output:
        options.output.write_text("\n".join(tables), encoding="utf-8")


if __name__ == "__main__":
    main()
