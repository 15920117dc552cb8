"""Values: predicted against true ones, and how the errors are spread."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from evo.evaluation.output_names import output_names
from evo.export.by_group import Answers
from evo.plots.style import BLUE, GREY
from fitness.target import Target

POINTS = 2000  # that are drawn of each value
COLUMNS = 3  # panels beside each other


def tables(answers: Answers, target: Target) -> dict[str, pd.DataFrame]:
    """Return `residuals`, all examples, and `per_value`, the spread of errors of each value."""
    y = answers.split.y.reshape(len(answers.kept), -1)
    errors = answers.kept - y
    names = output_names(answers, target)
    residuals = {
        "example": np.repeat(np.arange(len(y)), len(names)),
        "value": np.tile(names, len(y)),
        "true": y.ravel(),
        "predicted": answers.kept.ravel(),
    }
    size = np.abs(errors)
    per_value = {
        "value": names,
        "mean_error": errors.mean(axis=0),
        "median_size": np.median(size, axis=0),
        "size_90": np.quantile(size, 0.9, axis=0),
        "largest": size.max(axis=0),
    }
    return {"residuals": pd.DataFrame(residuals), "per_value": pd.DataFrame(per_value)}


def words(found: Mapping[str, pd.DataFrame]) -> str:
    """Say how large errors are."""
    parts = [
        f"{row.value}: half of the errors are below {row.median_size:.4g}, nine tenths below "
        f"{row.size_90:.4g}; the mean is {row.mean_error:+.3g}"
        for row in found["per_value"].head(COLUMNS).itertuples()
    ]
    return "\n".join(parts)


def draw_residuals(table: pd.DataFrame, title: str) -> Figure:
    """Draw residuals over predicted values, a panel for each of the first values."""
    names = list(dict.fromkeys(table["value"]))[:COLUMNS]
    figure = Figure(figsize=(max(6.0, 3.8 * len(names)), 4.4), layout="constrained")
    panels = figure.subplots(1, len(names), squeeze=False)[0]
    for axes, name in zip(panels, names, strict=True):
        part = table[table["value"] == name]
        if len(part) > POINTS:
            part = part.sample(POINTS, random_state=0)
        axes.axhline(0.0, color=GREY, linewidth=1)
        residual = part["predicted"] - part["true"]
        axes.plot(part["predicted"], residual, ".", color=BLUE, alpha=0.4, markersize=4)
        axes.set_xlabel(f"predicted {name}")
    panels[0].set_ylabel("predicted minus true")
    panels[0].set_title(title)
    return figure


FIGURES = {"residuals": draw_residuals}
