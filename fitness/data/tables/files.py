"""Loads a file of a table as a task: what the loaders of tables have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from fitness.data.arrays import UnusableData
from fitness.data.inputs.table_column import Column
from fitness.data.metric_groups import MetricGroups
from fitness.data.options import DataOptions
from fitness.data.tables.groups import groups_of
from fitness.data.tables.parsing import parsed
from fitness.data.tables.reading import Raw
from fitness.data.tables.table_task import (
    OPTIONS,
    input_values,
    table_task,
    target_values,
    usual_target,
    with_targets,
)
from fitness.data.task import Task
from genomes.genes.registry import suggest

__all__ = ["OPTIONS", "load_table"]

Reader = Callable[[Path], Raw]


def load_table(path: Path, read: Reader, options: DataOptions) -> Task:
    """Read the task of a file; its name is that of the file without its ends.

    Raises FileNotFoundError if there is no such file, and UnusableData, naming file, column and
    row, for what cannot be used.
    """
    with naming(path):
        return table_task(read(path), path.name.split(".")[0], path.name, options)


@dataclass(frozen=True)
class CodedRows:
    """Rows (N, F) of a file, targets (N, ...), groups of the metric if any, and notes."""

    x: npt.NDArray[Any]
    y: npt.NDArray[Any]
    groups: MetricGroups | None
    notes: tuple[str, ...]


def coded_rows(
    path: Path, read: Reader, columns: Sequence[Column], options: DataOptions
) -> CodedRows:
    """Return all rows of a file by columns that are known.

    Nothing is fitted: categories that the columns do not name are unknown. Options name the
    targets, else there is a column `target`, and groups. Raises as `load_table` does.
    """
    with naming(path):
        raw = read(path)
        names = [str(name) for name in raw.frame.columns]
        learnt = options.target or usual_target(names)
        unknown = dict.fromkeys((*learnt, *options.metric_group))
        wanted = {**unknown, **{column.name: column.kind for column in columns}}
        for name in options.metric_group:
            if name not in names:
                raise UnusableData(f"groups of the metric: {suggest('column', name, names)}")
        if absent := [name for name in wanted if name not in names]:
            raise UnusableData(f"lacks columns that the network needs: {', '.join(absent)}")
        table = {name: parsed(name, raw.frame[name], kind) for name, kind in wanted.items()}
        table, dropped = with_targets(table, learnt)
        x = input_values([table[column.name] for column in columns], columns)
        y = target_values([table[name] for name in learnt])
        groups = groups_of([table[name] for name in options.metric_group])
        return CodedRows(x, y, groups, (*raw.notes, *dropped))


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name the file in errors about it; raise FileNotFoundError if there is none."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path} (looked for from {Path.cwd()})")
    try:
        yield
    except ValueError as error:
        raise UnusableData(f"{path}: {error}") from None
