"""Figures of a run, drawn from its record alone: PNG for slides, SVG for print, CSV of both.

Each figure is one file with `table(data)` and `draw(table, name)`; see `evo.plots.figures`.
"""

from evo.plots.drawing import draw_figures

__all__ = ["draw_figures"]
