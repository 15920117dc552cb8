"""Rows of a file as an export takes them: by its own columns and categories."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evo.errors import BadInput
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
    described = json.loads(spec.read_text(encoding="utf-8-sig"))
    if read is None or not described.get("columns"):
        return None
    try:
        columns = tuple(map(Column.from_json, described["columns"]))
        kind, names = _kind_and_names(spec, described)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"{shown(spec)}: {error}") from None
    path = Path(task.removeprefix(f"{name}:"))
    learnt = options.target or tuple(described.get("target_columns", ()))
    rows = read(path, columns, replace(options, target=learnt))
    y = _stored(path, kind, rows.y, names)
    target = TARGETS.load(kind).TARGET(names=tuple(names))
    return TableRows(rows.x, y, target, rows.groups, rows.notes)


def _kind_and_names(spec: Path, described: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    card = json.loads((spec.parent / "card.json").read_text(encoding="utf-8-sig"))
    kind = card["target"]
    if kind not in TARGETS:
        raise ValueError(f"the card names a target {kind!r} that this version does not know")
    return kind, described.get(f"{TARGETS.load(kind).TARGET.output_name}_names", ())


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
