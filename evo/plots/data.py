"""What the figures need of a run's record, as plain tables."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from evo.findings.baselines import Baseline


@dataclass(frozen=True)
class RunData:
    """A run as the figures see it.

    `adults`: one row a network trained to the end, with `genome`, `generation`, the objectives,
    `on_front` (non-dominated under the run's objectives) and `ratio_front` (in accuracy and active
    ratio alone, whatever the run's objectives). `generations`: one row a generation, the keys of
    its summary. `exported`: genomes that were exported. `objectives`: names of those of a user's
    function, empty for networks.
    `curves`: one row an epoch of a network trained to the end, with what mechanisms left.
    `baselines`: what the task gives without a search, the trivial one first.
    """

    name: str
    adults: pd.DataFrame
    generations: pd.DataFrame
    exported: tuple[str, ...] = ()
    objectives: tuple[str, ...] = ()
    curves: pd.DataFrame = field(default_factory=pd.DataFrame)
    baselines: tuple[Baseline, ...] = ()

    def front(self) -> pd.DataFrame:
        """Return the adults on the front."""
        return self.adults[self.adults["on_front"]]

    def dominated(self) -> pd.DataFrame:
        """Return the other adults."""
        return self.adults[~self.adults["on_front"]]

    def ratio_front_at(self, generation: int) -> pd.DataFrame:
        """Return the front of accuracy and ratio among adults up to a generation, by ratio."""
        so_far = self.adults[self.adults["generation"] <= generation]
        return so_far[ratio_front(so_far)].sort_values("active_ratio")


def ratio_front(adults: pd.DataFrame) -> pd.Series[bool]:
    """Mark who is non-dominated in accuracy (high) and active ratio (low), both alone."""
    ordered = adults.sort_values(["active_ratio", "accuracy"], ascending=[True, False])
    best_before = ordered["accuracy"].cummax().shift(fill_value=float("-inf"))
    return (ordered["accuracy"] > best_before).reindex(adults.index)
