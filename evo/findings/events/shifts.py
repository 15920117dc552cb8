"""Shifts: where a run's results begin to differ from what was predicted, and with which genes.

The place is found by ruptures (binary segmentation, least squares; Truong et al. 2020,
https://doi.org/10.1016/j.sigpro.2019.107299) in the errors of the ensemble, in the run's order. It
counts if shuffled errors rarely part so well. What the predictors expect, such as that later
networks are better, is no shift.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from evo.findings.events.unexpected import Result
from evo.pareto.statistics import holm

RATE = 0.02  # of runs without a shift in which one is seen
SHUFFLES = 199
LEARNING = 10  # first results, which come before the predictors have learnt
SHORTEST = 10  # results between two shifts
FEWEST = LEARNING + 2 * SHORTEST  # results in which shifts are looked for
BESIDE = 40  # networks before and after a shift whose genes are compared
GENES = 3  # that are named
Errors = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shift:
    """The first generation after a shift, the mean error before and after, the chance of it.

    `genes` are those whose values differ most between the networks before and after, with their
    chance by Holm.
    """

    generation: int
    before: float
    after: float
    p: float
    genes: tuple[tuple[str, float], ...] = ()


def shifts(found: Sequence[Result], rate: float = RATE, seed: int = 0) -> list[Shift]:
    """Return the shifts in a run's results, in its order; raises ImportError without ruptures."""
    found = found[LEARNING:]
    errors = np.array([result.actual - result.predicted for result in found])
    rng = np.random.default_rng(seed)
    places = sorted(_places(errors, 0, rate, rng))
    ends = [0, *(place for place, _ in places), len(errors)]
    means = [float(errors[a:b].mean()) for a, b in pairwise(ends)] if len(errors) else []
    return [
        Shift(found[place].generation, means[k], means[k + 1], p)
        for k, (place, p) in enumerate(places)
    ]


def _places(
    errors: Errors, offset: int, rate: float, rng: np.random.Generator
) -> Iterator[tuple[int, float]]:
    """Yield the places of shifts with their chance; parts are looked through in their turn."""
    if len(errors) < 2 * SHORTEST:
        return
    place, gain = _parted(errors)
    shuffled = [_parted(rng.permutation(errors))[1] for _ in range(SHUFFLES)]
    p = (1 + sum(other >= gain for other in shuffled)) / (SHUFFLES + 1)
    if p > rate:
        return
    yield offset + place, p
    yield from _places(errors[:place], offset, rate, rng)
    yield from _places(errors[place:], offset + place, rate, rng)


def _parted(errors: Errors) -> tuple[int, float]:
    """Return where errors part best into two, and by how much the squares about means fall."""
    from ruptures import Binseg  # type: ignore[import-untyped]

    search = Binseg(model="l2", min_size=SHORTEST, jump=1).fit(errors)
    ends = search.predict(n_bkps=1)
    return ends[0], float(search.cost.error(0, len(errors)) - search.cost.sum_of_costs(ends))


def coinciding(
    shift: Shift, genes: pd.DataFrame, born: pd.Series
) -> tuple[tuple[str, float], ...]:
    """Return the genes of males that differ most between before a shift and after.

    `genes` has a row a male by name, `born` the generation of each. Numbers are compared by
    Kolmogorov and Smirnov's test, all else by chi-squared.
    """
    before = genes.loc[born.index[born < shift.generation][-BESIDE:]]
    after = genes.loc[born.index[born >= shift.generation][:BESIDE]]
    chances = {
        str(gene): p for gene in genes if (p := _chance(before[gene], after[gene])) is not None
    }
    corrected = dict(zip(chances, holm(list(chances.values())), strict=True))
    least = sorted(corrected, key=lambda gene: corrected[gene])[:GENES]
    return tuple((gene, corrected[gene]) for gene in least if corrected[gene] < 0.05)


def _chance(before: pd.Series, after: pd.Series) -> float | None:
    """Return the chance that values differ so much; None where there is nothing to compare."""
    from scipy.stats import chi2_contingency, ks_2samp

    if min(len(before), len(after)) < SHORTEST:
        return None
    both = pd.concat([before, after])
    if pd.api.types.is_numeric_dtype(both) and not pd.api.types.is_bool_dtype(both):
        ends = before.dropna(), after.dropna()
        if min(map(len, ends)) < SHORTEST or both.nunique() < 2:
            return None
        return float(ks_2samp(*ends).pvalue)
    texts = both.astype(str)
    if texts.nunique() < 2:
        return None
    sides = np.repeat([0, 1], [len(before), len(after)])
    return float(chi2_contingency(pd.crosstab(texts.to_numpy(), sides)).pvalue)
