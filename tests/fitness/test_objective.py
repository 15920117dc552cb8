"""Contract of every objective, and the values of the built-in ones."""

import math
from dataclasses import replace

import numpy as np
import pytest

from fitness.data.task import Split, Task
from fitness.metric import METRICS, Metric, metric_names
from fitness.objective import NetworkMeasures, Objective, metric_for_task, objective_names
from fitness.targets.values import Values
from genomes.genes.registry import UnknownName
from genomes.graph.activation_memory import peak_activation_bytes
from tests.fitness.tiny import evaluator, expressed, make_task

SPEC = evaluator().spec(expressed())
GOOD = {name: 0.9 if Metric.load(name).rises else 0.1 for name in metric_names()}
OUTCOME = NetworkMeasures(
    metrics=GOOD,
    validation_loss=0.3,
    dense=1000,
    active=250,
    shrunk=400,
    shrunk_spec=SPEC,
    spec=SPEC,
    latency=0.25,
    corrupted_accuracy=lambda: 0.75,
)


def test_values_of_the_built_in_ones() -> None:
    others = [name for name in objective_names() if not Objective.load(name).is_metric]
    assert {name: Objective.load(name).value(OUTCOME) for name in others} == {
        "active_parameters": 250.0,
        "active_ratio": 0.25,
        "dense_parameters": 1000.0,
        "expected_flops": float(SPEC.flops()),
        "flops": float(SPEC.flops()),
        "latency": 0.25,
        "peak_activation_bytes": float(peak_activation_bytes(SPEC)),
        "robust_accuracy": 0.75,
        "shrunk_parameters": 400.0,
        "validation_loss": 0.3,
    }


@pytest.mark.parametrize(
    "name", [n for n in objective_names() if n not in METRICS or n in metric_names("classes")]
)
def test_every_objective_describes_itself(name: str) -> None:
    objective, task = Objective.load(name), in_groups(make_task())
    assert objective.name == name
    assert objective.direction in ("max", "min")
    assert objective.scale in ("linear", "log")
    assert objective.label
    assert objective.unit
    worst, value = objective.reference(task), objective.value(OUTCOME)
    assert value > worst if objective.direction == "max" else value < worst
    assert objective.scale == "linear" or worst > 0
    assert objective.known_before_training == (objective.known is not None)
    assert objective.ideal > worst if objective.direction == "max" else objective.ideal < worst
    if objective.known is not None:
        spec = evaluator().spec(expressed())
        assert objective.known(spec) == spec.dense_parameters()


def in_groups(task: Task) -> Task:
    """Return the task with every second example in a group of its own."""
    splits = {name: getattr(task, name) for name in ("train", "validation", "test")}
    halves = {n: replace(one, groups=np.arange(len(one)) % 2) for n, one in splits.items()}
    return replace(task, **halves)


def test_references() -> None:
    task = make_task()
    largest = int(np.bincount(task.train.y).argmax())
    always_one_class = float((task.validation.y == largest).mean())
    assert Objective.load("accuracy").reference(task) == always_one_class
    assert Objective.load("validation_loss").reference(task) == math.log(3)
    assert Objective.load("active_ratio").reference(task) == 1.1
    assert Objective.load("flops").reference(task) == task.limits.max_flops
    assert Objective.load("latency").reference(task) == 1.0 + task.limits.max_flops / 1e6
    assert [name for name in objective_names() if Objective.load(name).by_the_clock] == ["latency"]
    assert Objective.load("active_parameters").reference(task) == task.limits.max_parameters


def test_the_reference_of_a_time_is_that_of_the_batch_that_is_timed() -> None:
    task, latency, flops = make_task(), Objective.load("latency"), Objective.load("flops")
    assert latency.reference_for(task, 1) == latency.reference(task)
    assert latency.reference_for(task, 8) == 8 * latency.reference(task)
    assert flops.reference_for(task, 8) == flops.reference(task)


def test_accuracy_under_corruption_is_for_classes_that_can_be_corrupted() -> None:
    robust = Objective.load("robust_accuracy")
    assert robust.on_request
    assert robust.unsuitable(make_task()) == ""
    assert robust.reference(make_task()) == Objective.load("accuracy").reference(make_task())
    x, y = np.zeros((8, 2), np.float32), np.arange(8.0)
    values = Task("v", "", Values(), *[Split(x, y)] * 3)
    assert robust.unsuitable(values) == "its answers are values, and accuracy is of classes"
    assert Objective.load("flops").unsuitable(values) == ""


def test_unknown_names_suggest_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'active_ratio'"):
        Objective.load("activ_ratio")


def test_the_metric_of_the_worst_group_needs_groups_that_can_be_measured() -> None:
    task = make_task()
    with pytest.raises(ValueError, match=r"task tiny has none: name columns by --metric-group"):
        metric_for_task("worst_group_accuracy", task)
    assert metric_for_task("worst_group_accuracy", in_groups(task)).worst_of is not None
    x, y = np.zeros((8, 2), np.float32), np.arange(8.0)
    split = Split(x, y, groups=np.array([0] * 6 + [1] * 2))
    constant = replace(split, y=np.array([*range(6), 7, 7]))
    values = Task("v", "", Values(), split, constant, split)
    assert metric_for_task("r2", values).name == "r2"
    with pytest.raises(ValueError, match="group '1' of validation: the target is the same"):
        metric_for_task("worst_group_r2", values)
