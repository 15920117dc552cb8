"""The validation data are trained on, after the train data; nothing else changes."""

from __future__ import annotations

import numpy as np

from fitness.data.refit import RefitReference, merged
from fitness.data.task import Split, Task
from fitness.data.task_reference import TaskReference
from fitness.targets.classes import Classes


def test_validation_data_follow_the_train_data() -> None:
    task = TaskReference("digits").load()
    both = RefitReference("digits").load()
    count = len(task.train)
    np.testing.assert_array_equal(both.train.x[:count], task.train.x)
    np.testing.assert_array_equal(both.train.x[count:], task.validation.x)
    np.testing.assert_array_equal(both.train.y[count:], task.validation.y)
    assert both.validation is not None
    assert len(both.test) == len(task.test)
    assert both.fingerprint() == merged(task).fingerprint() != task.fingerprint()


def test_signals_stay_signals() -> None:
    split = Split(np.arange(36.0).reshape(4, 9), np.array([0, 1, 0, 1]), kind="signals")
    both = merged(Task("signals", "some", Classes(2), split, split, split))
    assert both.train.x.shape == (8, 1, 9)
