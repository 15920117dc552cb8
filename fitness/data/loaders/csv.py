"""Loader `csv:FILE`: a table of separated values; `fitness.data.tables` says how it is taken."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fitness.data.inputs.table_column import Column
from fitness.data.options import INFERRED, DataOptions
from fitness.data.tables import files
from fitness.data.tables.reading import read_csv
from fitness.data.task import Task

EXAMPLE = "csv:FILE"
DESCRIPTION = "A table of separated values with the names of its columns in the first line."
OPTIONS = files.OPTIONS
ENDS = (".csv", ".tsv", ".tab", ".csv.gz", ".tsv.gz")


def recognises(path: Path) -> bool:
    """Tell a table by the end of its name."""
    return path.name.lower().endswith(ENDS)


def load(path: Path, options: DataOptions = INFERRED) -> Task:
    """Read the task; raises as `fitness.data.tables.files.load_table` does."""
    return files.load_table(path, read_csv, options)


def rows(path: Path, columns: Sequence[Column], options: DataOptions) -> files.CodedRows:
    """Read rows by columns that are known; see `fitness.data.tables.files.coded_rows`."""
    return files.coded_rows(path, read_csv, columns, options)
