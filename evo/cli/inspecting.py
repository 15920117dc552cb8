"""`evo runs`, `show`, `plot`, `tasks`, `strategies`: show what is there, change nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from evo.cli.arguments import RESULTS, RunArgument, at_once


def runs(
    results: Annotated[
        Path, typer.Option(help="The folder to look in.", callback=at_once)
    ] = RESULTS,
) -> None:
    """List the runs and what they reached."""
    from rich.console import Console
    from rich.table import Table

    from evo.files.paths import shown
    from evo.record.disk_use import disk_use
    from evo.record.runs import list_runs
    from evo.running.overview import overview
    from evo.text.amounts import MISSING, count, size
    from evo.text.figures import figure, heading

    folders = list_runs(results)
    if not folders:
        typer.echo(f"No runs in {shown(results)}/ yet; `evo run` starts one.")
        return
    found = [(folder, overview(folder)) for folder in folders]
    mains = list({seen.main for _, seen in found if seen.main})
    one = heading(mains[0]) if len(mains) == 1 else ""  # objective of all: it heads its column
    table = Table(box=None)
    for title in HEADINGS:
        side: Literal["left", "right"] = "left" if title in LEFT else "right"
        folds = title in ("name", "task")  # at a width that leaves room for the others
        table.add_column(
            f"best\n{one}" if one and title == "best" else title,
            no_wrap=not folds,
            overflow="fold",
            justify=side,
            max_width=LONGEST if folds else None,
        )
    for folder, seen in found:
        best = figure(seen.main, seen.best_metric)
        table.add_row(
            folder.name,
            seen.task,
            f"{seen.generations_done} of {seen.generations or MISSING}",
            seen.state,
            MISSING if seen.hypervolume is None else f"{seen.hypervolume:.4f}",
            best if one or not seen.main else f"{best}\n{heading(seen.main)}",
            count(seen.front_size),
            size(sum(disk_use(folder).values())),
        )
    Console().print(table)


HEADINGS = ("name", "task", "generations", "state", "hypervolume", "best", "front", "disk")
LONGEST = 24  # characters of a name or task in a line
LEFT = {"name", "task", "state"}


def show(
    run: RunArgument,
    genome: Annotated[
        str | None, typer.Argument(metavar="GENOME", help="One individual of the run.")
    ] = None,
    events: Annotated[
        bool, typer.Option("--events", help="All that was noted: failures, workers, retries.")
    ] = False,
) -> None:
    """Show a run or a search, or one individual of it.

    A network (male) is drawn; of a point of your own space, its parameters are listed; of a
    predictor (female), its inputs.
    """
    from rich.console import Console

    from evo.findings.front_table import front_and_roles
    from evo.record.runs import find_run
    from evo.settings.function_config import read_function_config
    from evo.terminal.front_table import print_baselines, print_front
    from evo.terminal.function_lines import print_points
    from evo.terminal.portraits import portrait
    from evo.terminal.printing import say
    from evo.terminal.summary import event_lines, summary_lines

    folder, console = find_run(run, RESULTS), Console()
    if genome is not None:
        say(console, portrait(folder, genome))
        return
    if events:
        say(console, "\n".join(event_lines(folder)))
        return
    say(console, "\n".join(summary_lines(folder)))
    look = front_and_roles(folder)
    if read_function_config(folder.config) is not None:
        print_points(console, look, folder)
        return
    print_front(console, look, folder.path)
    print_baselines(console, look.rows, folder.path)


def plot(run: RunArgument) -> None:
    """Draw the figures of a run again."""
    from rich.console import Console

    from evo.cli.ending import print_figures
    from evo.findings.front_table import renew_front_file
    from evo.record.runs import find_run

    folder = find_run(run, RESULTS)
    renew_front_file(folder)
    print_figures(Console(), folder.path)


def tasks() -> None:
    """List what can be learnt; loads no data."""
    from rich.console import Console
    from rich.table import Table

    from fitness.data.loader import LOADERS, loader
    from fitness.data.task_names import TASKS

    table = Table(box=None)
    table.add_column("task", no_wrap=True)
    table.add_column("what it is")
    for name in TASKS.names():
        table.add_row(name, TASKS.load(name).DESCRIPTION)
    for name in LOADERS.names():
        table.add_row(loader(name).EXAMPLE, loader(name).DESCRIPTION)
    table.add_row("package.module:make_task", "Your own Python function that returns a Task.")
    Console().print(table)


def strategies(
    plugin: Annotated[
        list[str] | None,
        typer.Option(metavar="MODULE", help="Import this module first; repeatable."),
    ] = None,
) -> None:
    """List strategies, and the operators of each that can be exchanged."""
    from rich.console import Console
    from rich.table import Table

    from evo.breeding.operators import KINDS
    from evo.settings.operators import exchangeable
    from evo.strategy import STRATEGIES
    from fitness.plugins import import_plugins

    import_plugins(plugin or ())
    table, kinds = Table(box=None), Table(box=None)
    table.add_column("strategy", no_wrap=True)
    table.add_column("operators")
    used: set[str] = set()
    for name in STRATEGIES.names():
        operators = exchangeable(name)
        used.update(operators)
        table.add_row(name, ", ".join(operators))
    for heading in ("operator", "what it does", "called with"):
        kinds.add_column(heading, no_wrap=heading == "operator")
    for name, kind in KINDS.items():
        if name in used:
            kinds.add_row(name, kind.purpose, f"({', '.join(kind.takes)})")
    console = Console()
    console.print(table, "", kinds, sep="\n")
    console.print("\nExchange one: evo run --operator survive=deap.tools:selSPEA2")
