"""A table beside the pictures: a column of paths, columns of targets, perhaps one of splits.

The column of paths is the one whose texts name the pictures that are there: by path, or by file
name, with or without its end, where that names one picture only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fitness.data.array_names import ROLE_OF, SPLIT_OF, WHOLE
from fitness.data.arrays import UnusableData
from fitness.data.folders.files import listed
from fitness.data.metric_groups import MetricGroups
from fitness.data.options import DataOptions
from genomes.genes.registry import suggest

if TYPE_CHECKING:
    from pandas import DataFrame, Series

SPLIT_COLUMNS = frozenset({"split", "subset", "partition", "fold"})
SEPARATORS = ",;\t|"
ENOUGH = 0.5  # share of rows that name pictures, from which on a column is that of paths


@dataclass(frozen=True)
class Table:
    """Paths as they are in the folder, targets (N,) or (N, K), splits (N,), groups, notes."""

    files: tuple[str, ...]
    y: npt.NDArray[Any]
    splits: npt.NDArray[np.str_]
    groups: MetricGroups | None
    notes: tuple[str, ...]


def read_table(folder: Path, name: str, pictures: Sequence[str], options: DataOptions) -> Table:
    """Read a table of pictures; raises UnusableData that names column and row.

    Rows are counted as a text editor does, the header is the first.
    """
    try:
        return _read(_rows(folder / name), pictures, options)
    except UnusableData as error:
        raise UnusableData(f"{name}: {error}") from None


def _read(rows: DataFrame, pictures: Sequence[str], options: DataOptions) -> Table:
    files, column, notes = _paths(rows, pictures)
    split = [name for name in rows.columns if name.lower() in SPLIT_COLUMNS]
    others = [name for name in rows.columns if name not in (column, *split)]
    groups = _groups(rows, options.metric_group)
    targets = _target_columns(others, options.target, options.metric_group)
    unused = [name for name in others if name not in (*targets, *options.metric_group)]
    if unused:
        notes += (f"columns that are not used: {listed(unused)}",)
    if spare := len(pictures) - len(files):
        notes += (f"pictures that are not in the table, left out: {spare:,}",)
    values = [_values(rows[name]) for name in targets]
    y = values[0] if len(values) == 1 else _side_by_side(targets, values)
    splits = _splits(rows[split[0]]) if split else np.full(len(rows), WHOLE)
    return Table(files, y, splits, groups, notes)


def _rows(path: Path) -> DataFrame:
    """Read all cells as text."""
    import pandas

    try:
        with path.open(encoding="utf-8-sig") as file:
            header = file.readline()
        separator = max(SEPARATORS, key=header.count)
        rows = pandas.read_csv(
            path, sep=separator, dtype=str, encoding="utf-8-sig", keep_default_na=False
        )
    except UnicodeDecodeError as error:
        raise UnusableData(f"it is not UTF-8 ({error}); save it as UTF-8") from None
    except ValueError as error:  # of pandas, which says in which line
        raise UnusableData(f"it is no table ({error})") from None
    if len(rows.columns) < 2 or not len(rows):
        raise UnusableData(
            f"received {len(rows)} rows of the columns {listed(list(rows.columns))}; expected a "
            "header, and rows with a path and targets"
        )
    rows.columns = [str(name).strip() for name in rows.columns]
    return rows


def _paths(
    rows: DataFrame, pictures: Sequence[str]
) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """Return each row's picture, the column that names it, and notes."""
    known = _ways(pictures)
    # Counted once each: numbers of classes may be names of pictures, too, but they repeat.
    matched = {
        name: len({known[key] for text in rows[name] if (key := _key(text)) in known})
        for name in rows.columns
    }
    column = max(matched, key=lambda name: matched[name])
    if matched[column] < ENOUGH * len(rows):
        raise UnusableData(
            f"no column names the pictures: the best is {column} with {matched[column]:,} of "
            f"{len(rows):,} rows. Paths are relative to the table's folder; there is for instance "
            f"{pictures[0]}"
        )
    for row, text in enumerate(rows[column], start=2):
        if _key(text) not in known:
            raise UnusableData(f"row {row}: there is no picture {text!r} (column {column})")
    files = tuple(known[_key(text)] for text in rows[column])
    if (often := Counter(files).most_common(1)[0])[1] > 1:
        raise UnusableData(f"{often[0]} is in {often[1]} rows; give each picture one row")
    exact = all(_key(text) == file for text, file in zip(rows[column], files, strict=True))
    return files, column, () if exact else (f"column {column} names pictures by file name",)


def _ways(pictures: Sequence[str]) -> dict[str, str]:
    """Return pictures by all that names one of them alone."""
    found = {path: path for path in pictures}
    names = [Path(path).name for path in pictures]
    for words in (names, [Path(name).stem for name in names]):
        counts = Counter(words)
        for word, path in zip(words, pictures, strict=True):
            if counts[word] == 1:
                found.setdefault(word, path)
    return found


def _key(text: str) -> str:
    """Return a path as it is looked up; of one from elsewhere, the file's name."""
    path = text.strip().replace("\\", "/").removeprefix("./")
    return path.rsplit("/", 1)[-1] if path.startswith("/") or ":" in path else path


def _groups(rows: DataFrame, columns: Sequence[str]) -> MetricGroups | None:
    """Make a group of the metric of each combination of what the columns hold."""
    for name in columns:
        if name not in rows.columns:
            raise UnusableData(suggest("column", name, list(rows.columns)))
    each = [MetricGroups.of_values(rows[name].str.strip().to_numpy(str)) for name in columns]
    return MetricGroups.combined(each) if each else None


def _target_columns(
    others: Sequence[str], said: tuple[str, ...], groups: tuple[str, ...]
) -> tuple[str, ...]:
    if said:
        for name in said:
            if name not in others:
                raise UnusableData(suggest("column", name, others))
        return said
    others = [name for name in others if name not in groups]
    if len(others) == 1:
        return (others[0],)
    named = [name for name in others if ROLE_OF.get(name.lower()) == "y"]
    if len(named) == 1:
        return (named[0],)
    raise UnusableData(
        f"received the columns {listed(list(others))}; say which are to be learnt: "
        f"--target {others[0] if others else 'COLUMN'}, or several with commas between them"
    )


def _values(column: Series[str]) -> npt.NDArray[Any]:
    """Return a column as numbers if all cells are, else as texts."""
    import pandas

    texts = column.str.strip()
    if missing := [row for row, text in enumerate(texts, start=2) if not text]:
        raise UnusableData(
            f"row {missing[0]} has no {column.name} ({len(missing):,} such rows); fill or drop it"
        )
    numbers = pandas.to_numeric(texts, errors="coerce").to_numpy(np.float64)
    if np.isnan(numbers).any():
        return texts.to_numpy(str)
    whole = bool((numbers == np.round(numbers)).all() and np.abs(numbers).max() < 2.0**53)
    return numbers.astype(np.int64) if whole else numbers


def _side_by_side(names: Sequence[str], values: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    for name, column in zip(names, values, strict=True):
        if column.dtype.kind == "U":
            raise UnusableData(
                f"column {name} holds texts such as {str(column[0])!r}; several targets have to "
                "be numbers (labels: 0 and 1)"
            )
    return np.column_stack(list(values))


def _splits(column: Series[str]) -> npt.NDArray[np.str_]:
    for row, text in enumerate(column, start=2):
        if text.strip().lower() not in SPLIT_OF:
            raise UnusableData(
                f"row {row}: {column.name} is {text!r}; expected train, validation or test"
            )
    splits = np.array([SPLIT_OF[text.strip().lower()] for text in column])
    there = set(splits.tolist())
    if there not in ({"train", "test"}, {"train", "validation", "test"}):
        raise UnusableData(
            f"column {column.name} names {', '.join(sorted(there))}; expected train and test, and "
            "validation if you like"
        )
    return splits
