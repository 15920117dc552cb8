import pickle

import numpy as np
import torch

from fitness.data.resident import ResidentData, resident
from fitness.data.task import Split
from fitness.targets.classes import Classes
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
    examples = resident(Split(x, np.zeros(4, dtype=np.int64)), Classes(2), "cpu")
    examples.x.zero_()
    assert x[0].tolist() == [2.0, 1.0, 0.0]


def test_what_arrives_at_a_worker_is_shared_and_laid_out_as_at_home() -> None:
    """Send a task as Ray does, arrays out of band and read-only: it is not copied again."""
    given = make_task()
    buffers: list[pickle.PickleBuffer] = []
    blob = pickle.dumps(given, protocol=5, buffer_callback=buffers.append)
    views = [memoryview(buffer.raw()).toreadonly() for buffer in buffers]
    taken = pickle.loads(blob, buffers=views)
    assert taken.fingerprint() == given.fingerprint()
    ours, theirs = (resident(t.train, t.target, "cpu") for t in (given, taken))
    assert ours.x.data_ptr() != given.train.x.ctypes.data
    assert theirs.x.data_ptr() == given.train.x.ctypes.data
    assert ours.x.stride() == theirs.x.stride()  # else other kernels, and other last digits
    assert torch.equal(ours.x, theirs.x)
