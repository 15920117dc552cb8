"""What `evo.load` and `evo.run` return: the tables of a run, and its figures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from evo.errors import BadInput
from evo.files.paths import absolute
from evo.findings.choice import Demand, Role
from evo.findings.tables import RunTables, open_folder
from evo.plots.figures import drawable
from evo.plots.reading import read
from evo.plots.style import house_style
from evo.python.notebook import displayed
from evo.python.run_text import to_html, to_text
from evo.record.run_folder import RunFolder
from evo.settings.config import load_toml
from fitness.data.task import Task
from fitness.data.task_objects import name_of, remember
from genomes.genes.number import shown
from genomes.genes.registry import suggest

if TYPE_CHECKING:  # matplotlib is loaded by those who draw
    from matplotlib.figure import Figure


def load(run: str | Path, results: str | Path = "results", *, task: Task | None = None) -> Tables:
    """Open a run by name under `results`, or by path; raises `BadInput` if it cannot be read.

    `task` is the Task object of a run that was started with one: only then can its networks be
    drawn or exported in another process.
    """
    folder = open_folder(run, results)
    return Tables(folder, task_of_run(folder, task))


def task_of_run(folder: RunFolder, task: Task | None) -> Task | None:
    """Let a run find the Task object that it was started with; raises `BadInput` for another."""
    if task is None:
        return None
    if not isinstance(task, Task):
        raise BadInput(f"received task={shown(task)}, expected a fitness.data.task.Task")
    learnt = load_toml(folder.config).task
    if name_of(task) != learnt:
        raise BadInput(
            f"received a task {name_of(task)}, but {folder.path} learns {learnt}: give it the "
            "same data under the same name, or leave task= out"
        )
    remember(task)
    return task


class Tables(RunTables):
    """The tables of a run, with those that its figures draw.

    Printed it is a summary with the head of the front; a notebook adds a figure.
    """

    def __init__(self, folder: RunFolder, task: Task | None = None) -> None:
        super().__init__(folder)
        self.task = task  # held, so that it can be found by its name

    @cached_property
    def figures(self) -> dict[str, pd.DataFrame]:
        """What each figure of the run shows, by its name; those with nothing to show are missing.

        The same is in `figures/NAME.csv`, as of when the figure was drawn.
        """
        return {name: table for name, _, table in drawable(read(self))}

    def figure(self, name: str = "front") -> Figure:
        """Draw a figure by its name; raises `BadInput` if there is nothing to show of it."""
        data = read(self)
        found = {known: (drawing, table) for known, drawing, table in drawable(data)}
        if name not in found:
            raise BadInput(suggest("figure", name, found))
        drawing, table = found[name]
        with house_style():
            return displayed(drawing.draw(table, data.name))

    def export(
        self,
        genome: str | None = None,
        output: str | Path | None = None,
        *,
        choose: Role | None = None,
        formats: Sequence[str] = (),
    ) -> Path:
        """Export a network as plain PyTorch, as `evo export` does; return the folder.

        Without `genome` it is the one of the front that `choose` names, else the default;
        `formats` such as "onnx" are written besides the usual ones. Raises `BadInput` where there
        is no such network, its weights were not kept, a format needs packages that are not
        installed, or the folder is taken.
        """
        from evo.export.export_network import export_network  # and with it torch

        where = None if output is None else absolute(output)
        demand = Demand(role=choose)
        return export_network(self.folder, genome, demand, where, formats=formats).folder

    def __repr__(self) -> str:
        return to_text(self)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return to_html(self, self.figure("front") if "front" in self.figures else None)
