"""A given network in a run's folder: read as it was written, refused in words if damaged."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from evo.errors import BadInput
from evo.record.given.kept import GRAPH, WEIGHTS, is_kept, keep_given, kept_given
from fitness.data.arrays import UnusableData
from fitness.data.given.options import ModelOptions
from fitness.data.task_reference import TaskReference
from tests.troubles.hostile import bounded_memory

MODEL = ModelOptions(model="tests.fitness.data.given.own_models:learnt", keep=("conv",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    given = TaskReference("digits", model=MODEL).load().given
    assert given is not None
    keep_given(given, tmp_path)
    return tmp_path


def test_what_is_kept_is_what_was_given(folder: Path) -> None:
    task = TaskReference("digits", model=MODEL).load()
    assert task.given is not None
    found = kept_given(folder)
    assert is_kept(folder)
    assert (found.spec, found.reasons, found.notes) == (
        task.given.spec, task.given.reasons, task.given.notes
    )  # fmt: skip
    assert found.teaches
    assert found.identity == task.given.identity
    nowhere = ModelOptions(model="nowhere:make")
    again = TaskReference("digits", model=nowhere, given=found).load()
    assert again.fingerprint() == task.fingerprint()
    with pytest.raises(UnusableData, match=r"maps inputs .* but task 'wine' needs"):
        TaskReference("wine", model=nowhere, given=found).load()


def cut(folder: Path) -> None:
    path = folder / WEIGHTS
    path.write_bytes(path.read_bytes()[:-9])


def other_weights(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    save_file({**tensors, "head.bias": tensors["head.bias"] + 1}, folder / WEIGHTS)


def fewer(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    save_file({"head.bias": tensors["head.bias"]}, folder / WEIGHTS)


def foreign(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    save_file({**tensors, "body.weight": np.zeros(3, np.float32)}, folder / WEIGHTS)


def no_weights(folder: Path) -> None:
    (folder / WEIGHTS).unlink()


def pipe(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    os.mkfifo(folder / WEIGHTS)


def no_json(folder: Path) -> None:
    (folder / GRAPH).write_text("{")


def no_graph(folder: Path) -> None:
    (folder / GRAPH).write_text("[]")


def deep(folder: Path) -> None:
    (folder / GRAPH).write_text("[" * 100_000)


def huge(folder: Path) -> None:
    facts = json.loads((folder / GRAPH).read_text())
    facts["spec"]["input_shape"] = [1, 2**30, 2**30]
    facts["spec"]["nodes"][0]["shape"] = [1, 2**30, 2**30]
    (folder / GRAPH).write_text(json.dumps(facts))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut, "given.safetensors is damaged"),
        (other_weights, "are not what was written together: their hash is"),
        (fewer, "parameters, given.safetensors has 10"),
        (foreign, "has body.weight, of which its graph knows nothing"),
        (no_weights, "given.safetensors: No such file"),
        (pipe, "is a pipe or a device"),
        (no_json, "given.json is damaged"),
        (no_graph, "given.json is damaged"),
        (deep, "given.json is damaged"),
        (huge, "given.json is damaged"),
    ],
)
def test_what_is_damaged_is_refused(
    folder: Path, damage: Callable[[Path], None], message: str
) -> None:
    damage(folder)
    with pytest.raises(BadInput, match=message), bounded_memory():
        kept_given(folder)
