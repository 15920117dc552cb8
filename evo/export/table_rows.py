"""Rows of a file as an export takes them: by its own columns and categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evo.errors import BadInput
from evo.export.rebuilding import read_json
from evo.files.paths import shown
from fitness.data.inputs.table_column import Column
from fitness.data.loader import loader, loader_of
from fitness.data.metric_groups import MetricGroups
from fitness.data.options import DataOptions
from fitness.target import TARGETS, Target

Array = npt.NDArray[Any]
CLASSES = "classes"


@dataclass(frozen=True)
class TableRows:
    """Inputs (N, F), stored targets (N, ...), what these mean, groups, how the file was taken."""

    x: Array
    y: Array
    target: Target
    groups: MetricGroups | None
    notes: tuple[str, ...]


def rows_of_file(spec: Path, task: str, options: DataOptions) -> TableRows | None:
    """Return all rows of a file that a task names, if it is a table and the export has columns.

    Raises BadInput for a damaged `spec.json`, and for a class that the network does not have.
    """
    name = loader_of(task)
    read = getattr(loader(name), "rows", None) if name else None
    described = read_json(spec)
    if read is None or not described.get("columns"):
        return None
    try:
        columns = columns_of(spec)
        kind, names = _kind_and_names(spec, described)
        learnt = options.target or texts_of(described, "target_columns")
        target = TARGETS.load(kind).TARGET(names=names)
    except BadInput:
        raise
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"{shown(spec)}: {error}") from None
    path = Path(task.removeprefix(f"{name}:"))
    rows = read(path, columns, replace(options, target=learnt))
    y = _stored(path, kind, rows.y, names)
    return TableRows(rows.x, y, target, rows.groups, rows.notes)


def _kind_and_names(spec: Path, described: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    card = read_json(spec.parent / "card.json")
    kind = card["target"]
    if kind not in TARGETS:
        raise ValueError(f"the card names a target {kind!r} that this version does not know")
    return kind, texts_of(described, f"{TARGETS.load(kind).TARGET.output_name}_names")


def columns_of(spec: Path) -> tuple[Column, ...]:
    """Return the columns that an export has; raises BadInput for what are none."""
    try:
        return tuple(map(Column.from_json, read_json(spec).get("columns") or ()))
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise BadInput(f"{shown(spec)}: {error}") from None


def texts_of(described: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return the texts of a list, none where there is no such key; ValueError for other values."""
    found = described.get(key, ())
    if not isinstance(found, list | tuple) or not all(isinstance(text, str) for text in found):
        raise ValueError(f"{key} is no list of texts")
    return tuple(found)


def _stored(path: Path, kind: str, y: Array, names: Sequence[str]) -> Array:
    """Return targets as metrics take them: of classes their numbers in the network."""
    if kind != CLASSES:
        return y.reshape(len(y), -1).astype(np.float64 if kind == "values" else np.int64)
    if not names:
        return y.astype(np.int64)
    places = {name: place for place, name in enumerate(names)}
    texts = [str(value) for value in y.tolist()]
    if unknown := sorted(set(texts) - places.keys()):
        raise BadInput(f"{path} has classes that the network does not know: {', '.join(unknown)}")
    return np.array([places[text] for text in texts])
