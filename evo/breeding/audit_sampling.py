"""Who of the rejected is audited, and with what chance: a male weighs the inverse of his.

`equal`: each with the same chance. `early`: the more the fewer generations have been, while
little is known. `uncertain`: in proportion to how unsure the ensemble is of him, so that a truth
teaches more; weights keep all figures unbiased (Horvitz & Thompson 1952). `early-uncertain`: both.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from evo.pareto.dominance import Points

RULES = ("equal", "early", "uncertain", "early-uncertain")
EARLY = 10  # generations by which the chances come down to the share
LEAST = 0.25  # of the mean chance, for whom the ensemble is sure of


def mean_chance(rule: str, share: float, generation: int) -> float:
    """Return the mean chance of the rejected of a generation to be audited."""
    if not rule.startswith("early"):
        return share
    return min(1.0, share * max(1.0, EARLY / generation))


def audit_chances(rule: str, share: float, generation: int, deviations: Points) -> list[float]:
    """Return each one's chance to be audited, given the expected errors (N, K) of predictions."""
    share = mean_chance(rule, share, generation)
    if not rule.endswith("uncertain") or not len(deviations):
        return [share] * len(deviations)
    doubt = np.linalg.norm(deviations, axis=1)
    mean = doubt.mean()
    relative = LEAST + (1.0 - LEAST) * (doubt / mean if mean > 0.0 else np.ones(len(doubt)))
    return [float(chance) for chance in np.minimum(1.0, share * relative)]


def draw_audit(chances: Sequence[float], rng: random.Random) -> list[int]:
    """Draw places, each with exactly its chance; as many as the chances amount to, within one."""
    if len(set(chances)) <= 1:
        return _of_equals(len(chances), chances[0] if chances else 0.0, rng)
    order = list(range(len(chances)))
    rng.shuffle(order)
    ends = np.cumsum([chances[place] for place in order])  # systematic sampling (Madow 1949)
    marks = np.arange(rng.random(), ends[-1])
    return sorted({order[int(at)] for at in np.searchsorted(ends, marks, side="right")})


def _of_equals(count: int, share: float, rng: random.Random) -> list[int]:
    wanted = share * count
    whole = int(wanted) + (rng.random() < wanted - int(wanted))
    return sorted(rng.sample(range(count), whole))
