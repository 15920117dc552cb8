"""Fits what a network has to know of a task's raw inputs on its train split, and nothing else."""

from __future__ import annotations

from fitness.data.inputs.columns import Columns
from fitness.data.inputs.fit_table import fit_table, normalization
from fitness.data.streaming.inputs import Streamed
from fitness.data.task import Task
from genomes.graph.interface import Interface
from genomes.graph.normalization import Normalization


def interface_of(task: Task) -> Interface:
    """Return what a network for a task has to fit."""
    shape, outputs = task.input_shape, task.target.outputs
    if task.given is not None:
        return Interface(shape, outputs, given=task.given)
    if task.tokens is not None:
        per_position = task.target.per_position
        return Interface(shape, outputs, tokens=task.tokens, per_position=per_position)
    if not task.columns:
        return Interface(shape, outputs, fit(task))
    encoded = task.target.encoded(task.train.y)
    table = fit_table(task.train.array, task.columns, encoded)
    return Interface(shape, outputs, table.standard if table.is_plain else None, table)


def fit(task: Task) -> Normalization:
    """Return mean and standard deviation per channel, or per feature where inputs are vectors."""
    x = task.train.x
    return normalization(Columns.of(x.sample() if isinstance(x, Streamed) else x))
