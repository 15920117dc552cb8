"""A sweep on a terminal: how far it is, then its table and what it says."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from evo.files.paths import shown
from evo.running.from_scratch import SPLITS
from evo.sweeps.networks import UNPRUNED
from evo.sweeps.session import Outcome
from evo.sweeps.statistics import Look
from evo.sweeps.trainings import Training
from evo.sweeps.verdict import LEVEL
from evo.terminal.printing import say
from evo.text.amounts import MISSING, count, percent
from evo.text.figures import figure, form, label
from fitness.metric import Metric

NOTE = f"(* beyond noise: p < {LEVEL:g}, corrected)"
SECONDS = 30.0  # between lines where there is no terminal


class SweepView:
    """Shows how many trainings are done: a bar on a terminal, elsewhere a line now and then."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self._console, self._quiet = console, quiet
        self._bar: Progress | None = None
        self._done = self._total = 0
        self._said = 0.0
        self.folder: Path | None = None

    def started(self, folder: Path, said: str, done: int, total: int) -> None:
        """Begin to show."""
        self.folder, self._done, self._total = folder, done, total
        if self._quiet:
            return
        before = f", {done} of them trained before" if done else ""
        say(self._console, f"{said} {total} trainings in {shown(folder)}/{before}.")
        self._said = time.monotonic()
        if self._console.is_terminal:
            columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
            self._bar = Progress(TextColumn("trainings"), *columns, console=self._console)
            self._bar.start()
            self._bar.add_task("", completed=done, total=total)

    def trained(self, row: Training) -> None:
        """Show one more."""
        self._done += 1
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0])
        elif not self._quiet and time.monotonic() - self._said > SECONDS:
            self._said = time.monotonic()
            say(self._console, f"{self._done} of {self._total} trainings")

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()


@contextmanager
def sweep_view(console: Console, *, quiet: bool) -> Iterator[SweepView]:
    """Show a sweep inside."""
    view = SweepView(console, quiet=quiet)
    try:
        yield view
    finally:
        view.close()


def print_outcome(console: Console, outcome: Outcome) -> None:
    """Print the table of a sweep, the verdict, and where everything lies."""
    metric, sweep = outcome.metric, outcome.sweep
    genes = outcome.genome.chromosomes["pruning"]
    unit = sweep.granularity or genes["granularity"]
    console.print()
    say(
        console,
        f"{outcome.genome.id} on {sweep.training.task}, {sweep.epochs} epochs, {sweep.grid.seeds} "
        f"seeds; {unit}s pruned by {genes['criterion']}, from {percent(genes['start'], 0)} to "
        f"{percent(genes['end'], 0)} of the training. Means over seeds.",
    )
    console.print(_table(outcome, metric))
    for line in outcome.verdict:
        say(console, line)
    say(console, f"\nTables, figures and config: {shown(outcome.folder)}/")


def _table(outcome: Outcome, metric: Metric) -> Table:
    """Make the table: of each split the metric, and what pruning adds to it."""
    points = ", in points" if form(metric.name) == "percent" else ""
    title = f"{label(metric.name)}, and its difference to the unpruned network{points} {NOTE}"
    table = Table(title=title, title_justify="left", title_style="", box=None, pad_edge=False)
    for heading in ("curve", "sparsity", "active", "pruned"):
        table.add_column(heading, justify="left" if heading == "curve" else "right", no_wrap=True)
    for split in SPLITS:
        table.add_column(split, justify="right", no_wrap=True)
        table.add_column("differs", justify="right", no_wrap=True)
    for point in outcome.points:
        cells = [cell for split in SPLITS for cell in _cells(point.looks[split], metric)]
        failed = f" ({point.failed} failed)" if point.failed else ""
        table.add_row(
            point.curve + failed,
            f"{point.sparsity:g}",
            count(point.active_parameters),
            percent(1.0 - point.active_ratio),
            *(cells if point.curve != UNPRUNED else [cells[0], "", cells[2], ""]),
        )
    return table


def _cells(look: Look, metric: Metric) -> tuple[str, str]:
    value, gained = figure(metric.name, look.metric.mean), look.difference.mean
    if math.isnan(gained):
        return value, MISSING
    text = f"{100 * gained:+.2f}" if form(metric.name) == "percent" else f"{gained:+.2g}"
    return value, text + ("*" if look.corrected < LEVEL else " ")
