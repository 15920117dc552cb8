"""`evo.sweep`: the pruning curve of one network, called from Python."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack

import pandas as pd
from rich.console import Console

from evo.engine.stopping import stoppable
from evo.errors import BadInput
from evo.python.asking import in_terms_of_arguments, named_task
from evo.python.result_text import to_svg
from evo.python.search_progress import Wanted
from evo.settings.function_references import refuse_import
from evo.settings.run_arguments import DataArguments, PathText, PinValue, config_of
from evo.sweeps.figures import FIGURES
from evo.sweeps.grid import DEFAULT_CURVES, DEFAULT_SEEDS, DEFAULT_SPARSITY, Grid
from evo.sweeps.plan import SETTINGS, Sweep
from evo.sweeps.request import asked
from evo.sweeps.session import Outcome, carry_out_sweep
from evo.sweeps.tables import point_table, training_table
from evo.terminal.sweep_view import sweep_view
from fitness.data.task import Task
from fitness.metric import Metric
from fitness.training.numerics import MemoryFormat, Precision
from genomes.genes.registry import suggest

if TYPE_CHECKING:  # matplotlib is loaded by those who draw
    from matplotlib.figure import Figure

NAMED = ("genome", "epochs", "granularity", "textbook")
OPTIONS = {  # of `evo sweep`, and the arguments that mean them
    "curve": "curves", "sparsity": "sparsity", "seeds": "seeds", **{name: name for name in NAMED}
}  # fmt: skip


class SweepArguments(DataArguments, total=False):
    """What else a sweep can be asked: settings of `evo.run` on which a training depends."""

    genome: str | None
    textbook: int | None
    epochs: int | None
    granularity: Literal["weight", "channel"] | None
    family: str | None
    pins: Mapping[str, PinValue]
    mechanisms: Sequence[str] | None
    batch_sizes: Sequence[int] | None
    metric: str | None
    seed: int
    device: Literal["auto", "cpu", "cuda"]
    precision: Precision | None
    memory_format: MemoryFormat | None
    plugins: Sequence[str]
    loss: str | None
    task_fingerprint: str | None
    runner: Literal["ray", "serial"]
    workers: int | None
    address: str | None
    cpus_per_worker: float
    gpus_per_worker: float | Literal["auto"]
    job_timeout: float | Literal["auto"]
    ship: bool
    data_dir: PathText | None
    results: PathText
    name: str | None


@dataclass(frozen=True, repr=False, eq=False)
class PruningCurve:
    """What `evo.sweep` returns.

    `trainings` has one row a training, `points` one a curve and sparsity: means over seeds,
    intervals, and differences to the unpruned network, which comes first. `verdict` says it in
    sentences. `metric` is what was measured, `folder` where all of it lies.
    """

    folder: Path
    metric: Metric
    trainings: pd.DataFrame
    points: pd.DataFrame
    verdict: tuple[str, ...]

    @classmethod
    def of(cls, outcome: Outcome) -> PruningCurve:
        """Make tables of a finished sweep."""
        points = point_table(outcome.points, outcome.metric)
        trainings = training_table(outcome.trainings)
        return cls(outcome.folder, outcome.metric, trainings, points, outcome.verdict)

    def figure(self, name: str = "pruning_curve") -> Figure:
        """Draw `pruning_curve` or `difference`; raises `BadInput` for another name."""
        from evo.plots.style import house_style

        if name not in FIGURES:
            raise BadInput(suggest("figure", name, FIGURES))
        with house_style():
            return FIGURES[name](self.points, self.metric, self.folder.name)

    def __repr__(self) -> str:
        return "\n".join([f"Sweep {self.folder}", *self.verdict])

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return f"<div><pre>{html.escape(repr(self))}</pre>{to_svg(self.figure())}</div>"


@stoppable()
def sweep(
    task: str | Task | None = None,
    *,
    sparsity: str | Sequence[float] = DEFAULT_SPARSITY,
    curves: Sequence[str] = DEFAULT_CURVES,
    seeds: int = DEFAULT_SEEDS,
    progress: Wanted = "auto",
    **asked_for: Unpack[SweepArguments],
) -> PruningCurve:
    """Train one network at many sparsities, and return its pruning curve, as `evo sweep` does.

    `task` is a name or a `Task`; None is the genome's, else digits. `sparsity` are numbers from 0
    to below 1, or text as 0:0.9:0.1. `genome=` is RUN/ID, a network of a run, or the genome.json
    of a sweep; else the `textbook=` network of the family is taken, with `pins=`. The rest are
    options of `evo sweep` by name, and further settings of `evo.run` on which a training depends.

    The same call goes on where it was interrupted; with the same `name=` the grid may grow.
    Ctrl-C, SIGINT and SIGTERM raise `evo.Interrupted`; `NothingSucceeded` is raised if every
    training failed, and `BadInput`, a ValueError, for what does not fit: nothing is written then.
    """
    refuse_import("evo.sweep")
    if progress not in ("auto", True, False):
        raise BadInput(f"received progress={progress!r}, expected 'auto', True or False")
    console = Console()
    shows = console.is_terminal or console.is_jupyter if progress == "auto" else bool(progress)
    with (
        sweep_view(console, quiet=not shows) as view,
        in_terms_of_arguments(lambda: view.folder is not None, OPTIONS),
    ):
        named, held = named_task(task)  # held, so that it can be found by its name
        grid = Grid.of(sparsity, curves, seeds)
        outcome = carry_out_sweep(_wanted({**named, **asked_for}, grid), view)
    del held
    return PruningCurve.of(outcome)


def _wanted(arguments: Mapping[str, Any], grid: Grid) -> Sweep:
    """Return the sweep that arguments mean; raises `BadInput`."""
    for name in arguments:
        if name not in (*SETTINGS, *NAMED):
            raise BadInput(suggest("argument", name, [*SETTINGS, *OPTIONS.values()]))
    named = {name: arguments[name] for name in NAMED if name in arguments}
    settings = {name: value for name, value in arguments.items() if name not in NAMED}
    checked = config_of(settings)
    given = {name: getattr(checked, name) for name, value in settings.items() if value is not None}
    return asked(given, grid, **named)
