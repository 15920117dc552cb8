"""What a folder of pictures means: which example has which target and is in which split.

Folders of classes, perhaps in folders of splits, see `fitness.data.folders.classes`; or a table
beside the pictures, see `fitness.data.images.table`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData
from fitness.data.folders.classes import check_counts, class_folders, entered, names_as_values
from fitness.data.folders.files import Kind, find, listed
from fitness.data.images.table import read_table
from fitness.data.metric_groups import MetricGroups
from fitness.data.options import DataOptions

PICTURES = Kind(
    "pictures",
    frozenset(
        {
            *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp"),
            *(".ppm", ".pgm", ".pbm", ".pnm"),
        }
    ),
    tables=frozenset({".csv", ".tsv"}),
)


@dataclass(frozen=True)
class Listing:
    """Pictures, their targets (N,) or (N, K), and the split of each, `WHOLE` where none is given.

    `class_names` are those of the folders: then targets are their numbers. `groups` are those of
    the metric.
    """

    files: tuple[Path, ...]
    y: npt.NDArray[Any]
    splits: npt.NDArray[np.str_]
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    groups: MetricGroups | None = None

    def without(self, dropped: npt.NDArray[np.bool_]) -> Listing:
        """Leave examples (N,) out."""
        files = tuple(f for f, drop in zip(self.files, dropped, strict=True) if not drop)
        groups = self.groups and self.groups.chosen(~dropped)
        y, splits = self.y[~dropped], self.splits[~dropped]
        return replace(self, files=files, y=y, splits=splits, groups=groups)

    def check_classes(self) -> None:
        """Raise UnusableData for a class that train lacks, or with fewer than three examples."""
        if self.class_names:
            check_counts(self.y, self.splits, self.class_names, PICTURES)


def list_examples(folder: Path, options: DataOptions) -> Listing:
    """Say what a folder's pictures mean; raises UnusableData for what is not as listed above."""
    inner, notes = entered(folder, PICTURES)
    found = find(inner, PICTURES)
    notes += found.notes
    if found.tables:
        if len(found.tables) > 1:
            raise UnusableData(
                f"received several tables, {listed(found.tables)}; keep one. A column split "
                "(train, validation, test) says which rows belong together"
            )
        table = read_table(inner, found.tables[0], found.examples, options)
        files = tuple(inner / path for path in table.files)
        of_table = notes + table.notes
        return Listing(files, table.y, table.splits, notes=of_table, groups=table.groups)
    if named := options.target + options.metric_group:
        raise UnusableData(f"received the column {named[0]}, but there is no table in it")
    placed, kind = class_folders(found), options.target_kind
    files = tuple(inner / path for path in found.examples)
    if kind in (None, "classes"):
        return Listing(files, placed.numbers, placed.splits, placed.names, notes)
    values = names_as_values(placed.names, str(kind), PICTURES)
    return Listing(files, values[placed.numbers], placed.splits, notes=notes)
