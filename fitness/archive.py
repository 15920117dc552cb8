"""An archive: many dossiers as matrices, built once and read by all females.

Columns have names and missing values are NaN; scaling and filling in are the reader's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fitness.dossier import Dossier, curve_summary, early_metrics, pedigree_names
from genomes.predictor import COST_TERMINALS, CURVE_TERMINALS

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Watch:
    """Which parts of a dossier are looked at; `epochs` of the curve, none if zero."""

    genome: bool
    costs: bool
    pedigree: bool
    epochs: int


class Archive:
    """Dossiers in the order they were learnt of (oldest first); matrices are cached by `Watch`."""

    def __init__(self, dossiers: Sequence[Dossier], outcomes: Sequence[str]) -> None:
        self.dossiers = tuple(dossiers)
        self.outcomes = tuple(outcomes)
        widths = {len(dossier.features) for dossier in self.dossiers}
        if len(widths) > 1:
            raise ValueError(
                f"received dossiers with {sorted(widths)} genome features; "
                "all of one archive have to come from the same encoding"
            )
        self._genome_names = tuple(f"genome.{i}" for i in range(max(widths, default=0)))
        self._pedigree_names = pedigree_names(outcomes)
        self._blocks: dict[str, Array] = {}
        self._matrices: dict[Watch, Array] = {}

    def __len__(self) -> int:
        return len(self.dossiers)

    def names(self, watch: Watch) -> tuple[str, ...]:
        """Name the columns of `matrix(watch)`."""
        names: tuple[str, ...] = self._genome_names if watch.genome else ()
        names += COST_TERMINALS if watch.costs else ()
        names += self._pedigree_names if watch.pedigree else ()
        return names + (CURVE_TERMINALS if watch.epochs else ())

    def matrix(self, watch: Watch) -> Array:
        """Return what is watched of every dossier, (N, D); the caller must not write into it."""
        if watch not in self._matrices:
            blocks = [self._genome()] if watch.genome else []
            blocks += [self.costs()] if watch.costs else []
            blocks += [self._pedigree()] if watch.pedigree else []
            blocks += [self.curve(watch.epochs)] if watch.epochs else []
            width = len(self.names(watch))
            self._matrices[watch] = np.hstack([np.empty((len(self), 0)), *blocks])
            assert self._matrices[watch].shape == (len(self), width)
        return self._matrices[watch]

    def costs(self) -> Array:
        """Return the known costs, (N, len(COST_TERMINALS))."""
        if "costs" not in self._blocks:
            rows = [[d.costs.get(name, np.nan) for name in COST_TERMINALS] for d in self.dossiers]
            self._blocks["costs"] = _table(rows, len(COST_TERMINALS))
        return self._blocks["costs"]

    def curve(self, epochs: int) -> Array:
        """Return the summaries of the first `epochs` epochs, (N, len(CURVE_TERMINALS))."""
        key = f"curve.{epochs}"
        if key not in self._blocks:
            self._blocks[key] = curve_summary([d.curve for d in self.dossiers], epochs)
        return self._blocks[key]

    def metrics(self, epochs: int) -> Array:
        """Return the metric of the first `epochs` epochs, (N, epochs), NaN without a curve."""
        key = f"metrics.{epochs}"
        if key not in self._blocks:
            self._blocks[key] = early_metrics([d.curve for d in self.dossiers], epochs)
        return self._blocks[key]

    def _genome(self) -> Array:
        if "genome" not in self._blocks:
            rows = [dossier.features for dossier in self.dossiers]
            self._blocks["genome"] = _table(rows, len(self._genome_names))
        return self._blocks["genome"]

    def _pedigree(self) -> Array:
        if "pedigree" not in self._blocks:
            names = self._pedigree_names
            rows = [[d.pedigree.get(name, np.nan) for name in names] for d in self.dossiers]
            self._blocks["pedigree"] = _table(rows, len(names))
        return self._blocks["pedigree"]


def _table(rows: Sequence[Sequence[float] | Array], width: int) -> Array:
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)
