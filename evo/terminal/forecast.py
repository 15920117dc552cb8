"""Prints what `evo run --dry-run` and `evo.forecast` found out: what a run would take."""

from __future__ import annotations

import io

from rich.console import Console
from rich.table import Table

from evo.record.data_facts import data_lines, written
from evo.running.dry_run import DryRun
from evo.running.forecast import Forecast
from evo.settings.config import RunConfig
from evo.terminal.printing import say
from evo.text.amounts import count, duration, percent, size

WIDTH = 100  # characters, where there is no terminal


def print_forecast(console: Console, dry: DryRun, config: RunConfig) -> None:
    """Print what a run is expected to take, and the share of partial trainings and audit."""
    found = dry.forecast
    table = Table(box=None)
    table.add_column("trainings")
    for heading in ("number", "of workers", "share"):
        table.add_column(heading, justify="right")
    whole = found.worker_seconds
    for name, number, seconds in (
        ("partly trained", found.juveniles, found.juvenile_seconds),
        ("partly trained, further", found.further, found.further_seconds),
        ("promoted, fully trained", found.adults, found.adult_seconds),
        ("audited, fully trained", found.audited, found.audit_seconds),
    ):
        if not number and name == "partly trained, further":  # there are two stages
            continue
        share = seconds / whole if whole else 0.0
        table.add_row(name, count(number), duration(seconds), percent(share, 0))
    for line in written(data_lines(dry.data)):
        say(console, line)
    say(
        console,
        f"\n{config.task}, {count(found.generations)} generations on {_workers(found)}, "
        "from a few founders that were trained here:",
    )
    console.print(table)
    low, middle, high = found.wall_seconds
    saved = 1 - found.epochs / found.epochs_in_full if found.epochs_in_full else 0.0
    for line in (
        f"wall time   {duration(middle)} (80 %: {duration(low)} to {duration(high)}), workers "
        f"{percent(found.busy_share, 0)} busy; evo's own work and the report come on top",
        f"workers     {duration(whole)} of training in all",
        f"epochs      {count(found.epochs)}; {count(found.epochs_in_full)} if all who are born "
        f"were trained in full ({percent(saved, 0)} saved)",
        f"disk        about {size(found.disk_bytes)}",
        f"memory      about {size(found.memory_bytes)} for the workers, evo itself apart",
    ):
        say(console, line)
    if config.max_minutes is not None and 60 * config.max_minutes < middle:
        reached = round(found.generations * 60 * config.max_minutes / middle)
        say(
            console,
            f"--max-minutes {config.max_minutes:g} ends it sooner, after about {count(reached)} "
            f"of {count(found.generations)} generations.",
        )
    if dry.overlapping is not None:
        sooner, busy = dry.overlapping.wall_seconds[1], dry.overlapping.busy_share
        say(
            console,
            f"With --overlap {dry.overlap} it would be {duration(sooner)}, workers "
            f"{percent(busy, 0)} busy; children are then made by what was known before.",
        )
    say(
        console, "Later generations hold other networks than the founders, more or less expensive."
    )


def forecast_text(dry: DryRun, config: RunConfig) -> str:
    """Return what `print_forecast` prints."""
    text = io.StringIO()
    print_forecast(Console(file=text, width=WIDTH), dry, config)
    return text.getvalue().rstrip()


def _workers(found: Forecast) -> str:
    return f"{found.workers} worker{'' if found.workers == 1 else 's'}"
