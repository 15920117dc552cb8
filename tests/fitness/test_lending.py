from __future__ import annotations

import pickle

import numpy as np
import torch

from fitness.lending import borrowed, lent
from fitness.resident import resident
from fitness.task import Split, Task


def task() -> Task:
    rng = np.random.default_rng(0)
    y = np.arange(6, dtype=np.int64) % 2
    grey = rng.integers(0, 255, (6, 4, 3), dtype=np.uint8)[:, None]  # strides 12, 0, 3, 1
    turned = np.asfortranarray(rng.integers(0, 255, (6, 1, 4, 3), dtype=np.uint8))
    plain = np.ascontiguousarray(grey.copy())
    return Task("grey", "", 2, Split(grey, y), Split(turned, y), Split(plain, y))


def sent(given: Task) -> Task:
    """Send a task as Ray does: arrays out of band, read-only on arrival."""
    buffers: list[pickle.PickleBuffer] = []
    blob = pickle.dumps(lent(given), protocol=5, buffer_callback=buffers.append)
    views = [memoryview(buffer.raw()).toreadonly() for buffer in buffers]
    return borrowed(pickle.loads(blob, buffers=views))


def test_what_arrives_is_equal_shared_and_laid_out_as_at_home() -> None:
    given = task()
    taken = sent(given)
    assert taken.fingerprint() == given.fingerprint()
    assert given.train.x.strides == (12, 0, 3, 1)
    for name in ("train", "validation", "test"):
        here, there = getattr(given, name), getattr(taken, name)
        assert not there.x.flags.writeable
        assert np.shares_memory(here.x, there.x)  # no copy on the way
        ours, theirs = resident(here, "cpu").x, resident(there, "cpu").x
        assert ours.stride() == theirs.stride()  # else other kernels, and other last digits
        assert torch.equal(ours, theirs)


def test_plain_pickling_would_change_the_layout() -> None:
    """Show the trap: without the strides, the tensor a worker makes is another one."""
    given = task().train
    taken = pickle.loads(pickle.dumps(given, protocol=5))
    assert resident(given, "cpu").x.stride() != resident(taken, "cpu").x.stride()
