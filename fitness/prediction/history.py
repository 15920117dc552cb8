"""The history: features of many males as matrices, built once and read by all predictors.

Columns have names and missing values are NaN; scaling and filling in are the reader's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fitness.prediction.features import Features, curve_summary, early_metrics, pedigree_names
from genomes.chromosomes.predictor import COST_TERMINALS, CURVE_TERMINALS, SHOWN
from genomes.genes.encoding import genes_shown

Array = npt.NDArray[np.float64]
FURTHER = ("cost.", SHOWN)  # columns that not every male has
GENOME = "genome."  # prefix of the columns that encode genes


@dataclass(frozen=True)
class FeatureSet:
    """Which groups of features are read; `epochs` of the curve, none if zero.

    Of these groups, features whose names are `ignored` are not read.
    """

    genome: bool
    costs: bool
    pedigree: bool
    epochs: int
    shown: bool = False
    ignored: frozenset[str] = frozenset()


class History:
    """Features of males, oldest first; matrices are cached by `FeatureSet`."""

    def __init__(
        self,
        feature_rows: Sequence[Features],
        outcomes: Sequence[str],
        encoded: Sequence[str] = (),
    ) -> None:
        """`encoded` names the columns of the genome; without names they are numbered."""
        self.feature_rows = tuple(feature_rows)
        self.outcomes = tuple(outcomes)
        widths = {len(features.features) for features in self.feature_rows}
        if len(widths) > 1:
            raise ValueError(
                f"received rows with {sorted(widths)} genome features; "
                "all of one history have to come from the same encoding"
            )
        self.encoded = tuple(encoded) or tuple(map(str, range(max(widths, default=0))))
        self._genome_names = tuple(GENOME + name for name in self.encoded)
        self._pedigree_names = pedigree_names(outcomes)
        costs = {name for d in self.feature_rows for name in d.costs} - set(COST_TERMINALS)
        self._further_costs = tuple(sorted(costs))  # those of a user's own `costs` function
        self._shown = tuple(sorted({name for d in self.feature_rows for name in d.shown}))
        self._blocks: dict[str, Array] = {}
        self._matrices: dict[FeatureSet, Array] = {}

    def __len__(self) -> int:
        return len(self.feature_rows)

    def names(self, feature_set: FeatureSet) -> tuple[str, ...]:
        """Name the columns of `matrix(feature_set)`."""
        names = self._all_names(feature_set)
        return tuple(n for n in names if not is_among(n, feature_set.ignored))

    def _all_names(self, feature_set: FeatureSet) -> tuple[str, ...]:
        """Name the columns of all groups that are read, ignored ones too."""
        names: tuple[str, ...] = self._genome_names if feature_set.genome else ()
        if feature_set.costs:
            names += COST_TERMINALS + tuple(f"cost.{name}" for name in self._further_costs)
        names += self._pedigree_names if feature_set.pedigree else ()
        names += CURVE_TERMINALS if feature_set.epochs else ()
        names += tuple(f"{SHOWN}{name}" for name in self._shown) if feature_set.shown else ()
        return names

    def matrix(self, feature_set: FeatureSet) -> Array:
        """Return the features read of every male, (N, D); the caller must not write into it."""
        if feature_set not in self._matrices:
            blocks = [self._genome()] if feature_set.genome else []
            blocks += [self.costs(), self._more_costs()] if feature_set.costs else []
            blocks += [self._pedigree()] if feature_set.pedigree else []
            blocks += [self.curve(feature_set.epochs)] if feature_set.epochs else []
            blocks += [self._features()] if feature_set.shown else []
            names = self._all_names(feature_set)
            matrix = np.hstack([np.empty((len(self), 0)), *blocks])
            assert matrix.shape == (len(self), len(names))
            kept = [not is_among(name, feature_set.ignored) for name in names]
            self._matrices[feature_set] = matrix if all(kept) else matrix[:, kept]
        return self._matrices[feature_set]

    def costs(self) -> Array:
        """Return the known costs, (N, len(COST_TERMINALS))."""
        if "costs" not in self._blocks:
            rows = [
                [d.costs.get(name, np.nan) for name in COST_TERMINALS] for d in self.feature_rows
            ]
            self._blocks["costs"] = _table(rows, len(COST_TERMINALS))
        return self._blocks["costs"]

    def curve(self, epochs: int) -> Array:
        """Return the summaries of the first `epochs` epochs, (N, len(CURVE_TERMINALS))."""
        key = f"curve.{epochs}"
        if key not in self._blocks:
            self._blocks[key] = curve_summary([d.curve for d in self.feature_rows], epochs)
        return self._blocks[key]

    def metrics(self, epochs: int) -> Array:
        """Return the metric of the first `epochs` epochs, (N, epochs), NaN without a curve."""
        key = f"metrics.{epochs}"
        if key not in self._blocks:
            self._blocks[key] = early_metrics([d.curve for d in self.feature_rows], epochs)
        return self._blocks[key]

    def _more_costs(self) -> Array:
        """Return what else a user's function knows before training, compressed; (N, D)."""
        names = self._further_costs
        rows = [[d.costs.get(name, np.nan) for name in names] for d in self.feature_rows]
        table = _table(rows, len(names))
        return np.sign(table) * np.log1p(np.abs(table))

    def _features(self) -> Array:
        rows = [[d.shown.get(name, np.nan) for name in self._shown] for d in self.feature_rows]
        return _table(rows, len(self._shown))

    def _genome(self) -> Array:
        if "genome" not in self._blocks:
            rows = [features.features for features in self.feature_rows]
            self._blocks["genome"] = _table(rows, len(self._genome_names))
        return self._blocks["genome"]

    def _pedigree(self) -> Array:
        if "pedigree" not in self._blocks:
            names = self._pedigree_names
            rows = [[d.pedigree.get(name, np.nan) for name in names] for d in self.feature_rows]
            self._blocks["pedigree"] = _table(rows, len(names))
        return self._blocks["pedigree"]


def is_among(column: str, features: frozenset[str]) -> bool:
    """Tell whether a column shows one of some features; those of the genome are genes."""
    return not features.isdisjoint(genes_shown(column.removeprefix(GENOME)))


def lined_up(here: tuple[str, ...], x: Array, wanted: tuple[str, ...]) -> Array:
    """Return the columns `wanted` of `x` (N, D), whose columns are `here`.

    Further costs and features, which not every male has, may be missing and are NaN then. Raises
    ValueError if other columns are missing.
    """
    if here == wanted:
        return x
    fixed = [[n for n in names if not n.startswith(FURTHER)] for names in (here, wanted)]
    if fixed[0] != fixed[1]:
        raise ValueError(
            "received features with other columns than those learnt from; "
            "encode both with the same Encoding and name the same outcomes"
        )
    known = {name: column for column, name in enumerate(here)}
    nothing = np.full(len(x), np.nan)
    return np.column_stack([x[:, known[n]] if n in known else nothing for n in wanted])


def _table(rows: Sequence[Sequence[float] | Array], width: int) -> Array:
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)
