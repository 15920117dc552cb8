"""How strategies select unless the user says otherwise; a part of each one's operators.

Streams of parents are lazy: the next is drawn when it is asked for, for the children between use
the same random numbers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np

from evo.breeding.conception import weighted_draw
from evo.breeding.ensemble import EnsemblePrediction
from evo.breeding.female import Female
from evo.breeding.promotion import choose_by_draws, choose_by_early_efficiency, mating_weights
from evo.pareto.dominance import Points, survivors
from evo.strategy import Individual, SearchContext

POSSIBLE_FATHERS = 3  # drawn for each mother


def fittest(
    context: SearchContext, individuals: Sequence[Individual], k: int, rng: random.Random
) -> list[Individual]:
    """Select k by NSGA-II: by rank, then crowding; the fittest first."""
    rows = (individual.objectives for individual in individuals)
    return [individuals[i] for i in context.axes.survivors(rows, k)]


def ranked(
    context: SearchContext, individuals: Sequence[Individual], rng: random.Random
) -> list[Individual]:
    """Put all in the order in which NSGA-II would keep them."""
    return fittest(context, individuals, len(individuals), rng)


# -- the two sexes --------------------------------------------------------------------------------


def possible_fathers(
    context: SearchContext, males: Sequence[Individual], rng: random.Random
) -> Iterator[Individual]:
    """Draw males by the rule of mate selection, `POSSIBLE_FATHERS` different ones at a time."""
    rule, sign = context.settings.mate_selection, context.axes.metric_sign
    weights = mating_weights(rule, males, sign)
    while True:
        yield from weighted_draw(males, weights, POSSIBLE_FATHERS, rng)


def mothers_in_turn(
    context: SearchContext, females: Sequence[Female], k: int, rng: random.Random
) -> list[Female]:
    """Take all females in turn, the most skilled first."""
    order = sorted(females, key=lambda female: (-female.skill, female.genome.id))
    return [order[i % len(order)] for i in range(k)]


def least_failing(
    context: SearchContext, females: Sequence[Female], k: int, rng: random.Random
) -> list[Female]:
    """Select k females by NSGA-II over lack of skill, and model size and epochs read."""
    return [females[i] for i in survivors(-np.array([f.fitness.wvalues for f in females]), k)]


# -- predictions ----------------------------------------------------------------------------------


def by_prediction(
    context: SearchContext,
    males: Sequence[Individual],
    k: int,
    rng: random.Random,
    prediction: EnsemblePrediction,
    front: Points,
) -> list[Individual]:
    """Select k whom the members of the ensemble, in turn or together, choose."""
    return [males[i] for i in rows_by_prediction(context, k, rng, prediction, front)]


def rows_by_prediction(
    context: SearchContext,
    k: int,
    rng: random.Random,
    prediction: EnsemblePrediction,
    front: Points,
) -> list[int]:
    """Return the rows of a prediction that are chosen beside the losses of a front."""
    predicted, deviations = prediction.members, prediction.member_deviations
    if context.settings.promotion == "ensemble":
        predicted, deviations = [prediction.mean], [prediction.mean_deviation]
    return choose_by_draws(front, predicted, deviations, k, rng)


def by_rule_of_promotion(
    context: SearchContext,
    juveniles: Sequence[Individual],
    k: int,
    rng: random.Random,
    prediction: EnsemblePrediction,
    front: Points,
) -> list[Individual]:
    """Select k juveniles by what is predicted of them, or by early efficiency alone."""
    if context.settings.promotion == "early-efficiency":
        rows = choose_by_early_efficiency(juveniles, k, context.axes.metric_sign)
        return [juveniles[i] for i in rows]
    return by_prediction(context, juveniles, k, rng, prediction, front)
