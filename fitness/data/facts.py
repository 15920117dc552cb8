"""What was understood of a task's data: for people to see before anything is trained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from fitness.data.splitting.duplicates import Duplicates, find_duplicates
from fitness.data.streaming.inputs import Streamed
from fitness.data.task import Split, Task
from fitness.metric import Metric


@dataclass(frozen=True)
class DataFacts:
    """Shape and type of one input, examples by split, the targets in words, duplicates, notes.

    `constant` is what the best constant answer (`constant_name`) to train attains on validation
    data by `metric`. Of a table, `columns` say how many there are of each kind.
    """

    shape: tuple[int, ...]
    type: str
    examples: Mapping[str, int]
    kind: str
    described: str
    constant_name: str
    metric: str
    constant: float
    duplicates: Duplicates
    notes: tuple[str, ...]
    tokens: bool = False  # whether the numbers of an input are tokens
    columns: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, task: Task, metric: Metric) -> DataFacts:
        """Gather facts about a task's data, test data too; they decide nothing."""
        splits = {"train": task.train, "validation": task.validation, "test": task.test}
        target = task.target
        return cls(
            shape=task.input_shape,
            type=str(task.train.x.dtype),
            examples={name: len(split) for name, split in splits.items()},
            kind=target.kind,
            described=target.described(task.train.y),
            constant_name=target.constant_name,
            metric=metric.name,
            constant=metric.constant(
                target, task.train.y, task.validation.y, task.validation.groups
            ),
            duplicates=_duplicates(splits),
            notes=task.notes,
            tokens=task.tokens is not None,
            columns=dict(Counter(column.kind for column in task.columns)),
        )


def _duplicates(splits: Mapping[str, Split]) -> Duplicates:
    """Count duplicates; of streamed inputs none are looked for, since all would be read."""
    inputs = {name: split.x for name, split in splits.items() if not isinstance(split.x, Streamed)}
    if len(inputs) < len(splits):
        return Duplicates({}, {}, 0)
    return find_duplicates(inputs, {name: split.y for name, split in splits.items()})
