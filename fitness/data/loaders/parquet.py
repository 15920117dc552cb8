"""Loader `parquet:FILE`: a table in Apache Parquet, by pyarrow (pip install evo[parquet])."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fitness.data.inputs.table_column import Column
from fitness.data.options import INFERRED, DataOptions
from fitness.data.tables import files
from fitness.data.tables.parquet import read_parquet
from fitness.data.task import Task

EXAMPLE = "parquet:FILE"
DESCRIPTION = "A table in Apache Parquet."
OPTIONS = files.OPTIONS
ENDS = (".parquet", ".pq")


def recognises(path: Path) -> bool:
    """Tell a table by the end of its name."""
    return path.name.lower().endswith(ENDS)


def load(path: Path, options: DataOptions = INFERRED) -> Task:
    """Read the task; raises as `fitness.data.tables.files.load_table` does."""
    return files.load_table(path, read_parquet, options)


def rows(path: Path, columns: Sequence[Column], options: DataOptions) -> files.CodedRows:
    """Read rows by columns that are known; see `fitness.data.tables.files.coded_rows`."""
    return files.coded_rows(path, read_parquet, columns, options)
