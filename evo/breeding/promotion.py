"""Mate selection, promotion and audit: which males mate, which are born and grow up.

Pure functions of losses, skills and random numbers; the strategy brings the predictions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np

from evo.breeding.expected_gain import draw_deviates, most_gain
from evo.pareto.dominance import Points, nondominated, ranks
from evo.strategy import Individual
from genomes.genes.registry import suggest


def early_area(individual: Individual) -> float:
    """Return the mean of the metric over the juvenile epochs (area under the learning curve)."""
    curve = individual.juvenile.curve if individual.juvenile else ()
    return sum(epoch.metric / len(curve) for epoch in curve)


def early_figures(individuals: Sequence[Individual], sign: float = 1.0) -> Points:
    """Return early efficiency's two figures (N, 2), less is better: negative area, training FLOPs.

    `sign` is -1 where the metric of the curve is better the smaller it is.
    """
    return np.array(
        [
            (
                -sign * early_area(individual),
                individual.juvenile.costs["training_flops"] if individual.juvenile else 0,
            )
            for individual in individuals
        ],
        dtype=np.float64,
    ).reshape(len(individuals), 2)


def weights_by_early_efficiency(
    individuals: Sequence[Individual], sign: float = 1.0
) -> list[float]:
    """Weigh a male by one over one plus his non-dominated rank in early efficiency."""
    return [1.0 / (1.0 + rank) for rank in ranks(early_figures(individuals, sign))]


def equal_weights(individuals: Sequence[Individual], sign: float = 1.0) -> list[float]:
    """Give every surviving male the same weight."""
    return [1.0] * len(individuals)


MATING_WEIGHTS: dict[str, Callable[[Sequence[Individual], float], list[float]]] = {
    "early-efficiency": weights_by_early_efficiency,
    "equal": equal_weights,
}


def mating_weights(rule: str, individuals: Sequence[Individual], sign: float = 1.0) -> list[float]:
    """Return the weights by a rule of mate selection; raises ValueError for an unknown one."""
    if rule not in MATING_WEIGHTS:
        raise ValueError(suggest("rule of mate selection", rule, MATING_WEIGHTS))
    return MATING_WEIGHTS[rule](individuals, sign)


def choose_by_draws(
    front: Points,
    predictions: Sequence[Points],
    deviations: Sequence[Points],
    places: int,
    rng: random.Random,
) -> list[int]:
    """Let members of the ensemble choose in turn whom they expect to extend the front most.

    `predictions` holds the losses (N, K) that each member predicts, `deviations` their expected
    errors. Where members disagree, each gets to choose: ensemble sampling (Lu & Van Roy 2017,
    https://arxiv.org/abs/1705.07347). The predicted losses of a chosen male join the front for the
    choices that follow, so the choice spreads along the front.
    """
    current = front[nondominated(front)] if len(front) else front
    left = list(range(len(predictions[0])))
    deviates = draw_deviates(predictions[0].shape[1], rng)
    chosen: list[int] = []
    while left and len(chosen) < places:
        turn = len(chosen) % len(predictions)
        predicted, deviation = predictions[turn][left], deviations[turn][left]
        best = left.pop(most_gain(current, predicted, deviation, deviates))
        chosen.append(best)
        current = np.vstack([current, predictions[turn][best][None]])
    return chosen


def choose_by_early_efficiency(
    individuals: Sequence[Individual], places: int, sign: float = 1.0
) -> list[int]:
    """Choose by early efficiency alone, as the source idea has it: rank, then area."""
    rank = ranks(early_figures(individuals, sign))
    order = sorted(
        range(len(individuals)),
        key=lambda i: (rank[i], -sign * early_area(individuals[i]), individuals[i].genome.id),
    )
    return order[:places]
