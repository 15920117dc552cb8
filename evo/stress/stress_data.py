"""The inputs of a stress test: test data of a task, or as many of them as are drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

from evo.errors import BadInput
from evo.export.evaluate import Opened
from evo.export.table_rows import TableRows, columns_of
from fitness.data.arrays import TABLE
from fitness.data.inputs.table_column import Column
from fitness.data.split import Split
from fitness.data.task import Task
from fitness.metric import Metric
from fitness.stress.input_facts import Array, InputFacts, as_floats, facts_of
from fitness.stress.sample import EXAMPLES, drawn, places
from fitness.target import Target

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class StressData:
    """Examples, inputs floating, of the split `name` of a task, which has `whole` of them.

    `fingerprint` tells the data of a run from others; it is "" for rows of a file of one's own.
    """

    task: str
    name: str
    split: Split
    whole: int
    facts: InputFacts
    target: Target
    metric: Metric
    fingerprint: str = ""
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, opened: Opened, examples: int = EXAMPLES, seed: int = 0) -> StressData:
        """Draw examples of the test split on which an export is put under stress.

        Of a table with other columns than the export's all rows are taken. Raises `BadInput` for
        tokens, and where the metric cannot be computed.
        """
        if examples < 1:
            raise BadInput(f"--examples: received {examples}, expected at least 1")
        data = opened.data()
        if data.tokens is not None:
            raise BadInput(
                f"the inputs of task {data.name} are tokens: they have no range in which noise or "
                "an attack could be measured, and no gradients. evo stress takes images, signals "
                "and rows of numbers"
            )
        rows = opened.rows() if data.columns != _columns(opened) else None
        if rows is not None:
            return cls._of_rows(opened, rows, _columns(opened), examples, seed)
        facts = facts_of(data.train.x, data.columns)
        metric = opened.metric(data.target, with_groups=bool(data.group_names))
        split = drawn(data.test, examples, seed)
        whole, known_as = len(data.test), data.fingerprint()
        return cls(
            opened.task, "test", split, whole, facts, data.target, metric, known_as, data.notes
        )

    @classmethod
    def _of_rows(
        cls,
        opened: Opened,
        rows: TableRows,
        columns: tuple[Column, ...],
        examples: int,
        seed: int,
    ) -> StressData:
        facts, target = facts_of(rows.x, columns), rows.target
        if target.units is not None:  # its scale is that of these rows
            target = target.adopted(dict.fromkeys(SPLITS, rows.y)).target
        groups = rows.groups.numbers if rows.groups else None
        split = drawn(Split(rows.x, rows.y, kind=TABLE, groups=groups), examples, seed)
        metric = opened.metric(target, with_groups=groups is not None)
        note = (
            "the columns of this file are not those of the run: all rows are taken by the columns "
            "of the export, and what is usual of them too"
        )
        notes = (*rows.notes, note)
        return cls(opened.task, "rows", split, len(rows.x), facts, target, metric, notes=notes)

    @property
    def x(self) -> Array:
        """The inputs (N, ...)."""
        return self.split.array

    def with_inputs(self, x: Array) -> Split:
        """Return the split with other inputs for the same targets."""
        return replace(self.split, x=x)

    def value(self, kept: Array, rows: Array | None = None) -> float:
        """Return the metric of what `answered` keeps (N, numbers), or of some of its rows."""
        y, groups = self.split.y, self.split.groups
        if rows is not None:
            kept, y, groups = kept[rows], y[rows], None if groups is None else groups[rows]
        try:
            return self.metric.value(kept, y, groups)
        except ValueError:  # of a class of which there is no example
            return float("nan")


def foreign(task: Task, against: str, shape: tuple[int, ...], examples: int, seed: int) -> Array:
    """Return test inputs (N, ...) of another task; raise `BadInput` for inputs of other shape."""
    if task.input_shape != shape:
        raise BadInput(
            f"--against {against}: its inputs have shape {task.input_shape}, the network takes "
            f"{shape}; name a task of the same shape"
        )
    return as_floats(task.test.x[places(task.test.x, examples, seed)])


def _columns(opened: Opened) -> tuple[Column, ...]:
    return columns_of(opened.folder / "spec.json")
