"""How open the gates of a network have been: a line each, over the tokens that it made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evo.text.gates import gate_words

COLUMNS = ("mean", "sd", "min", "max")


def activity_lines(activity: Mapping[str, Sequence[float]]) -> list[str]:
    """Return a table of open shares by gate; a sentence where there are no gates."""
    if not activity:
        return ["This network has no gates: all of it is active for each token."]
    tokens = len(next(iter(activity.values())))
    names = {gate: gate_words(gate) for gate in activity}
    width = max(map(len, (*names.values(), "all")))
    lines = [f"Open at {tokens:,} tokens", " " * width + "".join(f"{c:>9}" for c in COLUMNS)]
    for gate, shares in activity.items():
        lines.append(f"{names[gate]:<{width}}{_figures(shares)}")
    means = np.mean([list(shares) for shares in activity.values()], axis=0)
    return [*lines, f"{'all':<{width}}{_figures(means.tolist())}"]


def _figures(shares: Sequence[float]) -> str:
    found = np.mean(shares), np.std(shares), np.min(shares), np.max(shares)
    return "".join(f"{100 * value:>7.1f} %" for value in found)
