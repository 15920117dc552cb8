"""How arrays lie in memory: reversed, transposed, in another byte order, read-only.

Negative strides passed the search and then ended `evo export`, or failed every training. Arrays
are brought into one layout where data enter: the same numbers are the same task, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from evo.export.evaluate import measured
from evo.export.exported import plain_network
from evo.export.folder import write_export
from fitness.data.arrays import plain_layout
from fitness.data.fit_normalization import interface_of
from fitness.data.loaders.npz import load as load_npz
from fitness.data.resident import resident
from fitness.data.task import Split, Task
from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.targets.classes import Classes
from fitness.training.numerics import Numerics
from tests.evo.exports import FACTS, exported
from tests.fitness.tiny import expressed, job, make_task

Array = np.ndarray[Any, Any]


def backwards(x: Array, axis: int) -> Array:
    """Return the same numbers, lying the other way round along an axis."""
    return np.flip(np.flip(x, axis).copy(), axis)


def read_only(x: Array) -> Array:
    x = x.copy()
    x.flags.writeable = False
    return x


def unaligned(x: Array) -> Array:
    raw = np.zeros(x.nbytes + 1, np.uint8)
    view = raw[1:].view(x.dtype).reshape(x.shape)
    view[...] = x
    return view


def spread(x: Array) -> Array:
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
    wide[..., ::2] = x
    return wide[..., ::2]


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "plain": np.ascontiguousarray,
    "examples backwards": lambda x: backwards(x, 0),
    "channel of one backwards": lambda x: backwards(x, 1),
    "rows backwards": lambda x: backwards(x, 2),
    "columns backwards": lambda x: backwards(x, 3),
    "Fortran": np.asfortranarray,
    "new axis": lambda x: np.ascontiguousarray(x[:, 0])[:, None],
    "every other": spread,
    "big-endian": lambda x: x.astype(x.dtype.newbyteorder(">")),
    "read-only": read_only,
    "unaligned": unaligned,
    "matrix subclass": lambda x: x.view(np.memmap),
    "tensor": lambda x: torch.from_numpy(np.ascontiguousarray(x)),
    "tensor, channels last": lambda x: torch.from_numpy(np.ascontiguousarray(x)).contiguous(
        memory_format=torch.channels_last
    ),
    "list": lambda x: x.tolist(),
}
FLOATS = np.random.default_rng(0).normal(size=(24, 1, 6, 6)).astype(np.float32)
LABELS = np.arange(24) % 3


def task_of(lie: Callable[[Array], Any], x: Array = FLOATS) -> Task:
    splits = [Split(lie(x[at : at + 8]), LABELS[at : at + 8]) for at in (0, 8, 16)]
    return Task("t", "", Classes(3), *splits)


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_same_numbers_are_the_same_task(name: str) -> None:
    task, plain = task_of(LAYOUTS[name]), task_of(LAYOUTS["plain"])
    assert np.array_equal(task.train.x, plain.train.x)
    assert task.fingerprint() == plain.fingerprint()
    for split in (task.train, task.validation, task.test):
        assert type(split.x) is np.ndarray
        assert split.x.strides == plain.train.x.strides
        assert split.x.flags.writeable
        assert split.x.dtype.isnative
    assert resident(task.train, task.target, "cpu").x.stride() == (36, 36, 6, 1)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int8, np.int16,
                                  np.int64, np.uint16, np.bool_, ">f8", ">i2"])  # fmt: skip
def test_all_number_types_are_taken(kind: Any) -> None:
    x = (np.arange(8 * 36).reshape(8, 1, 6, 6) % 2).astype(kind)
    split = Split(x, LABELS[:8])
    task = Task("t", "", Classes(3), split, split, split)
    assert task.train.x.dtype == np.float32
    assert np.array_equal(task.train.x, x.astype(np.float32))


def test_bytes_stay_bytes() -> None:
    split = Split(np.full((3, 2), 200, np.uint8), [0, 1, 0])
    assert Task("t", "", Classes(2), split, split, split).train.x.dtype == np.uint8


@pytest.mark.parametrize(
    "lie",
    [
        lambda y: y[::-1].copy()[::-1],
        read_only,
        lambda y: y[:, None],
        lambda y: y.astype(">i4"),
        lambda y: y.astype(np.uint8),
    ],
)
def test_labels_lie_as_they_like(lie: Callable[[Array], Array]) -> None:
    split = Split(FLOATS, lie(LABELS))
    y = Task("t", "", Classes(3), split, split, split).train.y
    assert y.tolist() == LABELS.tolist()
    assert y.dtype == np.int64
    assert y.flags.c_contiguous


@given(hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=4, max_side=4)), st.data())
def test_any_view_is_brought_into_the_usual_layout(x: Array, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(x.ndim)))
    view = x.transpose(order)
    for axis in range(view.ndim):
        step = data.draw(st.sampled_from([1, -1, 2, -2]))
        view = (
            np.flip(view, axis)
            if step == -1
            else view[(slice(None),) * axis + (slice(None, None, step),)]
        )
    plain = plain_layout(view)
    assert np.array_equal(plain, view, equal_nan=True)
    assert plain.strides == np.zeros(view.shape, np.float32).strides
    assert torch.from_numpy(plain).shape == view.shape


@pytest.mark.parametrize("name", ["columns backwards", "channel of one backwards", "Fortran",
                                  "big-endian", "read-only"])  # fmt: skip
def test_they_are_trained_exported_and_evaluated_alike(name: str, tmp_path: Path) -> None:
    found = [trained(LAYOUTS[which], tmp_path / which) for which in ("plain", name)]
    assert found[0] == found[1]


def trained(lie: Callable[[Array], Any], folder: Path) -> tuple[float, float]:
    """Train and export a small network; return its loss, and what its export gets right."""
    tiny = make_task()
    parts = (tiny.train, tiny.validation, tiny.test)
    task = Task("t", "", Classes(3), *(Split(lie(part.x), part.y) for part in parts))
    evaluator = NetworkEvaluator(TaskReference("unused"), Numerics())
    evaluator.unshare(
        {"task": task, "fingerprint": task.fingerprint(), "interface": interface_of(task)}
    )
    genes = expressed()
    evaluation = evaluator.evaluate(job(genes, to_epoch=6))
    assert evaluation.status == "ok", evaluation.reason
    assert evaluation.checkpoint is not None
    network = plain_network(evaluator.network(genes, evaluation.checkpoint))
    write_export(exported(network, "npz:x.npz", FACTS), folder)
    found = measured(network, task.target, task.test, ["accuracy"])
    return evaluation.objectives["validation_loss"], found["accuracy"]


@pytest.mark.parametrize("name", ["columns backwards", "Fortran", "big-endian"])
def test_archives_keep_such_arrays_and_they_are_read_alike(name: str, tmp_path: Path) -> None:
    prints = []
    for which in ("plain", name):
        np.savez(tmp_path / "mine.npz", x=LAYOUTS[which](FLOATS), y=LABELS)
        prints.append(load_npz(tmp_path / "mine.npz").fingerprint())
    assert prints[0] == prints[1]
