"""Which share of answers is another after the least of changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evo.stress.stability import changed, hardly_changed
from evo.stress.stress_data import StressData
from evo.stress.subjects import Subject


def stability_table(subjects: Sequence[Subject], data: StressData, seed: int) -> pd.DataFrame:
    """Return the share `differing` of each network under each change, a mean of so many `times`.

    Such as a shift to all four sides.
    """
    differs: dict[tuple[str, str], list[float]] = {}
    before = {one.name: one.outputs(data.x) for one in subjects}
    for name, x in hardly_changed(data.x, data.facts, seed):
        for one in subjects:
            others = changed(before[one.name], one.outputs(x), data.target)
            differs.setdefault((one.name, name), []).append(float(others.mean()))
    return pd.DataFrame(
        {"network": network, "change": name, "times": len(shares), "differing": np.mean(shares)}
        for (network, name), shares in differs.items()
    )
