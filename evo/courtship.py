"""Who displays, who votes, who grows up, who is audited: the decisions females take.

Pure functions over losses, skills and random numbers; the strategy brings the predictions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from evo.pareto import Points, gains, nondominated, ranks
from evo.strategy import Life
from genomes.registry import suggest

CAUTION = 0.5  # share of the jury's usual error within which its foretelling is drawn
DEMOCRACY = 0.05  # added to every juror's skill, so that unproven juries vote with equal weights


def early_area(life: Life) -> float:
    """Return the mean of the metric over the juvenile epochs (area under the learning curve)."""
    curve = life.juvenile.curve if life.juvenile else ()
    return float(np.mean([epoch.metric for epoch in curve])) if curve else 0.0


def early_losses(lives: Sequence[Life], sign: float = 1.0) -> Points:
    """Return early efficiency's two losses (N, 2): one minus the area, log training FLOPs.

    Both are scaled to the given males, so that `ranks` sees only their order. `sign` is -1 where
    the metric of the curve is better the smaller it is.
    """
    area = np.array([sign * early_area(life) for life in lives])
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


def display_by_early_efficiency(lives: Sequence[Life], sign: float = 1.0) -> list[float]:
    """Weigh a male by one over one plus his non-dominated rank in early efficiency."""
    return [1.0 / (1.0 + rank) for rank in ranks(early_losses(lives, sign))]


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


def court_in_turn(front: Points, opinions: Sequence[Points], places: int) -> list[int]:
    """Let several judges in turn give a place to whom they expect to extend the front most.

    `opinions` holds the losses (N, K) that each judge foretells. Where judges disagree nobody
    knows better, and each gets to try: ensemble sampling (Lu & Van Roy 2017,
    https://arxiv.org/abs/1705.07347).
    """
    current = front[nondominated(front)] if len(front) else front
    left = list(range(len(opinions[0])))
    chosen: list[int] = []
    while left and len(chosen) < places:
        foretold = opinions[len(chosen) % len(opinions)]
        best = _most_gain(current, foretold[left], foretold, left)
        chosen.append(best)
        left.remove(best)
        current = np.vstack([current, foretold[best][None]])
    return chosen


def court(
    front: Points,
    foretold: Points,
    places: int,
    spread: npt.NDArray[np.float64],
    rng: random.Random,
) -> list[int]:
    """Choose who is expected to extend the front most, one after the other, by Thompson sampling.

    For every place the foretold losses (N, K) are drawn anew within half the jury's usual error,
    and whoever would add most hypervolume to the front and those chosen before takes it. So a
    prediction is believed as far as predictions have been right, and the choice spreads along the
    front by itself. `spread` (K,) is the error of the logarithm of a loss: a predictor that errs
    by ten points among poor networks does not do so among good ones. docs/decisions.md compares
    this with other rules.
    """
    noise = np.random.default_rng(rng.getrandbits(64))
    current = front[nondominated(front)] if len(front) else front
    deviation = CAUTION * spread
    left = list(range(len(foretold)))
    chosen: list[int] = []
    while left and len(chosen) < places:
        drawn = foretold[left] * np.exp(noise.normal(size=(len(left), len(spread))) * deviation)
        best = _most_gain(current, drawn, foretold, left)
        chosen.append(best)
        left.remove(best)
        current = np.vstack([current, foretold[best][None]])
    return chosen


def _most_gain(current: Points, drawn: Points, foretold: Points, left: Sequence[int]) -> int:
    """Return the row of `left` whose drawn losses add most hypervolume, else the best overall."""
    added = gains(current, drawn)
    if added.max() > 0.0:
        return left[int(np.argmax(added))]
    return left[int(np.argmin(foretold[left].sum(axis=1)))]


def court_by_early_efficiency(lives: Sequence[Life], places: int, sign: float = 1.0) -> list[int]:
    """Choose by early efficiency alone, as the source idea has it: rank, then area."""
    rank = ranks(early_losses(lives, sign))
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
