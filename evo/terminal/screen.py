"""What people see of a run: a live view on a terminal, else one plain line a generation.

These views listen to `evo.running.session`. They only show; the store records.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from evo.breeding.run_skill import SkillSoFar
from evo.files.paths import shown
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.running.progress import Pace
from evo.settings.config import load_toml, main_objective
from evo.terminal.workers_view import fleet_view
from evo.text.amounts import MISSING, count, duration, percent, sparkline
from evo.text.figures import figure, label
from runners.events import FleetStatus

SKILL = "predictors' skill"
HISTORY = 24  # generations in the sparkline of the hypervolume


class Screen(Protocol):
    """A listener of a run that is opened and closed around it."""

    folder: Path | None

    def __enter__(self) -> Self: ...
    def __exit__(self, *exception: object) -> None: ...
    def started(self, folder: Path, text: str) -> None: ...
    def generation(self, summary: Mapping[str, Any]) -> None: ...
    def progress(self, done: int, total: int, stage: str) -> None: ...
    def note(self, text: str) -> None: ...


def make_screen(console: Console, *, quiet: bool, generations: int | None = None) -> Screen:
    """Choose the view: nothing, a live one on a terminal, else plain lines.

    `generations` is the total if it differs from the one in the run's config.
    """
    if quiet:
        return Silence()
    return LiveView(console, generations) if console.is_terminal else Lines(console, generations)


class Silence:
    """Shows nothing, but knows the folder."""

    folder: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def started(self, folder: Path, text: str) -> None:
        self.folder = folder

    def generation(self, summary: Mapping[str, Any]) -> None:
        pass

    def progress(self, done: int, total: int, stage: str) -> None:
        pass

    def note(self, text: str) -> None:
        pass


class Lines(Silence):
    """Prints one plain line a generation: for log files and pipes."""

    def __init__(self, console: Console, generations: int | None = None) -> None:
        self.console = console
        self.generations = generations
        self.pace = Pace(generations, time.monotonic())
        self.skill = SkillSoFar()
        self.main = ""  # the main objective, known from the start

    def started(self, folder: Path, text: str) -> None:
        super().started(folder, text)
        self.skill = _skill_before(folder)
        self.main = _main_of(folder)
        self.pace = _pace_of(folder, self.generations)
        self._print(f"run {shown(folder)}")
        if text:
            self._print(text)

    def generation(self, summary: Mapping[str, Any]) -> None:
        now = time.monotonic()
        self.pace.tell(summary, now)
        self.skill.tell(summary)
        self._print(line(summary, self.pace, now, self.skill.text(), self.main))

    def note(self, text: str) -> None:
        self._print(text)

    def _print(self, text: str) -> None:
        # No markup, no wrapping: a line stays a line, and brackets stay brackets.
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)


def line(summary: Mapping[str, Any], pace: Pace, now: float, skill: str, main: str) -> str:
    """Word the summary of a generation as one line.

    `skill` is that of the whole run, `main` the objective whose best value is told.
    """
    total = f"/{pace.generations}" if pace.generations else ""
    parts = [
        f"generation {pace.done}{total}",
        f"hypervolume {_hypervolume(summary)}",
        f"best {_best(summary, main)}",
        f"front {count(summary.get('front_size'))}",
        f"predictors' skill {skill}",
        f"epochs {count(summary.get('epochs_spent'))}, "
        f"saved {percent(summary.get('epochs_saved_share'), 0)}",
    ]
    failures = failures_text(summary)
    if failures:
        parts.append(failures)
    left = pace.seconds_left(now)
    if left is not None and left > 0:
        parts.append(f"{duration(left)} left")
    return "; ".join(parts)


def failures_text(summary: Mapping[str, Any]) -> str:
    """Word the failures of a generation, e.g. `2 diverged, 1 timed out`; empty if none."""
    failures: Mapping[str, int] = summary.get("failures") or {}
    return ", ".join(
        f"{number} {status.replace('_', ' ')}" for status, number in failures.items() if number
    )


class LiveView(Silence):
    """Keeps a small table at the foot of the terminal up to date."""

    def __init__(self, console: Console, generations: int | None = None) -> None:
        self.console = console
        self.generations = generations
        self.pace = Pace(generations, time.monotonic())
        self.summary: Mapping[str, Any] = {}
        self.skill = SkillSoFar()
        self.main = ""  # the main objective, known from the start
        self.history: list[float] = []
        self.stage: tuple[int, int, str] = (0, 0, "starting")
        self.look_at_fleet: Callable[[], FleetStatus] = FleetStatus
        self.live = Live(
            get_renderable=self._view, console=console, refresh_per_second=4, transient=True
        )

    def __enter__(self) -> Self:
        self.live.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self.live.__exit__(None, None, None)

    def started(self, folder: Path, text: str) -> None:
        super().started(folder, text)
        self.skill = _skill_before(folder)
        self.main = _main_of(folder)
        self.pace = _pace_of(folder, self.generations)
        self.console.print(Text.assemble("run ", (shown(folder), "bold")))
        self.note(text)

    def generation(self, summary: Mapping[str, Any]) -> None:
        self.pace.tell(summary, time.monotonic())
        self.skill.tell(summary)
        self.summary = summary
        self.history.append(float(summary.get("hypervolume") or 0.0))
        if failures := failures_text(summary):
            self.note(f"generation {self.pace.done}: {failures}")

    def progress(self, done: int, total: int, stage: str) -> None:
        self.stage = (done, total, stage)

    def note(self, text: str) -> None:
        if text:
            self.console.print(Text(text, style="dim"))

    def fleet_status(self, look: Callable[[], FleetStatus]) -> None:
        """Show what `look` returns of the workers whenever the view is drawn."""
        self.look_at_fleet = look

    def _view(self) -> Group:
        done, total, stage = self.stage
        bar = Table.grid(padding=(0, 1))
        bar.add_row(
            Text(stage, style="bold"),
            ProgressBar(total=max(total, 1), completed=done, width=28),
            f"{done}/{total}" if total else "",
        )
        skill = _labelled()
        skill.add_row(SKILL, self.skill.text())
        return Group(self._figures(), skill, bar, *fleet_view(self.look_at_fleet()))

    def _figures(self) -> Table:
        now = time.monotonic()
        summary = self.summary
        table = _labelled()
        table.add_column(style="dim", no_wrap=True)
        table.add_column(no_wrap=True)
        of = f" of {self.pace.generations}" if self.pace.generations else ""
        left = self.pace.seconds_left(now)
        table.add_row(
            "generation",
            f"{self.pace.done}{of}",
            "time",
            f"{duration(now - self.pace.started)}, {duration(left)} left",
        )
        table.add_row(
            "best",
            Text(_best(summary, self.main), style="bold"),
            "front",
            f"{count(summary.get('front_size'))} networks",
        )
        table.add_row(
            "hypervolume",
            f"{_hypervolume(summary)}  {sparkline(self.history[-HISTORY:])}",
            "epochs",
            f"{count(summary.get('epochs_spent'))}, "
            f"{percent(summary.get('epochs_saved_share'), 0)} saved",
        )
        return table


def _labelled() -> Table:
    """Return a table whose first column holds labels, as wide in all of them."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, min_width=len(SKILL))
    table.add_column(no_wrap=True)
    return table


def _hypervolume(summary: Mapping[str, Any]) -> str:
    value = summary.get("hypervolume")
    return MISSING if value is None else f"{value:.4f}"


def _best(summary: Mapping[str, Any], main: str) -> str:
    """Write the best value of the main objective: `accuracy 98.12 %`."""
    return f"{label(main)} {figure(main, summary.get('best_metric'))}"


def _main_of(folder: Path) -> str:
    return main_objective(load_toml(folder / "config.toml"))


def _pace_of(folder: Path, generations: int | None) -> Pace:
    return Pace.of(load_toml(folder / "config.toml"), time.monotonic(), generations)


def _skill_before(folder: Path) -> SkillSoFar:
    """Take up the generations before, of a run that goes on."""
    record = RunFolder(folder)
    if not record.database.is_file():
        return SkillSoFar()
    with Store.open(record.database, read_only=True) as store:
        return SkillSoFar(store.generations())
