"""Task `covertype`: which of seven kinds of trees cover 581,012 places in Colorado.

Blackard & Dean (1999), https://doi.org/10.24432/C50K5N: 10 figures of a place, 4 areas of
wilderness and 40 types of soil, which are two categories here. The file that scikit-learn
fetches, by its checksum; looked for in `--data-dir`, else in the cache, else downloaded. Split as
tables are, see `docs/tasks.md`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData
from fitness.data.options import DataOptions
from fitness.data.published.table_file import Numbers, TableFile
from fitness.data.tables.reading import Raw
from fitness.data.tables.table_task import table_task
from fitness.data.task import Task

DESCRIPTION = "581,012 places, 12 figures each: 7 kinds of trees (downloaded if not found)"
FILE = TableFile(
    name="covertype",
    title="Covertype",
    packed="covtype.data.gz",
    inside="covtype.data",
    addresses=("https://ndownloader.figshare.com/files/5976039",),
    sha256="614360d0257557dd1792834a85a1cdebfadc3c4f30b011d56afee7ffb5b15771",
    rows=581_012,
    columns=55,
)
NUMBERS = (
    "elevation", "aspect", "slope", "horizontal_to_hydrology", "vertical_to_hydrology",
    "horizontal_to_roadways", "hillshade_9am", "hillshade_noon", "hillshade_3pm",
    "horizontal_to_fire_points",
)  # fmt: skip
AREAS, SOILS = 4, 40  # columns of 0 and 1 each
COVERS = (
    "spruce or fir", "lodgepole pine", "ponderosa pine", "cottonwood or willow", "aspen",
    "douglas fir", "krummholz",
)  # fmt: skip
COVER = "cover"


def load(data_dir: Path | None = None) -> Task:
    """Return the task; inputs (N, 12).

    Raises FileNotFoundError if the file is neither found nor can be downloaded, ValueError if it
    is damaged or something else than it should be.
    """
    raw = Raw(_frame(FILE.read(data_dir)))
    task = table_task(raw, FILE.name, FILE.packed, DataOptions(target=(COVER,)))
    return replace(task, description=DESCRIPTION)


def _frame(table: Numbers) -> object:
    import pandas

    count = len(NUMBERS)
    frame = pandas.DataFrame(table[:, :count], columns=list(NUMBERS))
    frame["wilderness"] = _category(table[:, count : count + AREAS], "wilderness")
    frame["soil"] = _category(table[:, count + AREAS : -1], "soil")
    covers = table[:, -1].astype(np.int64)
    if not ((covers >= 1) & (covers <= len(COVERS))).all():
        raise UnusableData(f"{FILE.title}: received kinds of trees beyond 1 to {len(COVERS)}")
    frame[COVER] = np.array(COVERS)[covers - 1]
    return frame


def _category(columns: Numbers, name: str) -> npt.NDArray[np.str_]:
    """Return a text for each row of columns of 0 and 1, of which one is 1."""
    if not (np.isin(columns, (0, 1)).all() and (columns.sum(axis=1) == 1).all()):
        raise UnusableData(f"{FILE.title}: expected one 1 among the columns of {name} in each row")
    texts = np.array([f"{name} {number}" for number in range(1, columns.shape[1] + 1)])
    found: npt.NDArray[np.str_] = texts[columns.argmax(axis=1)]
    return found
