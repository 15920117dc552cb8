"""What is printed when a run ends: why, the front, figures, next commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from evo.files.paths import run_argument, shown
from evo.findings.front_table import front_and_roles
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.running.followers import publish
from evo.terminal.front_table import print_baselines, print_front
from evo.terminal.printing import say
from evo.text.amounts import count
from evo.text.figures import figure, label

if TYPE_CHECKING:  # the engine is loaded by the commands that run it
    from evo.running.session import Ending

FURTHER = {  # how a run that ended for this reason is taken further
    **dict.fromkeys(("generations", "already finished"), " --generations TOTAL"),
    **dict.fromkeys(("budget", "already spent"), " --budget-epochs TOTAL"),
    "minutes": "",
}
REASONS = {
    "generations": "All generations are done.",
    "budget": "The budget of epochs is spent; `evo resume {run} --budget-epochs TOTAL` goes on.",
    "minutes": "The time limit is reached; `evo resume {run}` goes on.",
    "exhausted": "Nothing new was found for many generations: the search space is exhausted.",
    "already spent": "This run has spent its budget of epochs; nothing was left to do. "
    "`evo resume {run} --budget-epochs TOTAL` goes on.",
    "already exhausted": "This run found nothing new for many generations; its space is "
    "exhausted. A wider one is a new run.",
    "already finished": "This run is finished; nothing was left to do. "
    "`evo resume {run} --generations TOTAL` goes on.",
}


def print_ending(console: Console, outcome: Ending, *, no_figures: bool = False) -> None:
    """Print what came of a run, after drawing its figures and writing its report if wanted."""
    folder = outcome.folder
    name = run_argument(folder)
    say(console, "\n" + REASONS.get(outcome.reason, outcome.reason).format(run=name))
    look = front_and_roles(RunFolder(folder))
    front, parts = look.rows, look.roles
    print_front(console, look, folder)
    print_baselines(console, front, folder)
    print_forecast_and_truth(console, folder)
    if not no_figures:
        print_figures(console, folder)
        print_report(console, folder)
    for text in publish(folder):
        say(console, text)
    say(console, "\nNext:")
    say(console, f"  evo show {name}              the run at a glance")
    if front:
        say(console, f"  evo show {name} {parts['default']['genome']}     one network, drawn")
        say(console, f"  evo export {name}            the default network as a PyTorch model")
    if no_figures:
        say(console, f"  evo plot {name}              its figures")
        say(console, f"  evo report {name}            one page to look at and click through")
    if (option := FURTHER.get(outcome.reason)) is not None:
        say(console, f"  evo resume {name}{option}")


def one_line(outcome: Ending) -> str:
    """Say in one line where a run lies and what came of it."""
    look = front_and_roles(RunFolder(outcome.folder))
    parts = [shown(outcome.folder), outcome.reason, f"{count(len(look.rows))} on the front"]
    if row := look.roles.get("default"):
        name = look.metric.name
        parts.append(f"default {row['genome']} with {label(name)} {figure(name, row[name])}")
    return ", ".join(parts)


def print_forecast_and_truth(console: Console, folder: Path) -> None:
    """Print the forecast of the first generation, and what the run took."""
    from evo.running.forecasting import compared

    with Store.open(RunFolder(folder).database, read_only=True) as store:
        found = compared(store)
    if found is not None:
        say(console, found.text())


def print_figures(console: Console, folder: Path) -> None:
    """Draw the figures of a run and print where they are."""
    from evo.plots import draw_figures

    figures = [path for path in draw_figures(folder) if path.suffix == ".png"]
    if not figures:
        say(console, "No figures yet: nothing was trained to the end.")
        return
    say(console, "\nFigures (beside them as .svg, and as .csv what they show):")
    for path in figures:
        say(console, f"  {shown(path)}")


def print_report(console: Console, folder: Path) -> None:
    """Write the report of a run and print where it is, or that it could not be written."""
    from evo.report import write_report_if_possible

    path = write_report_if_possible(RunFolder(folder))
    failed = f"The report could not be written; {shown(RunFolder(folder).log)} says why."
    say(console, failed if path is None else f"\nReport: {shown(path)}")
