import numpy as np
import torch

from fitness.resident import ResidentData, resident
from fitness.task import Split
from tests.fitness.tiny import make_task


def test_splits_become_tensors_of_the_same_type() -> None:
    task = make_task()
    data = ResidentData.load(task, "cpu")
    assert data.train.x.dtype == torch.uint8
    assert data.train.y.dtype == torch.int64
    assert np.array_equal(data.train.x.numpy(), task.train.x)
    assert np.array_equal(data.validation.y.numpy(), task.validation.y)
    assert len(data.train) == 100


def test_arrays_that_are_read_only_or_strided_are_taken_and_not_shared() -> None:
    x = np.arange(12, dtype=np.float32).reshape(4, 3)[:, ::-1]
    x.flags.writeable = False
    examples = resident(Split(x, np.zeros(4, dtype=np.int64)), "cpu")
    examples.x.zero_()
    assert x[0].tolist() == [2.0, 1.0, 0.0]


def test_arrays_that_are_read_only_and_contiguous_are_shared() -> None:
    x = np.arange(12, dtype=np.float32).reshape(4, 3)
    own = resident(Split(x, np.zeros(4, dtype=np.int64)), "cpu")
    assert own.x.data_ptr() != x.ctypes.data
    x.flags.writeable = False
    shared = resident(Split(x, np.zeros(4, dtype=np.int64)), "cpu")
    assert shared.x.data_ptr() == x.ctypes.data
