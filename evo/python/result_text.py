"""A search's result in words and as HTML, as an interpreter and a notebook show it."""

from __future__ import annotations

import html
import io
import math
from collections import Counter
from typing import TYPE_CHECKING

from evo.text.amounts import count

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evo.python.result import Result

ROWS = 10  # of the front are shown
REASONS = {
    "budget": "the budget of epochs is spent",
    "generations": "all generations are done",
    "minutes": "the minutes are over",
    "exhausted": "nothing new was found any more",
    "all failed": "nothing succeeded",
}


def summary_lines(result: Result) -> list[str]:
    """Say what was done, why it ended and what came of it."""
    statuses = Counter(map(str, result.history["status"]))
    failures = [f"{n} {s.replace('_', ' ')}" for s, n in statuses.items() if s != "ok"]
    epochs = result.history["epochs_spent"].iloc[-1] if len(result.history) else 0
    failed = f" ({', '.join(failures)})" if failures else ""
    reference = [f"{n} {x:.6g}" for n, x in result.reference.items() if math.isfinite(x)]
    against = f" against {', '.join(reference)}" if reference else ""
    lines = [
        f"Result of {count(len(result.history))} calls{failed}, {count(epochs)} epochs; ended: "
        f"{REASONS.get(result.reason, result.reason)}",
        f"Hypervolume {result.hypervolume:.6g}{against}",
    ]
    return lines if result.folder is None else [*lines, f"Recorded in {result.folder}"]


def to_text(result: Result) -> str:
    """Return the summary and the head of the front."""
    lines = summary_lines(result)
    if result.front.empty:
        return "\n".join([*lines, "The front is empty"])
    table = result.front.head(ROWS).to_string(float_format=lambda x: f"{x:.6g}", line_width=100)
    return "\n".join([*lines, f"Front of {count(len(result.front))}:", table, *_more(result)])


def to_html(result: Result) -> str:
    """Return the summary, the head of the front and the figure."""
    lines = [html.escape(line) for line in summary_lines(result)]
    if result.front.empty:
        return "<br>".join([*lines, "The front is empty"])
    table = result.front.head(ROWS).to_html(float_format=lambda x: f"{x:.6g}", border=0)
    more = "".join(f"<p>{html.escape(line)}</p>" for line in _more(result))
    return f"<div><p>{'<br>'.join(lines)}</p>{table}{more}{to_svg(result.figure())}</div>"


def _more(result: Result) -> list[str]:
    left = len(result.front) - ROWS
    return [f"... {count(left)} more in result.front"] if left > 0 else []


def to_svg(figure: Figure) -> str:
    """Return a figure as a part of a page."""
    from evo.plots.style import WHOLE

    image = io.StringIO()
    figure.savefig(image, format="svg", metadata={"Date": None}, **WHOLE)
    text = image.getvalue()
    return text[text.index("<svg") :]
