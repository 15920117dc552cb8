"""Who displays, who votes, who grows up, who is audited: the decisions females take.

Pure functions over losses, skills and random numbers; the strategy brings the predictions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from evo.pareto import Points, greedy_gain, ranks
from evo.strategy import Life
from genomes.registry import suggest

JURY = 3  # the most skilled females that vote
DEMOCRACY = 0.05  # added to every juror's skill, so that unproven juries vote with equal weights


def early_area(life: Life) -> float:
    """Return the mean of the metric over the juvenile epochs (area under the learning curve)."""
    curve = life.juvenile.curve if life.juvenile else ()
    return float(np.mean([epoch.metric for epoch in curve])) if curve else 0.0


def early_losses(lives: Sequence[Life]) -> Points:
    """Return early efficiency's two losses (N, 2): one minus the area, log training FLOPs.

    Both are scaled to the given males, so that `ranks` sees only their order.
    """
    area = np.array([early_area(life) for life in lives])
    flops = np.array(
        [
            np.log10(1.0 + (life.juvenile.costs["training_flops"] if life.juvenile else 0.0))
            for life in lives
        ]
    )
    return np.column_stack([_unit(-area), _unit(flops)])


def _unit(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    span = float(np.ptp(values)) or 1.0
    scaled: npt.NDArray[np.float64] = 0.999 * (values - values.min()) / span
    return scaled


def display_by_early_efficiency(lives: Sequence[Life]) -> list[float]:
    """Weigh a male by one over one plus his non-dominated rank in early efficiency."""
    return [1.0 / (1.0 + rank) for rank in ranks(early_losses(lives))]


def display_equally(lives: Sequence[Life]) -> list[float]:
    """Let every surviving male display as often as any other."""
    return [1.0] * len(lives)


DISPLAYS: dict[str, Callable[[Sequence[Life]], list[float]]] = {
    "early-efficiency": display_by_early_efficiency,
    "equal": display_equally,
}


def display_weights(rule: str, lives: Sequence[Life]) -> list[float]:
    """Apply a display rule by name; raises ValueError for an unknown one."""
    if rule not in DISPLAYS:
        raise ValueError(suggest("display rule", rule, DISPLAYS))
    return DISPLAYS[rule](lives)


def elect(skills: Sequence[float], ids: Sequence[str], size: int = JURY) -> list[int]:
    """Return the rows of the most skilled females; ties go to the lower id."""
    order = sorted(range(len(skills)), key=lambda i: (-skills[i], ids[i]))
    return order[:size]


def vote(foretold: Sequence[Points], skills: Sequence[float]) -> Points:
    """Return the jury's opinion: the mean of its members' losses (N, K), weighted by skill."""
    weights = np.maximum(np.asarray(skills), 0.0) + DEMOCRACY
    opinion: Points = np.average(np.stack(foretold), axis=0, weights=weights)
    return opinion


def court(front: Points, foretold: Points, places: int) -> list[int]:
    """Choose the juveniles expected to extend the front most, one after the other."""
    return greedy_gain(front, foretold, places)


def court_by_early_efficiency(lives: Sequence[Life], places: int) -> list[int]:
    """Choose by early efficiency alone, as the source idea has it: rank, then area."""
    rank = ranks(early_losses(lives))
    order = sorted(
        range(len(lives)),
        key=lambda i: (rank[i], -early_area(lives[i]), lives[i].genome.id),
    )
    return order[:places]


COURTSHIPS = ("foretelling", "early-efficiency")


def draw_audit(rejected: Sequence[int], share: float, rng: random.Random) -> list[int]:
    """Draw a share of the rejected, stochastically rounded; each has exactly that chance."""
    wanted = share * len(rejected)
    count = int(wanted) + (rng.random() < wanted - int(wanted))
    return sorted(rng.sample(list(rejected), count))
