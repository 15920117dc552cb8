"""A format of one's own: registered by a plugin, found by its name and by the end of a path."""

from __future__ import annotations

from pathlib import Path

import pytest

from fitness.data.loader import LOADERS
from fitness.data.task_reference import TaskReference

PLUGIN = """
import sys

import numpy as np

from fitness.data.loader import LOADERS
from fitness.data.task import Split, Task
from fitness.targets.classes import Classes

EXAMPLE = "rows:FILE"
DESCRIPTION = "Rows of numbers, the class last."
OPTIONS = frozenset()


def recognises(path):
    return path.suffix == ".rows"


def load(path, options):
    table = np.loadtxt(path)
    parts = [Split(table[i::3, :-1], table[i::3, -1].astype(int)) for i in range(3)]
    return Task(path.stem, "rows", Classes(), *parts)


LOADERS.register("rows", sys.modules[__name__])
"""


@pytest.fixture
def numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "my_rows_loader.py").write_text(PLUGIN, encoding="utf-8")
    (tmp_path / "mine.rows").write_text("0.5 1 0\n1.5 2 1\n" * 9, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(LOADERS, "_added", {})
    return str(tmp_path / "mine.rows")


def test_a_plugins_loader_reads_its_format(numbers: str) -> None:
    plugins = ("my_rows_loader",)
    task = TaskReference(f"rows:{numbers}", plugins=plugins).load()
    assert task.input_shape == (2,)
    assert len(task.train) == 6
    guessed = TaskReference(numbers, plugins=plugins).load()
    assert guessed.fingerprint() == task.fingerprint()
    assert guessed.notes[0].endswith(f"was taken as rows:{numbers}")
