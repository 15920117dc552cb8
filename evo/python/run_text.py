"""A run in words and as HTML, as an interpreter and a notebook show it."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import pandas as pd

from evo.files.paths import shown
from evo.findings.front_table import axes_of_run
from evo.findings.tables import RunTables
from evo.python.result_text import ROWS, to_svg
from evo.record.store import Store
from evo.running.overview import overview
from evo.text.amounts import count

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MEASURED = ("test_", "remeasured_")  # beginnings of what was measured of an objective at the end


def summary_lines(run: RunTables) -> list[str]:
    """Say where a run lies, how far it is, and what came of it."""
    now = overview(run.folder)
    of = f" of {now.generations}" if now.generations else ""
    lines = [
        f"Run {shown(run.folder.path)} of {now.task}: {now.state}, generation "
        f"{now.generations_done}{of}"
    ]
    if len(run.generations):
        last = run.generations.iloc[-1]
        spent = f"{count(last['epochs_spent'])} epochs" if "epochs_spent" in last else ""
        lines.append(", ".join(filter(None, (f"Hypervolume {last['hypervolume']:.6g}", spent))))
    return lines


def to_text(run: RunTables) -> str:
    """Return the summary and the head of the front."""
    lines = summary_lines(run)
    if run.front.empty:
        return "\n".join([*lines, "The front is empty"])
    table = _head(run).to_string(float_format=lambda x: f"{x:.6g}", line_width=100, index=False)
    return "\n".join([*lines, f"Front of {count(len(run.front))}:", table, *_more(run)])


def to_html(run: RunTables, figure: Figure | None) -> str:
    """Return the summary, the head of the front and a figure."""
    lines = [html.escape(line) for line in summary_lines(run)]
    if run.front.empty:
        return "<br>".join([*lines, "The front is empty"])
    table = _head(run).to_html(float_format=lambda x: f"{x:.6g}", border=0, index=False)
    more = "".join(f"<p>{html.escape(line)}</p>" for line in _more(run))
    picture = "" if figure is None else to_svg(figure)
    return f"<div><p>{'<br>'.join(lines)}</p>{table}{more}{picture}</div>"


def _head(run: RunTables) -> pd.DataFrame:
    """Return the first of the front, the best of the main objective first.

    Shown are the metric of learning curves, which need not be an objective, and the objectives.
    """
    with Store.open(run.folder.database, read_only=True) as store:
        axes = axes_of_run(run.folder, store)
    front, main = run.front, axes.main
    names = list(dict.fromkeys((axes.curve_metric.name, *axes.names)))
    measured = [f"{start}{name}" for start in MEASURED for name in names]
    columns = [name for name in ("genome", *names, *measured) if name in front]
    ordered = front.sort_values(main.name, ascending=main.direction == "min", kind="stable")
    return ordered[columns].head(ROWS)


def _more(run: RunTables) -> list[str]:
    left = len(run.front) - ROWS
    return [f"... {count(left)} more in .front"] if left > 0 else []
