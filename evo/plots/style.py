"""The look of all figures: colours that the colour-blind tell apart, sizes that can be read.

Okabe and Ito, "Color universal design" (2008); viridis for ordered quantities.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from evo.pareto.outliers import in_view
from fitness.metric import Metric

BLUE, VERMILION, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#8c8c8c"
SETTINGS: Any = {  # names and values are matplotlib's
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 11,
    "axes.titlesize": 13,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "evo",  # the same data, the same file
    "savefig.dpi": 160,
}
WHOLE: Any = {"bbox_inches": "tight", "pad_inches": 0.15}  # for savefig: legends below are wide
# Shares that are best at 100 %, such as accuracy, are shown on a scale on which halving the errors
# is a step of about the same length; OFFSET keeps 100 % on it.
OFFSET = 0.005
TICKS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 1.0)


@contextmanager
def house_style() -> Iterator[None]:
    """Draw within: settings apply to figures made and saved inside."""
    with mpl.rc_context(SETTINGS):
        yield


def new_figure(width: float = 7.6, height: float = 4.8) -> tuple[Figure, Axes]:
    """Make a figure in inches, without pyplot: nothing global is left behind."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def metric_axis(
    axes: Axes, metric: Metric, values: Sequence[float], split: str = "validation"
) -> None:
    """Scale the vertical axis for values of a metric on a split, and name it.

    Shares that are best at 100 % are drawn by their errors; others on a linear scale, on which the
    values that are far worse than most are out of view.
    """
    if metric.shown == "percent" and metric.ideal == 1.0:
        _error_axis(axes, min(values), max(values))
    else:
        _linear_axis(axes, metric, in_view(values, metric.rises))
    axes.set_ylabel(axis_title(metric, split))


def axis_title(metric: Metric, split: str = "validation") -> str:
    """Name a metric on a split with its unit, and which way is better if that is down."""
    unit = "%" if metric.shown == "percent" else metric.unit
    notes = [*([] if unit == "share" else [unit]), *([] if metric.rises else ["lower is better"])]
    return f"{split} {metric.label}" + (f" ({', '.join(notes)})" if notes else "")


def _linear_axis(axes: Axes, metric: Metric, values: Sequence[float]) -> None:
    lowest, highest = min(values), max(values)
    margin = 0.08 * (highest - lowest) or 0.05 * abs(highest) or 0.05
    axes.set_ylim(lowest - margin, highest + margin)
    if metric.shown == "percent":
        axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.4g}"))


def _error_axis(axes: Axes, lowest: float, highest: float) -> None:
    """Scale for shares so that the good ones can be told apart."""
    axes.set_yscale("function", functions=(_stretch, _unstretch))
    bottom, top = _stretch(np.array([lowest, highest]))
    margin = max(0.08 * (top - bottom), 0.03)
    shown = _unstretch(np.array([bottom - margin, top + margin]))
    axes.set_ylim(max(0.0, float(shown[0])), min(1.0 + OFFSET / 3, float(shown[1])))
    axes.yaxis.set_major_locator(FixedLocator(_ticks(*axes.get_ylim())))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.4g}"))


def _stretch(share: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return -np.log(np.maximum(1.0 - share, -OFFSET / 2) + OFFSET)


def _unstretch(stretched: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return 1.0 + OFFSET - np.exp(-stretched)


def _ticks(low: float, high: float) -> list[float]:
    """Choose ticks in view that keep a fourteenth of the axis between them, from the top down."""
    bottom, top = _stretch(np.array([low, high]))
    chosen: list[float] = []
    for tick in sorted(TICKS, reverse=True):
        place = float(_stretch(np.array([tick]))[0])
        if not low <= tick <= high:
            continue
        last = float(_stretch(np.array([chosen[-1]]))[0]) if chosen else np.inf
        if last - place >= (top - bottom) / 14:
            chosen.append(tick)
    return chosen or [low, high]
