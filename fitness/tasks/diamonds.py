"""Task `diamonds`: the logarithm of the price of 53,940 diamonds, by four Cs and sides.

The table of R's ggplot2 (Wickham 2016), which has the columns carat, cut, color, clarity, depth,
table, price, x, y, z: `diamonds.csv` in `--data-dir`. Exact duplicates, of which there are some,
stay in one split. Split as tables are, see `docs/tasks.md`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from fitness.data.options import DataOptions
from fitness.data.tables.files import naming
from fitness.data.tables.reading import read_csv
from fitness.data.tables.table_task import table_task
from fitness.data.task import SearchDefaults, Task

DESCRIPTION = "53,940 diamonds, 9 figures each: the logarithm of the price (--data-dir)"
FILE, PRICE, LEARNT = "diamonds.csv", "price", "log_price"


def load(data_dir: Path | None = None) -> Task:
    """Return the task; raises FileNotFoundError, with what to do, where the table is not there."""
    path = (data_dir or Path()) / FILE
    if not path.is_file():
        raise FileNotFoundError(
            f"the task diamonds needs {FILE} in --data-dir (looked for {path.absolute()}). In R "
            '(Debian: apt install r-cran-ggplot2): write.csv(ggplot2::diamonds, "diamonds.csv", '
            "row.names = FALSE)"
        )
    with naming(path):
        raw = read_csv(path)
        if PRICE not in raw.frame.columns:
            raise ValueError(f"has no column {PRICE!r}")
        if not (raw.frame[PRICE] > 0).all():
            raise ValueError(f"column {PRICE!r} has prices that are not above zero")
        raw.frame[LEARNT] = np.log(raw.frame.pop(PRICE).to_numpy(dtype=np.float64))
        defaults = SearchDefaults(family="mlp", stages=(4, 24), batch_sizes=(64, 128, 256))
        task = table_task(raw, "diamonds", FILE, DataOptions(target=(LEARNT,)), defaults)
    return replace(task, description=DESCRIPTION)
