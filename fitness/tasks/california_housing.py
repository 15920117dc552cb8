"""Task `california-housing`: the median value of houses in 20,640 blocks of California, 1990.

Pace & Barry (1997), "Sparse spatial autoregressions", https://doi.org/10.1016/S0167-7152(96)00140-X.
The file that scikit-learn fetches, by its checksum, and its columns: rooms, bedrooms and people
are a household's. Values are in 100,000 dollars, so that `--metric rmse` is in the units of
published tables. Looked for in `--data-dir`, else in the cache, else downloaded. Split as tables
are, see `docs/tasks.md`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fitness.data.options import DataOptions
from fitness.data.published.table_file import Numbers, TableFile
from fitness.data.tables.reading import Raw
from fitness.data.tables.table_task import table_task
from fitness.data.task import Task

DESCRIPTION = "20,640 blocks of houses, 8 figures each: their value (downloaded if not found)"
FILE = TableFile(
    name="california-housing",
    title="California housing",
    packed="cal_housing.tgz",
    inside="CaliforniaHousing/cal_housing.data",
    addresses=("https://ndownloader.figshare.com/files/5976036",),
    sha256="aaa5c9a6afe2225cc2aed2723682ae403280c4a3695a2ddda4ffb5d8215ea681",
    rows=20_640,
    columns=9,
)
# As they stand in the file.
COLUMNS = (
    "longitude", "latitude", "age", "rooms", "bedrooms", "population", "households", "income",
)  # fmt: skip
VALUE, UNIT = "value", 100_000.0  # dollars


def load(data_dir: Path | None = None) -> Task:
    """Return the task; inputs (N, 8).

    Raises FileNotFoundError if the file is neither found nor can be downloaded, ValueError if it
    is damaged or something else than it should be.
    """
    raw = Raw(_frame(FILE.read(data_dir)))
    task = table_task(raw, FILE.name, FILE.packed, DataOptions(target=(VALUE,)))
    return replace(task, description=DESCRIPTION)


def _frame(table: Numbers) -> object:
    import pandas

    frame = pandas.DataFrame(table, columns=[*COLUMNS, VALUE])
    households = frame.pop("households")
    for name in ("rooms", "bedrooms"):
        frame[name] /= households
    frame["occupancy"] = frame["population"] / households
    frame[VALUE] /= UNIT
    return frame
