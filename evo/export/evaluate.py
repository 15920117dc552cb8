"""Measures an export on a task, from `spec.json` and `weights.safetensors` alone.

A downloaded folder must run no code: a task that is the name of a Python function is taken from
the user only, never from the card. See `evo.export.rebuilding` too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from evo.errors import BadInput
from evo.export.by_group import Answers, rows_by_group
from evo.export.card_options import options_for
from evo.export.exported import input_type
from evo.export.rebuilding import examples_at_once, load_export, read_json
from evo.export.table_rows import TableRows, rows_of_file
from evo.files.paths import shown
from fitness.data.arrays import TABLE
from fitness.data.options import INFERRED, DataOptions
from fitness.data.task import Split, Task
from fitness.data.task_names import TASKS, whole_name
from fitness.data.task_reference import TaskReference
from fitness.metric import Metric, metric_names
from fitness.target import Target
from fitness.training.latency import milliseconds
from fitness.training.numerics import Numerics
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import Network

BATCH = 1000


@dataclass(frozen=True)
class Evaluated:
    """What measuring an export came to: figures by name, and by split the answers behind them."""

    figures: dict[str, Any]
    answers: dict[str, Answers]
    target: Target


def evaluate_export(
    folder: Path,
    task: str | None = None,
    data_dir: Path | None = None,
    options: DataOptions = INFERRED,
) -> dict[str, Any]:
    """Return the figures of `evaluated`."""
    return evaluated(folder, task, data_dir, options).figures


def evaluated(
    folder: Path,
    task: str | None = None,
    data_dir: Path | None = None,
    options: DataOptions = INFERRED,
) -> Evaluated:
    """Return all metrics and the number of examples on the validation and the test split.

    Keys are `validation_accuracy` and the like; `metric` names the one that the network was chosen
    by. And the milliseconds of one example on one thread, by the clock. Where there are groups of
    the metric, `groups` has a row for each, the worst first.

    Of a file that is a table all rows are measured, under `rows_...`, by the columns and
    categories of the export; `notes` say how they were taken.

    Without `task` it is the card's; `options` go before those of the card, which say what data the
    network knows. Raises BadInput, naming the file, for anything missing, damaged or made by
    another version, and for a task that the network does not fit.
    """
    opened = Opened.of(folder, task, data_dir, options)
    if rows := opened.rows():
        found = _of_rows(opened.network, rows, folder)
        return replace(found, figures={"task": opened.task, **found.figures})
    data = opened.data()
    splits = {"validation": data.validation, "test": data.test}
    found = _measured(opened.network, data.target, splits, data.group_names, folder)
    return replace(found, figures={"task": opened.task, **found.figures})


@dataclass(frozen=True)
class Opened:
    """A rebuilt export, and the name of a task as a user or the card gave it, with its options."""

    folder: Path
    network: Network
    task: str
    data_dir: Path | None
    options: DataOptions

    @classmethod
    def of(
        cls, folder: Path, task: str | None, data_dir: Path | None, options: DataOptions
    ) -> Opened:
        """Open an export; raises BadInput as `evaluated` does."""
        network = load_export(folder)
        name = task or _task_of_card(folder)
        options = options_for(folder / "card.json", read_card(folder), whole_name(name), options)
        return cls(folder, network, name, data_dir, options)

    def rows(self) -> TableRows | None:
        """Return all rows of the file where the task is one, by the columns of the export."""
        return rows_of_file(self.folder / "spec.json", whole_name(self.task), self.options)

    def data(self) -> Task:
        """Load the task; raises BadInput where the network does not fit."""
        directory = str(self.data_dir) if self.data_dir else None
        data = TaskReference(self.task, directory, options=self.options).load()
        _check_fit(self.network.spec, data, self.folder)
        _check_vocabulary(data, self.folder)
        return data

    def metric(self, target: Target, *, with_groups: bool) -> Metric:
        """Return the metric that the card names, if it can be measured, else the target's own."""
        known = metric_names(target.kind, with_groups=with_groups)
        return Metric.load(_named_metric(self.folder, target, known))


def _of_rows(network: Network, rows: TableRows, folder: Path) -> Evaluated:
    """Return what `evaluated` does, of all rows of a file."""
    kind = input_type(network.spec)
    x = rows.x.astype(str(kind).removeprefix("torch."))
    groups = rows.groups
    split = Split(x, rows.y, kind=TABLE, groups=groups.numbers if groups else None)
    names = groups.names if groups else ()
    found = _measured(network, rows.target, {"rows": split}, names, folder)
    return replace(found, figures={**found.figures, "notes": rows.notes})


def _measured(
    network: Network,
    target: Target,
    splits: Mapping[str, Split],
    groups: Sequence[str],
    folder: Path,
) -> Evaluated:
    """Return all metrics of a network by split, `groups` their rows by group."""
    metrics = metric_names(target.kind, with_groups=bool(groups))
    metric = _named_metric(folder, target, metrics)
    most = examples_at_once(network.spec)
    answers = {name: answered(network, target, split, most) for name, split in splits.items()}
    result: dict[str, Any] = {
        "metric": metric,
        "parameters": network.spec.dense_parameters(),
        "milliseconds": milliseconds(
            network, torch.tensor(next(iter(splits.values())).x[:1]), Numerics()
        ),
    }
    for name, given in answers.items():
        result |= {f"{name}_{one}": given.value(Metric.load(one)) for one in metrics}
        result[f"{name}_examples"] = len(given.split)
    if groups:
        result["groups"] = rows_by_group(Metric.load(metric), answers, groups)
    return Evaluated(result, answers, target)


def measured(
    network: Callable[[Tensor], Tensor], target: Target, split: Split, metrics: Iterable[str]
) -> dict[str, float]:
    """Return metrics by name of a network in use, whose outputs are readable, on a split."""
    answers = answered(network, target, split)
    return {name: answers.value(Metric.load(name)) for name in metrics}


def answered(
    network: Callable[[Tensor], Tensor], target: Target, split: Split, most: int = BATCH
) -> Answers:
    """Return what metrics take of a network in use, whose outputs are readable, on a split.

    It is given at most so many examples at once.
    """
    size = target.held_at_once(split.x.shape[1:], min(most, BATCH))
    found = []
    with torch.inference_mode():
        for start in range(0, len(split), size):
            part = slice(start, start + size)
            outputs = network(torch.tensor(split.x[part]))
            if target.per_position:  # too much to keep
                outputs = target.for_metrics(outputs, torch.tensor(target.encoded(split.y[part])))
            found.append(outputs.numpy())
    return Answers(np.concatenate(found), split)


def _check_vocabulary(task: Task, folder: Path) -> None:
    """Raise BadInput where a number stands for another token than it did in training."""
    expected = task.target.vocabulary_json()
    if expected and read_json(folder / "vocabulary.json") != expected:
        raise BadInput(
            f"the network in {shown(folder)} has other tokens than task {task.name}: they are "
            "those of its own text and its --tokens; vocabulary.json lists them"
        )


def read_card(folder: Path) -> dict[str, Any]:
    """Return the card of an export; {} where it has none that is one."""
    path = folder / "card.json"
    card = read_json(path) if path.is_file() else {}
    return card if isinstance(card, dict) else {}


def _task_of_card(folder: Path) -> str:
    card = read_json(folder / "card.json")
    name = card.get("task") if isinstance(card, dict) else None
    if not isinstance(name, str):
        raise BadInput(f"{folder / 'card.json'} names no task; give one with --task")
    if name not in TASKS.names():
        raise BadInput(
            f"{folder / 'card.json'} names the task {name!r}, which is not one of evo's. If you "
            f"trust where it comes from: --task {name}"
        )
    return name


def _named_metric(folder: Path, target: Target, metrics: Sequence[str]) -> str:
    """Return the metric that a card names, if it is one of these, else the target's own."""
    named = read_card(folder).get("metric")
    return str(named) if named in metrics else target.primary


def _check_fit(spec: NetworkSpec, task: Task, folder: Path) -> None:
    if (spec.input_shape, spec.outputs) != (task.input_shape, task.target.outputs):
        raise BadInput(
            f"the network in {shown(folder)} takes inputs of shape {spec.input_shape} and has "
            f"{spec.outputs} outputs; task {task.name} has {task.input_shape} and "
            f"{task.target.outputs} {task.target.kind}. Options that say what data are, such as "
            "--target, have to be those of its run"
        )
