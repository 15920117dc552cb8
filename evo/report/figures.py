"""Plotly figures of a run over time, as plain dictionaries; the page styles them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evo.report.front import kind, title
from evo.report.source import Source

BLUE, VERMILION, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#6b6b6b"  # Okabe and Ito (2008)
# Colours and dashes together tell eight lines apart, also for the colour-blind and in grey.
COLOURS = (BLUE, VERMILION, GREEN, "#8F5A8A", "#333333", "#946200", "#1F7FA8", "#A03232")
DASHES = ("solid", "dash", "dot", "dashdot")


def figure(
    heading: str,
    traces: Sequence[Mapping[str, Any]],
    across: str,
    up: str,
    note: str = "",
    **layout: Any,
) -> dict[str, Any]:
    """Put a figure together: what the page writes above it, plotly's data and layout.

    `heading` and `note` are shown as they are; what goes into plotly has to be escaped.
    """
    axes: dict[str, Any] = {"xaxis": {"title": {"text": across}}, "yaxis": {"title": {"text": up}}}
    for name, settings in layout.items():
        axes[name] = {**axes.get(name, {}), **settings} if isinstance(settings, dict) else settings
    return {"title": heading, "note": note, "data": list(traces), "layout": axes}


def line(x: Sequence[Any], y: Sequence[Any], name: str, number: int = 0) -> dict[str, Any]:
    """Return one line; `number` chooses colour and dash. Names are escaped."""
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(x),
        "y": list(y),
        "name": plain_text(name),
        "line": {
            "color": COLOURS[number % len(COLOURS)],
            "dash": DASHES[(number // 2) % len(DASHES)],
            "width": 2,
        },
        "marker": {"size": 5},
    }


def plain_text(text: str) -> str:
    """Escape text for plotly, which reads a little HTML in labels (bold, links)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def progress(source: Source) -> list[dict[str, Any]]:
    """Draw hypervolume and the best of the main objective against the epochs spent."""
    epochs, volume = source.series("epochs_spent"), source.series("hypervolume")
    if not epochs:
        return []
    generations = source.series("generation")
    hover = "generation %{customdata}<br>%{x:,.0f} epochs<br>%{y:.4f}<extra></extra>"
    more = {"customdata": generations, "hovertemplate": hover}
    volumes = {**line(epochs, volume, "hypervolume"), **more}
    volumes["line"] = {**volumes["line"], "shape": "hv"}
    found = [
        figure(
            "Hypervolume against epochs spent",
            [volumes],
            "epochs of training spent",
            "hypervolume",
            "The share of the space between reference point and ideal that the front dominates; "
            "it never falls.",
            yaxis={"rangemode": "nonnegative"},
        )
    ]
    best = {**line(epochs, source.series("best_metric"), source.main, 1), **more}
    best["line"] = {**best["line"], "shape": "hv", "dash": "solid"}
    name = title(source.main)
    across, up = "epochs of training spent", plain_text(name)
    return [*found, figure(f"Best {name} so far", [best], across, up, yaxis=_steps(source))]


def _steps(source: Source) -> dict[str, Any]:
    """Give the best values an axis with room, also where they never changed."""
    known = [float(value) for value in source.series("best_metric") if value is not None]
    if not known:
        return {}
    low, high = min(known), max(known)
    margin = 0.1 * (high - low) or 0.01 * abs(high) or 0.01
    if kind(source.main) != "share":
        return {"range": [low - margin, high + margin]}
    return {"range": [low - margin, min(high + margin, 1.002)], "tickformat": ".3~%"}


def costs(source: Source) -> list[dict[str, Any]]:
    """Draw who was trained a generation, and what evo itself took beside the training."""
    if not source.summaries:
        return []
    generations = source.series("generation")
    found = []
    counted = [
        _bar(generations, source.series(name), label, colour)
        for name, label, colour in (
            ("juveniles", "partly trained", "#9ecae1"),
            ("adults", "fully trained", BLUE),
            ("audited", "of them audited", VERMILION),
        )
        if any(value is not None for value in source.series(name))
    ]
    if counted:
        found.append(
            figure(
                "Trained in each generation", counted, "generation", "networks", barmode="group"
            )
        )
    spent = [value or 0.0 for value in source.series("training_seconds")]
    each = [now - before for now, before in zip(spent, [0.0, *spent], strict=False)]
    lines = [
        line(generations, each, "training", 0),
        line(generations, source.series("engine_seconds"), "evo itself", 1),
    ]
    up = {"rangemode": "tozero"}
    found.append(figure("Seconds of each generation", lines, "generation", "seconds", yaxis=up))
    return found


def _bar(x: Sequence[Any], y: Sequence[Any], name: str, colour: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "x": list(x),
        "y": list(y),
        "name": name,
        "marker": {"color": colour},
    }
