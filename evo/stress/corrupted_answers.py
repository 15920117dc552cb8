"""What networks answer on clean and corrupted inputs, what it is worth, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evo.export.evaluate import answered
from evo.pareto.statistics import NORMAL_95
from evo.stress.stress_data import StressData
from evo.stress.subjects import Subject
from fitness.stress.corruption import SEVERITIES, Corruption
from fitness.stress.input_facts import Array

CLEAN = "clean"
DRAWS = 100  # of the examples, with putting back
Cell = tuple[str, int]  # a corruption and its severity; of clean inputs that is 0


@dataclass(frozen=True)
class CorruptedAnswers:
    """What metrics take (N, numbers), by the network's name and by cell; all cells of each."""

    data: StressData
    corruptions: tuple[Corruption, ...]
    kept: Mapping[str, Mapping[Cell, Array]]

    @classmethod
    def of(
        cls,
        subjects: Sequence[Subject],
        data: StressData,
        corruptions: Sequence[Corruption],
        seed: int,
    ) -> CorruptedAnswers:
        """Give all networks the same inputs: clean ones, and each corruption in each severity."""
        kept: dict[str, dict[Cell, Array]] = {one.name: {} for one in subjects}
        cells: list[tuple[str, int, Corruption | None]] = [(CLEAN, 0, None)]
        cells += [(one.name, severity, one) for one in corruptions for severity in SEVERITIES]
        for name, severity, one in cells:
            x = one(data.x, data.facts, severity, seed) if one else data.x
            split = data.with_inputs(x)
            for subject in subjects:
                answers = answered(subject.network, data.target, split, subject.at_once)
                kept[subject.name][name, severity] = answers.kept
        return cls(data, tuple(corruptions), kept)

    def table(self) -> pd.DataFrame:
        """Return the metric of each network in each cell, and how strong the corruption was."""
        strengths = {one.name: one for one in self.corruptions}
        facts = self.data.facts
        return pd.DataFrame(
            {
                "network": network,
                "corruption": name,
                "severity": severity,
                "strength": one.strength(facts, severity) if one else 0.0,
                "strength_in": one.units[facts.kind] if one else "",
                self.data.metric.name: self.data.value(kept),
            }
            for network, cells in self.kept.items()
            for (name, severity), kept in cells.items()
            for one in [strengths.get(name)]
        )

    def comparison(self) -> pd.DataFrame:
        """Return what each network is worth on clean inputs and on average over corruptions.

        `difference` is how much more the first network loses to corruption than this one, in the
        metric's units: below zero it loses less. `low` to `high` is its 95 % interval, from
        examples that are drawn again for both networks alike (Efron 1979, the bootstrap).
        """
        rng, own = np.random.default_rng(0), next(iter(self.kept))
        draws = [
            rng.integers(len(self.data.split), size=len(self.data.split)) for _ in range(DRAWS)
        ]
        redrawn = {name: [self.levels(name, rows) for rows in draws] for name in self._compared()}
        here = {name: self.levels(name) for name in self.kept}
        found = []
        for name, (clean, corrupted) in here.items():
            difference = self.loss(*here[own]) - self.loss(clean, corrupted)
            pairs = zip(redrawn.get(own, ()), redrawn.get(name, ()), strict=True)
            drawn = [self.loss(*ours) - self.loss(*theirs) for ours, theirs in pairs]
            known = np.array([value for value in drawn if np.isfinite(value)])
            half = NORMAL_95 * known.std(ddof=1) if len(known) > DRAWS / 2 else np.nan
            found.append(
                {
                    "network": name,
                    CLEAN: clean,
                    "corrupted": corrupted,
                    "difference": difference,
                    "low": difference - half,
                    "high": difference + half,
                }
            )
        return pd.DataFrame(found)

    def _compared(self) -> list[str]:
        return list(self.kept) if len(self.kept) > 1 else []

    def levels(self, network: str, rows: Array | None = None) -> tuple[float, float]:
        """Return the metric on clean inputs, and its mean over corruptions and severities."""
        cells = self.kept[network]
        corrupted = [
            self.data.value(kept, rows) for (name, _), kept in cells.items() if name != CLEAN
        ]
        mean = float(np.mean(corrupted)) if corrupted else float("nan")
        return self.data.value(cells[CLEAN, 0], rows), mean

    def loss(self, clean: float, corrupted: float) -> float:
        """Return how much of the metric is lost, above zero where it gets worse."""
        return clean - corrupted if self.data.metric.rises else corrupted - clean


def means(table: pd.DataFrame, metric: str, by: str) -> pd.Series:
    """Return the mean over corrupted cells of a table, by one of its columns.

    NaN where any of them is: nothing is known of what could not be measured.
    """
    corrupted = table[table["corruption"] != CLEAN]
    return corrupted.groupby(by, sort=False)[metric].agg(lambda cells: cells.mean(skipna=False))
