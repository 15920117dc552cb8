"""Who displays, who votes, who grows up, who is audited: the decisions females take.

Pure functions over losses, skills and random numbers; the strategy brings the predictions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np

from evo.breeding.expected_gain import draw_deviates, most_gain
from evo.pareto.dominance import Points, nondominated, ranks
from evo.strategy import Individual
from genomes.genes.registry import suggest

LEAST_WEIGHT = (
    0.05  # added to every juror's skill, so that unproven juries vote with equal weights
)


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
    """Let every surviving male display as often as any other."""
    return [1.0] * len(individuals)


MATING_WEIGHTS: dict[str, Callable[[Sequence[Individual], float], list[float]]] = {
    "early-efficiency": weights_by_early_efficiency,
    "equal": equal_weights,
}


def mating_weights(rule: str, individuals: Sequence[Individual], sign: float = 1.0) -> list[float]:
    """Apply a display rule by name; raises ValueError for an unknown one."""
    if rule not in MATING_WEIGHTS:
        raise ValueError(suggest("display rule", rule, MATING_WEIGHTS))
    return MATING_WEIGHTS[rule](individuals, sign)


def most_skilled(skills: Sequence[float], ids: Sequence[str], size: int) -> list[int]:
    """Return the rows of the most skilled females; ties go to the lower id."""
    order = sorted(range(len(skills)), key=lambda i: (-skills[i], ids[i]))
    return order[:size]


def vote(predicted: Sequence[Points], skills: Sequence[float]) -> Points:
    """Return the jury's opinion: the mean of its members' losses (N,), weighted by skill."""
    weights = np.maximum(np.asarray(skills), 0.0) + LEAST_WEIGHT
    prediction: Points = np.average(np.stack(predicted), axis=0, weights=weights)
    return prediction


def choose_by_draws(
    front: Points,
    predictions: Sequence[Points],
    deviations: Sequence[Points],
    places: int,
    rng: random.Random,
) -> list[int]:
    """Let judges in turn give a place to whom they expect to extend the front most.

    `opinions` holds the losses (N, K) that each judge foretells, `deviations` how far each is
    usually off. Where judges disagree nobody knows better, and each gets to try: ensemble sampling
    (Lu & Van Roy 2017, https://arxiv.org/abs/1705.07347). Those chosen count for those after them
    as what was foretold of them, so the choice spreads along the front by itself.
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


def draw_audit(rejected: Sequence[int], share: float, rng: random.Random) -> list[int]:
    """Draw a share of the rejected, stochastically rounded; each has exactly that chance."""
    wanted = share * len(rejected)
    count = int(wanted) + (rng.random() < wanted - int(wanted))
    return sorted(rng.sample(list(rejected), count))
