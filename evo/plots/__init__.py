"""Figures of a run, drawn from its record alone: PNG for a slide, SVG for print.

Each figure is one file with a function `draw(data) -> Figure | None` (None: nothing to show yet).
"""

from evo.plots.drawing import draw_figures

__all__ = ["draw_figures"]
