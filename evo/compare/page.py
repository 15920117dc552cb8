"""The page of a comparison: one HTML file with tables and figures, no script, works offline."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from html import escape

from evo.compare.comparison import Comparison, Pair
from evo.report.colours import dark_style, variable
from evo.text.amounts import MISSING, count, duration, short_count
from evo.text.figures import figure, label

STYLE = f"""
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
  color: {variable("#1b1b1b")}; background: {variable("#ffffff")}; overflow-wrap: anywhere }}
.scroll {{ overflow-x: auto }}
table {{ border-collapse: collapse; margin: 1rem 0; overflow-wrap: normal }}
th, td {{ padding: .25rem .8rem; text-align: right;
  border-bottom: 1px solid {variable("#e6e6e6")} }}
td {{ white-space: nowrap }}
th:first-child, td:first-child {{ text-align: left; padding-left: 0 }}
svg {{ max-width: 100%; height: auto }}
svg text {{ fill: {variable("#000000")} }}
.note {{ border-left: 4px solid {variable("#D55E00")}; padding-left: .8rem }}
"""


def group_cells(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """Return headings and one row of text a group: its medians, and quartiles of the volume."""
    main = comparison.main.name
    heads = ["group", "runs", "hypervolume", "quartiles", f"best {label(main)}"]
    rows = []
    for group in comparison.groups:
        low, middle, high = comparison.quartiles(group, "hypervolume")
        best = comparison.quartiles(group, "best")[1]
        rows.append([
            group.name,
            str(len(group.runs)),
            f"{middle:.4f}",
            f"{low:.4f}–{high:.4f}" if len(group.runs) > 1 else MISSING,
            figure(main, best),
            short_count(comparison.quartiles(group, "flops")[1]),
            duration(comparison.quartiles(group, "seconds")[1]),
        ])  # fmt: skip
    return [*heads, "FLOPs", "training"], rows


def pair_cells(pairs: Sequence[Pair]) -> tuple[list[str], list[list[str]]]:
    """Return headings and one row of text a pair of groups."""
    heads = ["pair", "difference", "A12", "p", "p (Holm)", "Cohen's d"]
    rows = [
        [
            f"{pair.ours} over {pair.theirs}",
            f"{pair.difference:+.4f}",
            f"{pair.a12:.2f}",
            _figure(pair.p, 2),
            _figure(pair.corrected, 2),
            MISSING if math.isnan(pair.d) else f"{pair.d:+.2f}",
        ]
        for pair in pairs
    ]
    return heads, rows


def page(comparison: Comparison, figures: Sequence[tuple[str, str]]) -> str:
    """Return the HTML; `figures` are SVG documents with what each shows."""
    names = " and ".join(group.name for group in comparison.groups)
    title = f"{names} after {count(comparison.epochs)} epochs"
    parts = [
        f"<h1>{escape(title)}</h1>",
        *(f'<p class="note">{escape(note)}</p>' for note in comparison.notes),
        "<h2>Groups</h2>",
        _table(*group_cells(comparison)),
        "<p>Medians over the runs of a group. The hypervolume is the share of the unit cube "
        "between ideal and reference point that the front dominates.</p>",
    ]
    if comparison.pairs:
        parts += [
            "<h2>Pairs, by hypervolume</h2>",
            _table(*pair_cells(comparison.pairs)),
            "<p>A12: the chance that a run of the first group ends above one of the second. p: "
            "Mann-Whitney, two-sided; beside it corrected for the number of pairs (Holm).</p>",
        ]
    for caption, svg in figures:
        parts += [f"<h2>{escape(caption)}</h2>", _inline(svg)]
    parts += ["<h2>Runs</h2>", _table(*_run_cells(comparison))]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{dark_style()}{STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _run_cells(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    heads = ["group", "run", "seed", "hypervolume", "front", "epochs", "FLOPs", "training"]
    rows = [
        [
            row.group,
            row.run,
            str(row.seed),
            f"{row.hypervolume:.4f}",
            count(row.front_size),
            f"{count(row.epochs)} of {count(row.epochs_in_all)}",
            short_count(row.flops),
            duration(row.seconds),
        ]
        for row in comparison.scores
    ]
    return heads, rows


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    titles = "".join(f"<th>{escape(head)}</th>" for head in heads)
    lines = ['<div class="scroll" tabindex="0">', "<table>", f"<tr>{titles}</tr>"]
    for row in rows:
        lines.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>")
    return "\n".join([*lines, "</table>", "</div>"])


def _inline(svg: str) -> str:
    """Return the element alone: a page has no XML head inside; its colours follow the ground."""
    alone = re.sub(r"^.*?(?=<svg)", "", svg, count=1, flags=re.DOTALL)
    return re.sub(r'style="[^"]*"', lambda style: _painted(style[0]), alone)


def _painted(style: str) -> str:
    return re.sub(r"#[0-9a-f]{6}\b", lambda colour: variable(colour[0]), style)


def _figure(value: float, digits: int = 4) -> str:
    return MISSING if math.isnan(value) else f"{value:.{digits}g}"
