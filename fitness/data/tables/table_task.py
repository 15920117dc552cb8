"""Makes a task of a table: what is learnt, what it is learnt from, and what was understood.

All that is fitted to values, the categories too, is fitted on rows of train alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import TABLE, UnusableData
from fitness.data.inputs.table_column import KINDS, MISSING, Column, counted
from fitness.data.options import DataOptions
from fitness.data.recognise import stated_target, told
from fitness.data.tables.groups import groups_of
from fitness.data.tables.parsing import IGNORE, Parsed, coded, parsed
from fitness.data.tables.parts import SplitBy, cut_rows
from fitness.data.tables.reading import Raw
from fitness.data.tables.useless import why_useless
from fitness.data.tables.usual_search import usual_search
from fitness.data.task import SearchDefaults, Split, Task
from fitness.target import Target
from genomes.genes.registry import suggest

OPTIONS = frozenset({"target", "group", "metric_group", "time", "columns", "target_kind"})
TARGET = "target"  # the column that is learnt where nobody says which
MOST_CATEGORIES = 1000  # of a column; rarer ones share a code
SHOWN = 12  # columns in a note


@dataclass(frozen=True)
class Understood:
    """The columns of a table by what they are for; all of them have the same rows."""

    inputs: Sequence[Parsed]
    targets: Sequence[Parsed]
    split_by: SplitBy
    notes: tuple[str, ...]


def table_task(
    raw: Raw,
    name: str,
    source: str,
    options: DataOptions,
    defaults: SearchDefaults | None = None,
) -> Task:
    """Return the task of a table; `source` says in a word or two where it is from.

    Without `defaults` its size says how it is searched.

    Raises UnusableData, naming column and row, for what cannot be used.
    """
    table = understood(raw, options)
    y = target_values(table.targets)
    target = _named(stated_target(options.target_kind, y), table.targets)
    rows = np.stack([column.raw for column in table.inputs], axis=1)
    parts = cut_rows(rows, y, target, table.split_by)
    columns, of_categories = fitted_columns(table.inputs, parts.train)
    x = input_values(table.inputs, columns)
    groups = table.split_by.metric_groups
    whole = Split(x, y, kind=TABLE, groups=groups.numbers if groups else None)
    return Task(
        name=name,
        description=f"{len(y):,} rows of {source}",
        target=target,
        train=whole.chosen(parts.train),
        validation=whole.chosen(parts.validation),
        test=whole.chosen(parts.test),
        defaults=defaults or usual_search(len(parts.train)),
        notes=(
            *raw.notes,
            *table.notes,
            *of_categories,
            _described(columns),
            *parts.notes,
            *told(options.target_kind, y),
        ),
        columns=columns,
        group_names=groups.names if groups else (),
    )


def understood(raw: Raw, options: DataOptions) -> Understood:
    """Read the columns and decide what each is for; rows without a target are left out."""
    frame = raw.frame
    names = [str(name) for name in frame.columns]
    wanted = options.target or usual_target(names)
    _check_options(wanted, options, names)
    read = dict(_parsed_columns(frame, names, options))
    notes = _taken(read.values())
    if unread := sorted(set(wanted) - read.keys()):
        raise UnusableData(f"column {unread[0]!r} is to be learnt and to be ignored")
    read, dropped = with_targets(read, wanted)
    targets = [read[name] for name in wanted]
    inputs, left_out = _inputs(read, targets, options)
    groups = groups_of([read[name] for name in options.metric_group])
    split_by = SplitBy(read.get(options.group or ""), read.get(options.time or ""), groups)
    return Understood(inputs, targets, split_by, (*notes, *dropped, *left_out))


def _check_options(wanted: Sequence[str], options: DataOptions, names: Sequence[str]) -> None:
    """Raise UnusableData for columns that are not there, or cannot be meant for two things."""
    named = (*wanted, options.group, options.time, *options.metric_group, *options.columns)
    for name in named:
        if name is not None and name not in names:
            raise UnusableData(suggest("column", name, names))
    if options.group and options.time:
        raise UnusableData("is to be split by a group and by a time; give one of both")
    if options.group in options.metric_group:
        raise UnusableData(
            f"column {options.group!r} is to keep rows in one split (group) and to be in every "
            "split (metric_group); give it for one of both"
        )


def target_values(targets: Sequence[Parsed]) -> npt.NDArray[Any]:
    """Return what is learnt (N,) or (N, K): numbers, whole ones as such, or texts."""
    if len(targets) == 1 and targets[0].kind == "category":
        return np.array(targets[0].texts)[targets[0].codes]
    for column in targets:
        if column.kind == "category":
            raise UnusableData(
                f"column {column.name!r} holds texts ({column.texts[0]!r}); several targets have "
                "to be numbers: give yes and no as 1 and 0"
            )
    whole = all(column.is_whole for column in targets)
    values = np.stack([column.numbers for column in targets], axis=1)
    values = values.astype(np.int64) if whole else values
    return values[:, 0] if len(targets) == 1 else values


def fitted_columns(
    inputs: Sequence[Parsed], train: npt.NDArray[np.int64]
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Return the columns as networks take them, numbers first, and notes on rare categories."""
    numbers = [Column(one.name, one.kind) for one in inputs if one.kind != "category"]
    categories, notes = [], []
    for one in inputs:
        if one.kind == "category":
            column, note = _with_categories(one, train)
            categories.append(column)
            notes.append(note)
    return (*numbers, *categories), tuple(filter(None, notes))


def input_values(inputs: Sequence[Parsed], columns: Sequence[Column]) -> npt.NDArray[Any]:
    """Return rows (N, F) as networks take them, in the order of the columns."""
    by_name = {one.name: one for one in inputs}
    found = (by_name[column.name] for column in columns)
    return np.stack(
        [
            coded(one, column) if column.is_category else one.numbers
            for one, column in zip(found, columns, strict=True)
        ],
        axis=1,
    )


def usual_target(names: Sequence[str]) -> tuple[str, ...]:
    """Return the column `target`; raise UnusableData if there is none, or more than one."""
    found = [name for name in names if name.lower() == TARGET]
    if len(found) == 1:
        return (found[0],)
    raise UnusableData(
        f"has no column {TARGET!r}: name the one to learn by --target COLUMN (in Python: "
        f"target=...). There are {_listed(names)}"
    )


def _parsed_columns(
    frame: Any, names: Sequence[str], options: DataOptions
) -> Iterator[tuple[str, Parsed]]:
    """Yield columns that are of use; each leaves the frame, which bounds memory."""
    for name in names:
        series, stated = frame.pop(name), options.columns.get(name)
        if stated != IGNORE:
            yield name, parsed(name, series, stated)
        elif name in options.metric_group:
            yield name, parsed(name, series)


def _taken(read: Iterable[Parsed]) -> tuple[str, ...]:
    """Say how columns were taken, those together that were taken alike."""
    alike: dict[str, list[str]] = {}
    for column in read:
        alike.setdefault(column.note, []).append(column.name)
    return tuple(
        f"column{'s' if len(names) > 1 else ''} {_listed(names)}: {note}"
        for note, names in alike.items()
        if note
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")


def with_targets(
    read: Mapping[str, Parsed], wanted: Sequence[str]
) -> tuple[dict[str, Parsed], tuple[str, ...]]:
    """Leave out rows that lack a target."""
    missing = np.logical_or.reduce([read[name].missing for name in wanted])
    if not missing.any():
        return dict(read), ()
    if missing.all():
        raise UnusableData(f"has no row with a target ({', '.join(wanted)})")
    note = (
        f"{int(missing.sum()):,} rows without {' and '.join(wanted)} are left out (the first is "
        f"row {int(missing.argmax()) + 1})"
    )
    return {name: column.chosen(~missing) for name, column in read.items()}, (note,)


def _inputs(
    read: Mapping[str, Parsed], targets: Sequence[Parsed], options: DataOptions
) -> tuple[list[Parsed], tuple[str, ...]]:
    """Choose the inputs; what somebody has said the kind of is one, whatever it looks like."""
    taken = {target.name for target in targets}
    reasons = {}
    for name, column in read.items():
        if options.columns.get(name) == IGNORE:
            reasons[name] = "it is a group of the metric alone"
            continue
        if name in taken or name in options.columns:
            continue
        if name in (options.group, options.time):
            reasons[name] = "the rows are split by it"
        elif why := why_useless(column, targets):
            reasons[name] = why
    inputs = [one for name, one in read.items() if name not in reasons and name not in taken]
    listed = "; ".join(f"{name} ({why})" for name, why in reasons.items())
    if not inputs:
        raise UnusableData(
            f"has no column left to learn from. Left out are: {listed or 'none'}. A table "
            '[columns] in the config with NAME = "number" or "category" takes one all the same'
        )
    return inputs, (f"left out: {listed}",) if listed else ()


def _named(target: Target, targets: Sequence[Parsed]) -> Target:
    """Give values and labels the names of their columns; classes have those of their texts."""
    if target.kind == "classes" or target.names:
        return target
    return replace(target, names=tuple(one.name for one in targets))  # type: ignore[type-var]


def _with_categories(column: Parsed, train: npt.NDArray[np.int64]) -> tuple[Column, str]:
    """Give codes to the categories that train has more than once, the most frequent of many.

    What is missing is a category, if train lacks it in some rows.
    """
    codes = column.codes[train]
    counts = np.bincount(codes[codes >= 0], minlength=len(column.texts))
    frequent = np.argsort(-counts, kind="stable")[:MOST_CATEGORIES]
    kept = np.sort(frequent[counts[frequent] > 1])
    if not len(kept):  # of very few rows
        kept = np.flatnonzero(counts)
    texts = [column.texts[place] for place in kept]
    found = Column(column.name, "category", (*texts, *[MISSING] * bool((codes < 0).any())))
    rare = len(column.texts) - len(kept)
    if not rare:
        return found, ""
    return found, (
        f"column {column.name}: {rare:,} of {len(column.texts):,} categories are rare or not in "
        "train; they share a code"
    )


def _described(columns: Sequence[Column]) -> str:
    """Say in a line what the inputs are."""
    listed = []
    for kind in KINDS:
        named = [
            f"{one.name} ({len(one.categories)})" if one.is_category else one.name
            for one in columns
            if one.kind == kind
        ]
        if named:
            listed.append(f"{counted(kind, len(named))}: {_listed(named)}")
    return "inputs are " + "; ".join(listed)
