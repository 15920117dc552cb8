"""Colours of the pages: those on a light ground, and by them those on a dark one.

Style sheets, scripts and inline SVG all look a colour up here, as the CSS variable `--x0072b2` of
`#0072B2`. On a light ground no variable is set and the colour itself holds.
"""

from __future__ import annotations

from collections.abc import Mapping

DARK: Mapping[str, str] = {
    # ground and text
    "#ffffff": "#14171a",
    "#f4f6f8": "#1f2429",
    "#fff3e6": "#3a2b1a",
    "#1b1b1b": "#e8e8e8",
    "#000000": "#e8e8e8",
    "#4f4f4f": "#b4b8bc",
    "#dcdcdc": "#3a4046",
    "#767676": "#8d9399",
    "#005a8f": "#6cbbe8",
    "#b34a00": "#f2a05c",
    # figures: grids, axes, the dominated
    "#e4e4e4": "#2c3238",
    "#e6e6e6": "#2c3238",
    "#b5b5b5": "#5b6268",
    "#a5a5a5": "#7b8187",
    "#8c8c8c": "#9aa0a6",
    "#6b6b6b": "#a3a9af",
    "#555555": "#a3a9af",
    # lines: the same hues, lighter
    "#0072b2": "#56b4e9",
    "#d55e00": "#ff8c42",
    "#009e73": "#2fc59a",
    "#8f5a8a": "#c99bc5",
    "#333333": "#d0d0d0",
    "#946200": "#dba63a",
    "#1f7fa8": "#84cdea",
    "#a03232": "#ef8b8b",
    "#9ecae1": "#35627d",
}


def variable(colour: str) -> str:
    """Return CSS for a colour that follows the ground; `colour` is like `#0072B2`."""
    return f"var(--x{colour[1:].lower()}, {colour})"


def dark_style() -> str:
    """Return the style that sets the variables where a reader prefers dark pages."""
    settings = " ".join(f"--x{light[1:]}: {dark};" for light, dark in DARK.items())
    return f"@media (prefers-color-scheme: dark) {{ :root {{ {settings} }} }}\n"
