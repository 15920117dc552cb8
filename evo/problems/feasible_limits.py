"""Refuses limits that no network can meet, before a run begins.

The streams of random numbers of the run are not touched.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, quantiles

from evo.errors import BadInput
from evo.problems.network_problem import NetworkProblem
from evo.strategy import Unviable
from evo.text.amounts import percent
from genomes.genes.genome import Genome

DRAWS = 200


def check_networks(problem: NetworkProblem) -> None:
    """Raise `BadInput`, with limits that would do, if no network drawn keeps to the run's."""
    rng, needed = random.Random("limits"), []
    for _ in range(DRAWS):
        genome = problem.space.sample("drawn", "male", rng)
        if _is_viable(problem.costs, genome):
            return
        needed.append(problem.measured(genome))
    raise BadInput(_refusal(problem.limits(), needed))


def _is_viable(costs: Callable[[Genome], Mapping[str, float]], genome: Genome) -> bool:
    try:
        costs(genome)
    except Unviable:
        return False
    return True


def _refusal(limits: Mapping[str, float], needed: Sequence[Mapping[str, float]]) -> str:
    """Say which limits are too low, by how much, and which would do for how many networks."""
    nearest = min(needed, key=lambda sizes: max(sizes[n] / limits[n] for n in limits))
    broken = [name for name, limit in limits.items() if nearest[name] > limit]
    asked = ", ".join(f"{name}={limits[name]:.3g}" for name in broken)
    takes = ", ".join(f"{nearest[name]:.3g} {name.removeprefix('max_')}" for name in broken)
    quartiles = {name: quantiles((sizes[name] for sizes in needed), n=4) for name in limits}
    tight = [name for name in limits if name in broken or quartiles[name][1] > limits[name]]
    would = {name: _rounded_up(quartiles[name][2]) for name in tight}
    keep = [all(s[name] <= limit for name, limit in would.items()) for s in needed]
    options = " ".join(f"--{n.replace('_', '-')} {limit:.2g}" for n, limit in would.items())
    return (
        f"no network keeps to {asked}: of {len(needed)} drawn for this input, the one that comes "
        f"nearest takes {takes}. With {options}, {percent(fmean(keep), 0)} of them would do. Or "
        "make the inputs smaller, or pin genes that make networks smaller."
    )


def _rounded_up(number: float) -> float:
    """Return a number of two digits that is not below this one."""
    unit = 10.0 ** (math.floor(math.log10(number)) - 1)
    return float(f"{math.ceil(number / unit) * unit:.2g}")
