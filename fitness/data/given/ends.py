"""What stands between a given network and a task: its inputs as the network takes them, and its
outputs in the numbers that training compares with the targets."""

from __future__ import annotations

import numpy as np

from fitness.data.arrays import UnusableData
from fitness.data.fit_normalization import fit
from fitness.data.given.options import RAW, STANDARD, UNIT, ModelOptions
from fitness.data.inputs.fit_table import fit_table
from fitness.data.task import Task
from genomes.graph.normalization import Normalization
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec

STANDARDISED = "standardised"  # the node that standardises values
NAMED = 3  # columns that a message names


def check_inputs(task: Task, options: ModelOptions) -> None:
    """Raise UnusableData for inputs that no given network is known to take."""
    if task.tokens is not None and options.model_input not in (UNIT, RAW):
        raise UnusableData(
            f"received --model-input {options.model_input!r}, but the inputs of task "
            f"{task.name!r} are tokens, whole numbers, which nobody normalises. Leave it out"
        )
    if kinds := [column.name for column in task.columns if column.is_category]:
        raise UnusableData(
            f"task {task.name!r} has columns of categories ({_listed(kinds)}), and how a network "
            "of yours takes them is not known. Give the numbers that it takes instead: as columns "
            "of a table, arrays of npz:FILE, or Task.from_datasets"
        )
    for split in (task.train, task.validation, task.test) if task.columns else ():
        if lacking := np.flatnonzero(np.isnan(split.array).any(axis=0)).tolist():
            raise UnusableData(
                f"task {task.name!r} lacks numbers in columns "
                f"{_listed([task.columns[place].name for place in lacking])}, and a given network "
                "needs all of them. Fill them in, or leave these columns or rows out"
            )


def between_ends(spec: NetworkSpec, task: Task, options: ModelOptions) -> NetworkSpec:
    """Return an imported network behind the normalisation of a task's raw inputs.

    Values leave it standardised, as all networks learn them: its own are in the task's units.
    """
    return _closed(_opened(spec, _normalization(task, options)), task)


def check_outputs(spec: NetworkSpec, named: str, task: Task) -> None:
    """Raise UnusableData unless a network gives what a task asks for."""
    wanted = task.output_shape
    if spec.output.shape != wanted:
        raise UnusableData(
            f"{named} gives outputs of shape {spec.output.shape} for an "
            f"input of {task.input_shape}, but task {task.name!r} needs {wanted}"
        )


def _normalization(task: Task, options: ModelOptions) -> Normalization | None:
    if task.tokens is not None:
        return None
    standard, x = None, task.train.x
    if options.model_input == STANDARD:
        standard = (
            fit_table(task.train.array, task.columns).standard if task.columns else fit(task)
        )
    shape = task.input_shape
    found = options.normalization(shape, x.dtype == np.uint8, standard)
    if found is None and x.dtype == np.float64:  # it makes them float32, as weights are
        return Normalization((0.0,) * shape[0], (1.0,) * shape[0])
    return found


def _opened(spec: NetworkSpec, normalization: Normalization | None) -> NetworkSpec:
    if normalization is None:
        return spec
    sketch = Sketch(spec.input_shape, spec.nodes[0].name)
    first = sketch.opening(normalization)
    for node in spec.nodes[1:]:
        inputs = [first if name == spec.nodes[0].name else name for name in node.inputs]
        sketch.add(node.name, node.operation, *inputs, **node.attributes)
    return sketch.finish()


def _closed(spec: NetworkSpec, task: Task) -> NetworkSpec:
    if task.target.units is None:
        return spec
    sketch = Sketch(spec.input_shape, spec.nodes[0].name)
    for node in spec.nodes[1:]:
        sketch.add(node.name, node.operation, *node.inputs, **node.attributes)
    deviations, means = task.target.units
    scale = tuple(1.0 / deviation for deviation in deviations)
    offset = tuple(-mean / each for mean, each in zip(means, deviations, strict=True))
    sketch.add(STANDARDISED, "rescale", spec.output.name, scale=scale, offset=offset)
    return sketch.finish()


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
