"""How open each gate was at each token that was made: layers downwards, positions to the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from evo.errors import BadInput
from evo.files.paths import shown
from evo.plots.drawing import save, save_table
from evo.plots.style import house_style
from evo.text.gates import gate_words, seen

NAMED = 64  # tokens up to which each is written below its column
NARROW, WIDE = 6.0, 16.0  # inches
COLUMN, ROW = 0.16, 0.32
ENDINGS = (".png", ".svg", ".csv")
TITLE = "Open share of each gate, by token"


def reserve(path: Path) -> None:
    """Raise `BadInput` unless the figure can be written under this name, which has no ending."""
    if path.suffix in ENDINGS:
        raise BadInput(f"--heat-map: received {shown(path)}, expected a name without an ending")
    if not path.parent.is_dir():
        raise BadInput(f"--heat-map: there is no folder {shown(path.parent)}")
    for ending in ENDINGS:
        if (file := path.with_name(f"{path.name}{ending}")).exists():
            raise BadInput(f"--heat-map: {shown(file)} exists already; choose another name")


def table(activity: Mapping[str, Sequence[float]], tokens: Sequence[bytes]) -> pd.DataFrame:
    """Return a row a token and gate: `position`, `token`, `gate`, `open_share`."""
    texts = [token.decode(errors="replace") for token in tokens]
    rows = [
        {"position": place, "token": texts[place], "gate": gate, "open_share": share}
        for gate, shares in activity.items()
        for place, share in enumerate(shares)
    ]
    return pd.DataFrame(rows, columns=["position", "token", "gate", "open_share"])


def draw(found: pd.DataFrame) -> Figure:
    """Draw the table; a colour a share, tokens named if they are few."""
    shares = found.pivot(index="gate", columns="position", values="open_share")
    shares = shares.loc[found["gate"].unique()]
    gates, positions = shares.shape
    width = min(WIDE, max(NARROW, 2.0 + COLUMN * positions))
    figure = Figure(figsize=(width, 1.6 + ROW * gates), layout="constrained")
    axes = figure.subplots()
    axes.grid(visible=False)
    image = axes.imshow(shares, aspect="auto", cmap="viridis", vmin=0.0, vmax=1.0)
    axes.set_yticks(range(gates), [gate_words(gate) for gate in shares.index])
    if positions <= NAMED:
        tokens = found.drop_duplicates("position").sort_values("position")["token"]
        words = [seen(token) for token in tokens]
        turned = 90 if max(map(len, words)) > 1 else 0
        axes.set_xticks(range(positions), words, fontsize=8, rotation=turned)
    axes.set_xlabel("token made")
    axes.set_title(TITLE)
    figure.colorbar(image, ax=axes, format=PercentFormatter(1.0, symbol=" %"), pad=0.01)
    return figure


def write(
    activity: Mapping[str, Sequence[float]], tokens: Sequence[bytes], path: Path
) -> list[Path]:
    """Write PNG, SVG and, as CSV, what they show; `path` has no ending."""
    found = table(activity, tokens)
    with house_style(), mpl.rc_context({"text.parse_math": False}):  # tokens are no formulas
        written = save(draw(found), path)
    return [*written, save_table(found, path.with_name(f"{path.name}.csv"))]
