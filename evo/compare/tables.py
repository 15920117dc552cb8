"""The tables that the figures of a comparison are drawn from, and that lie beside them as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from evo.compare.comparison import Comparison, attained, volumes
from evo.pareto.dominance import Axis, nondominated

FRONT, SURFACE = "front", "median surface"  # series of `front_table`


def volume_table(comparison: Comparison) -> pd.DataFrame:
    """Return epochs, quartiles and median of the hypervolume, and the group they are of."""
    return pd.concat([volumes(group).assign(group=group.name) for group in comparison.groups])


def front_table(comparison: Comparison) -> pd.DataFrame:
    """Return one row a point: of the fronts of all runs, and corners of the median surfaces.

    `value` is that of `objective`, `attained` that of the main one. Fronts are those in these two
    objectives alone; a surface belongs to a group, so `run` is empty.
    """
    columns = ["series", "group", "run", "objective", "value", "main", "attained"]
    parts = [
        pd.DataFrame(points, columns=["value", "attained"]).assign(
            series=series, group=group, run=run, objective=objective, main=comparison.main.name
        )
        for series, group, run, objective, points in _points(comparison)
    ]
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


Points = npt.NDArray[np.float64]


def _points(comparison: Comparison) -> Iterator[tuple[str, str, str, str, Points]]:
    """Yield series, group, run, the other objective and points (N, 2)."""
    main = comparison.main
    for group in comparison.groups:
        for other in group.runs[0].axes.axes:
            if other.name == main.name:
                continue
            axes = (other, main)
            for run in group.runs:
                points = run.points((other.name, main.name), comparison.epochs)
                yield FRONT, group.name, run.name, other.name, _front(points, axes)
            corners = attained(group, axes, comparison.epochs)
            yield SURFACE, group.name, "", other.name, corners


def _front(points: Points, axes: Sequence[Axis]) -> Points:
    """Return who is not dominated in these two objectives alone."""
    signs = np.array([-1.0 if axis.direction == "max" else 1.0 for axis in axes])
    return points[nondominated(points * signs)]
