"""Who displays, who votes, who grows up, who is audited: the decisions females take.

Pure functions over losses, skills and random numbers; the strategy brings the predictions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np

from evo.breeding.expected_gain import draw_deviates, most_gain
from evo.pareto.dominance import Points, nondominated, ranks
from evo.strategy import Life
from genomes.genes.registry import suggest

DEMOCRACY = 0.05  # added to every juror's skill, so that unproven juries vote with equal weights


def early_area(life: Life) -> float:
    """Return the mean of the metric over the juvenile epochs (area under the learning curve)."""
    curve = life.juvenile.curve if life.juvenile else ()
    return sum(epoch.metric / len(curve) for epoch in curve)


def early_figures(lives: Sequence[Life], sign: float = 1.0) -> Points:
    """Return early efficiency's two figures (N, 2), less is better: negative area, training FLOPs.

    `sign` is -1 where the metric of the curve is better the smaller it is.
    """
    return np.array(
        [
            (
                -sign * early_area(life),
                life.juvenile.costs["training_flops"] if life.juvenile else 0,
            )
            for life in lives
        ],
        dtype=np.float64,
    ).reshape(len(lives), 2)


def display_by_early_efficiency(lives: Sequence[Life], sign: float = 1.0) -> list[float]:
    """Weigh a male by one over one plus his non-dominated rank in early efficiency."""
    return [1.0 / (1.0 + rank) for rank in ranks(early_figures(lives, sign))]


def display_equally(lives: Sequence[Life], sign: float = 1.0) -> list[float]:
    """Let every surviving male display as often as any other."""
    return [1.0] * len(lives)


DISPLAYS: dict[str, Callable[[Sequence[Life], float], list[float]]] = {
    "early-efficiency": display_by_early_efficiency,
    "equal": display_equally,
}


def display_weights(rule: str, lives: Sequence[Life], sign: float = 1.0) -> list[float]:
    """Apply a display rule by name; raises ValueError for an unknown one."""
    if rule not in DISPLAYS:
        raise ValueError(suggest("display rule", rule, DISPLAYS))
    return DISPLAYS[rule](lives, sign)


def elect(skills: Sequence[float], ids: Sequence[str], size: int) -> list[int]:
    """Return the rows of the most skilled females; ties go to the lower id."""
    order = sorted(range(len(skills)), key=lambda i: (-skills[i], ids[i]))
    return order[:size]


def vote(foretold: Sequence[Points], skills: Sequence[float]) -> Points:
    """Return the jury's opinion: the mean of its members' losses (N,), weighted by skill."""
    weights = np.maximum(np.asarray(skills), 0.0) + DEMOCRACY
    opinion: Points = np.average(np.stack(foretold), axis=0, weights=weights)
    return opinion


def court(
    front: Points,
    opinions: Sequence[Points],
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
    left = list(range(len(opinions[0])))
    deviates = draw_deviates(opinions[0].shape[1], rng)
    chosen: list[int] = []
    while left and len(chosen) < places:
        turn = len(chosen) % len(opinions)
        foretold, deviation = opinions[turn][left], deviations[turn][left]
        best = left.pop(most_gain(current, foretold, deviation, deviates))
        chosen.append(best)
        current = np.vstack([current, opinions[turn][best][None]])
    return chosen


def court_by_early_efficiency(lives: Sequence[Life], places: int, sign: float = 1.0) -> list[int]:
    """Choose by early efficiency alone, as the source idea has it: rank, then area."""
    rank = ranks(early_figures(lives, sign))
    order = sorted(
        range(len(lives)),
        key=lambda i: (rank[i], -sign * early_area(lives[i]), lives[i].genome.id),
    )
    return order[:places]


def draw_audit(rejected: Sequence[int], share: float, rng: random.Random) -> list[int]:
    """Draw a share of the rejected, stochastically rounded; each has exactly that chance."""
    wanted = share * len(rejected)
    count = int(wanted) + (rng.random() < wanted - int(wanted))
    return sorted(rng.sample(list(rejected), count))
