"""Colours of dark pages: text stands out, and every colour that a page uses has one."""

import re
from importlib.resources import files

from evo.report.colours import DARK, dark_style, variable

GROUND = "#14171a"
GROUNDS = {"#ffffff", "#f4f6f8", "#fff3e6"}  # of the light page
FAINT = {"#dcdcdc", "#e4e4e4", "#e6e6e6", "#b5b5b5", "#9ecae1"}  # grids, rules, the palest bars


def contrast(colour: str, ground: str = GROUND) -> float:
    """Return WCAG's contrast of two colours."""

    def luminance(text: str) -> float:
        shares = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [s / 12.92 if s <= 0.03928 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_what_is_drawn_stands_out_from_a_dark_ground() -> None:
    for light, dark in DARK.items():
        if light not in GROUNDS | FAINT:
            assert contrast(dark) >= 3.0, light  # WCAG for graphics
    assert max(contrast(DARK[ground]) for ground in GROUNDS) < 1.5


def test_every_colour_of_the_page_has_a_dark_one() -> None:
    parts = [part for part in files("evo.report").iterdir() if part.name.startswith("page")]
    parts += [files("evo.report") / name for name in ("figures.py", "stages.py", "predictors.py")]
    used = {
        c.lower() for part in parts for c in re.findall(r"#[0-9a-fA-F]{6}\b", part.read_text())
    }
    assert len(used) > 15
    assert used <= set(DARK)
    short = {
        part.name: re.findall(r"[\"' ]#[0-9a-f]{3}\b(?![0-9a-f])", part.read_text())
        for part in parts
    }
    assert not any(short.values()), short


def test_a_variable_falls_back_on_the_light_colour() -> None:
    assert variable("#0072B2") == "var(--x0072b2, #0072B2)"
    assert "--x0072b2: #56b4e9;" in dark_style()
