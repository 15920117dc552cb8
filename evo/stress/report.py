"""A stress test: all its parts carried out, as tables by name, with notes on what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from evo.errors import BadInput
from evo.monitoring.monitor import Monitor
from evo.plots.drawing import save, save_table
from evo.plots.style import house_style
from evo.stress.attack_table import attack_table
from evo.stress.between_seeds import Trainings, between_seeds
from evo.stress.corrupted_answers import CorruptedAnswers
from evo.stress.figures import FIGURES
from evo.stress.foreign_inputs import made_up
from evo.stress.foreign_table import foreign_table
from evo.stress.stability import is_ranked
from evo.stress.stability_table import stability_table
from evo.stress.stress_data import StressData
from evo.stress.subjects import Subject
from fitness.stress.corruption import corruptions_for
from fitness.stress.input_facts import Array

NO_ATTACK = (
    "no attacks: columns of a table have units of their own, so no single distance bounds a "
    "change of all, and categories have no gradients"
)
NO_SCORES = "no scores of foreign inputs: only networks that tell classes apart have them"


@dataclass(frozen=True)
class Wishes:
    """What a user may choose: the seed of all that is drawn, epsilons in the input's units."""

    seed: int = 0
    epsilons: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for value in self.epsilons:
            if not (np.isfinite(value) and value > 0):
                raise BadInput(f"--epsilon: received {value:g}, expected numbers above 0")
        if self.seed < 0:
            raise BadInput(f"--seed: received {self.seed}, expected at least 0")


@dataclass(frozen=True)
class StressReport:
    """Tables by name: `corruptions`, `comparison`, `attacks`, `foreign_inputs`, `stability`,
    `between_seeds`.

    A table that there is not is left out, and `notes` say why. The first network is the export.
    """

    data: StressData
    subjects: tuple[Subject, ...]
    tables: Mapping[str, pd.DataFrame]
    notes: tuple[str, ...]

    def save(self, folder: Path, title: str) -> list[Path]:
        """Write each table as CSV, and draw those that have figures; return the files."""
        folder.mkdir(parents=True, exist_ok=True)
        written = [
            save_table(table, folder / f"{name}.csv") for name, table in self.tables.items()
        ]
        with house_style():
            for name, draw in FIGURES.items():
                if name in self.tables:
                    figure = draw(self.tables[name], self.data.metric, title)
                    written += save(figure, folder / name)
        return written


def stressed(
    subjects: Sequence[Subject],
    data: StressData,
    wishes: Wishes = Wishes(),
    *,
    foreign: Mapping[str, Array] | None = None,
    monitor: Monitor | None = None,
    trainings: Sequence[Trainings] = (),
) -> StressReport:
    """Put networks, an export first, under stress; `foreign` inputs (N, ...) go by their names.

    `monitor` is that of the export, `trainings` are of its network under other seeds. The same
    seed gives the same figures. Raises `BadInput` where the metric cannot be computed on these
    examples.
    """
    corruptions, notes = corruptions_for(data.facts)
    answers = CorruptedAnswers.of(subjects, data, corruptions, wishes.seed)
    if not np.isfinite(answers.levels(subjects[0].name)[0]):
        raise BadInput(
            f"{data.metric.label} cannot be computed on {len(data.split)} examples; give more "
            "--examples"
        )
    tables = {"corruptions": answers.table(), "comparison": answers.comparison()}
    if data.facts.kind == "rows":
        notes.append(NO_ATTACK)
    else:
        tables["attacks"] = attack_table(subjects, data, wishes.epsilons, wishes.seed)
    sets = {**made_up(data.x, data.facts, wishes.seed), **(foreign or {})}
    found = foreign_table(subjects, data, sets, monitor)
    if len(found):
        tables["foreign_inputs"] = found
    if not is_ranked(data.target):
        notes.append(NO_SCORES)
    tables["stability"] = stability_table(subjects, data, wishes.seed)
    if trainings:
        tables["between_seeds"] = between_seeds(trainings, subjects[0], data)
    return StressReport(data, tuple(subjects), tables, (*notes, *data.notes))
