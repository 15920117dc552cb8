"""`package.module:make_task`: found from the current folder; mistakes are named."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fitness.data.task_reference import TaskReference

SOURCE = """
import numpy as np
from fitness.data.task import Split, Task
from fitness.targets.classes import Classes

def make_task():
    split = Split(np.eye(2, dtype=np.float32), np.array([0, 1]))
    return Task("mine", "two points", Classes(2), split, split, split)

def make_nothing():
    return None
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "their_tasks.py").write_text(SOURCE)
    (tmp_path / "their_broken.py").write_text("import not_installed_anywhere\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry != ""])
    yield
    for name in ("their_tasks", "their_broken"):
        sys.modules.pop(name, None)


def test_a_task_is_made_by_a_module_in_the_current_folder() -> None:
    task = TaskReference("their_tasks:make_task").load()
    assert (task.name, task.input_shape, len(task.test)) == ("mine", (2,), 2)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("their_task:make_task", "no module 'their_task'.*current folder"),
        ("their_tasks.inner:make", "no module 'their_tasks.inner'"),
        ("their_tasks:make_tusk", "Did you mean 'make_task'"),
        ("their_tasks:make_nothing", "returned a NoneType"),
        ("their tasks:make", "supported|expected a name of .*package.module:make_task"),
        ("their_tasks:", "supported|expected a name of .*package.module:make_task"),
    ],
)
def test_mistakes_are_named(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TaskReference(name).load()


def test_a_missing_dependency_of_the_module_is_told_with_its_place() -> None:
    found = "importing their_broken raised .*not_installed_anywhere.*their_broken.py, line 1"
    with pytest.raises(ValueError, match=found):
        TaskReference("their_broken:make_task").load()
