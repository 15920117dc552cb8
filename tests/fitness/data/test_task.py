"""Tasks validate themselves; every registered task keeps the contract."""

from dataclasses import replace

import numpy as np
import pytest

from fitness.data.task import Split, Task
from fitness.data.task_names import TASKS
from fitness.data.task_reference import TaskReference
from fitness.metric import metric_for
from fitness.targets.classes import Classes
from fitness.tasks import fashion_mnist
from genomes.genes.registry import UnknownName

X = np.arange(8, dtype=np.float32).reshape(4, 2)
Y = np.array([0, 1, 0, 1])
SPLIT = Split(X, Y)
TASK = Task("tiny", "four points", Classes(2), SPLIT, SPLIT, SPLIT)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X, Y[:3], "4 inputs and 3 targets"),
        (X[:0], Y[:0], r"inputs of shape \(0, 2\)"),
        (X[:, :, None, None, None], Y, r"shape \(4, 2, 1, 1, 1\)"),
        (np.where(X == 3, np.nan, X), Y, "1 inputs that are NaN"),
    ],
)
def test_impossible_splits_are_refused(x: np.ndarray, y: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Split(x, y)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target": 2}, r"received target 2, expected for instance Classes\(10\)"),
        ({"target": Classes(3)}, r"classes \[2\] of 0..2 are not in train"),
        ({"train": Split(X, Y - 1)}, "received the label -1; if it marks"),
        ({"test": Split(X[:, :1], Y)}, r"test inputs have shape \(1,\)"),
        ({"validation": Split(X, Y * 2)}, "validation has the label 2, which is none of train's"),
    ],
)
def test_impossible_tasks_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(TASK, **changes)


def test_the_fingerprint_follows_the_contents() -> None:
    same = Task("tiny", "described otherwise", Classes(2), Split(X.copy(), Y.copy()), SPLIT, SPLIT)
    assert same.fingerprint() == TASK.fingerprint()
    assert replace(TASK, test=Split(X + 1, Y)).fingerprint() != TASK.fingerprint()
    assert replace(TASK, name="other").fingerprint() != TASK.fingerprint()


def test_an_unknown_task_suggests_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'digits'"):
        TaskReference("digit").load()


@pytest.mark.parametrize("name", TASKS.names())
def test_every_registered_task_keeps_the_contract(name: str) -> None:
    if name == "fashion-mnist" and not fashion_mnist.SYSTEM_FOLDER.is_dir():
        pytest.skip("data set not installed")
    module = TASKS.load(name)
    task = module.load(None)
    assert task.name == name
    assert task.description == module.DESCRIPTION
    assert len(task.target.names) == task.target.outputs
    assert task.augmentations[0] == "none"
    assert metric_for(None, task.target).name == task.target.primary
    for split in (task.train, task.validation, task.test):
        if task.target.kind == "classes":
            assert set(np.unique(split.y)) == set(range(task.target.outputs))
        assert split.x.flags.writeable  # torch shares the memory and wants it so
