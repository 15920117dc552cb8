"""What the terminal shows of a search of a user's function in the place of tasks and networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from evo.errors import BadInput
from evo.files.paths import shown as shown_path
from evo.findings.choice import Row, by_merit
from evo.findings.front_table import FrontRows, axes_of_run
from evo.pareto.dominance import Axes
from evo.record.lookup import find_genome
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.settings.function_config import ONLY_BY_CALL, read_function_config, readable
from evo.settings.space_data import space_from_data
from evo.terminal.printing import say
from evo.text.amounts import count
from evo.text.figures import figure, heading, label
from fitness.stages import in_words
from genomes.genes.genome import Genome
from genomes.genes.number import shown
from genomes.genes.user_space import flat_parameters, thawed

ROWS = 16  # of the front are shown; pareto.csv has all


def function_settings(written: Mapping[str, Any]) -> list[str]:
    """Say what a search is asked, by the values of its config."""
    values, settings = readable(written), written["settings"]
    *early, full = settings["stages"]
    pins = {**values.get("pins", {}), **values.get("pins_json", {})}
    reason = values.get(ONLY_BY_CALL)
    return [
        f"function    {values['evaluate']}, seed {values['seed']}, strategy {values['strategy']}",
        *(f"{name:<12}{values[name]}" for name in ("costs", "feasible") if name in values),
        f"objectives  {'; '.join(_aim(n, each) for n, each in values['objectives'].items())}",
        f"population  {settings['population']} points (males), {settings['females']} predictors "
        f"(females); {settings['sons']} and {settings['daughters']} new ones a generation",
        f"epochs      {f'{in_words(early)} of a partial evaluation, ' if early else ''}"
        f"{full} of a full one{_budget(values)}",
        *_titled("space", [f"{name}: {gene}" for name, gene in values["space"].items()]),
        *_titled("pinned", _pairs(pins)),
        *_titled("operators", _pairs(values.get("operators", {}))),
        *_titled("go on", [f"by the same call only: {reason}"] if reason else []),
    ]


def print_points(console: Console, look: FrontRows, folder: RunFolder) -> None:
    """Print the front as a table of points, best first, saying which is best in what."""
    if not look.rows:
        say(console, "The front is empty: no point has been fully evaluated without failing.")
        return
    rows = sorted(look.rows, key=by_merit(look.metric))
    with Store.open(folder.database, read_only=True) as store:
        best = _best(axes_of_run(folder, store), rows)
        genomes = [find_genome(store, str(row["genome"])) for row in rows[:ROWS]]
    number = "1 point" if len(rows) == 1 else f"{count(len(rows))} points"
    table = Table(title=f"Front: {number}", title_justify="left", title_style="bold", box=None)
    for title in ("genome", *map(heading, look.objectives)):
        table.add_column(title, no_wrap=True, vertical="bottom", justify="right")
    for title in ("best", "parameters"):
        table.add_column(title, overflow="fold", vertical="bottom")
    for row, genome in zip(rows, genomes, strict=False):
        figures = [figure(name, row[name]) for name in look.objectives]
        words = ", ".join(f"{n} {_written(x)}" for n, x in _parameters(folder, genome).items())
        table.add_row(genome.id, *figures, ", ".join(best.get(genome.id, ())), words)
    console.print(table, markup=False)
    if len(rows) > ROWS:
        say(console, f"... {len(rows) - ROWS} more in {shown_path(folder.pareto)}")
    if look.beyond:
        say(console, f"Not listed: {look.beyond} worse than the reference in some objective.")


def point_lines(folder: RunFolder, genome: Genome) -> list[str]:
    """List the parameters of a point, one a line."""
    point = _parameters(folder, genome)
    return ["", "parameters", *(f"  {name:<20} {_written(x)}" for name, x in point.items())]


def _aim(name: str, given: Mapping[str, Any]) -> str:
    direction = "higher" if given["direction"] == "max" else "lower"
    scale = ", on a log scale" if given["scale"] == "log" else ""
    bounds = [f", {end} {given[end]:.6g}" for end in ("reference", "ideal") if end in given]
    return f"{label(name)} ({direction} is better{scale}{''.join(bounds)})"


def _budget(values: Mapping[str, Any]) -> str:
    budget = values.get("budget_epochs")
    return f"; {count(budget)} in all" if budget else ""


def _pairs(table: Mapping[str, Any]) -> list[str]:
    return [f"{name}={value}" for name, value in table.items()]


def _titled(title: str, lines: Sequence[str]) -> list[str]:
    """Put a title before the first of several lines."""
    return [f"{'' if row else title:<12}{line}" for row, line in enumerate(lines)]


def _best(axes: Axes, rows: Sequence[Row]) -> dict[str, list[str]]:
    """Return in which objectives which genome is the best of all rows."""
    found: dict[str, list[str]] = {}
    for name, losses in zip(axes.names, axes.signed(rows).T, strict=True):
        found.setdefault(str(rows[int(losses.argmin())]["genome"]), []).append(label(name))
    return found


def _parameters(folder: RunFolder, genome: Genome) -> dict[str, Any]:
    """Return the parameters of a point by dotted name, those of earlier configs by group."""
    point = genome.chromosomes["parameters"]
    try:
        space = space_from_data((read_function_config(folder.config) or {}).get("space"))
    except BadInput:
        return dict(point)
    return flat_parameters(thawed(space, point))


def _written(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else shown(value)
