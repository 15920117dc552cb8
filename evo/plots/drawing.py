"""Draws every figure of a run into its folder `figures/`, as PNG and as SVG."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from evo.plots import (
    apoptosis,
    calibration,
    front,
    front_advance,
    hypervolume,
    objectives,
    pruning,
    skill,
)
from evo.plots.data import RunData
from evo.plots.style import house_style

FIGURES: dict[str, Callable[[RunData], Figure | None]] = {
    "front": lambda data: front.draw(data) or objectives.draw(data),
    "front_advance": front_advance.draw,
    "hypervolume": hypervolume.draw,
    "skill": skill.draw,
    "calibration": calibration.draw,
    "pruning": pruning.draw,
    "apoptosis": apoptosis.draw,
}


def draw_figures(run: Path) -> list[Path]:
    """Draw what the record of a run allows; return the files, PNG before SVG."""
    from evo.plots.reading import read

    return save_figures(read(run), run / "figures")


def save_figures(data: RunData, folder: Path) -> list[Path]:
    """Draw and save all figures for which there are data."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with house_style():
        for name, draw in FIGURES.items():
            figure = draw(data)
            if figure is None:
                continue
            FigureCanvasAgg(figure)
            for ending in ("png", "svg"):
                path = folder / f"{name}.{ending}"
                # No date in the SVG: the same record gives the same file.
                metadata = {"Date": None} if ending == "svg" else None
                figure.savefig(path, bbox_inches="tight", pad_inches=0.15, metadata=metadata)
                written.append(path)
    return written
