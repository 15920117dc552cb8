"""Loads a file of a table as a task: what the loaders of tables have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fitness.data.arrays import UnusableData
from fitness.data.options import DataOptions
from fitness.data.tables.reading import Raw
from fitness.data.tables.table_task import OPTIONS, table_task
from fitness.data.task import Task

__all__ = ["OPTIONS", "load_table"]

Reader = Callable[[Path], Raw]


def load_table(path: Path, read: Reader, options: DataOptions) -> Task:
    """Read the task of a file; its name is that of the file without its ends.

    Raises FileNotFoundError if there is no such file, and UnusableData, naming file, column and
    row, for what cannot be used.
    """
    with naming(path):
        return table_task(read(path), path.name.split(".")[0], path.name, options)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name the file in errors about it; raise FileNotFoundError if there is none."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path} (looked for from {Path.cwd()})")
    try:
        yield
    except ValueError as error:
        raise UnusableData(f"{path}: {error}") from None
