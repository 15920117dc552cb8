"""A user's modules are found in the current folder; whatever is wrong with one is named."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fitness.data.task_names import TASKS
from fitness.data.task_reference import TaskReference
from fitness.plugins import import_plugins

SOURCE = """
from types import SimpleNamespace
from fitness.data.task_names import TASKS
from fitness.tasks import digits
TASKS.register("their-digits", SimpleNamespace(load=digits.load, DESCRIPTION="the same"))
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "their_plugin.py").write_text(SOURCE)
    (tmp_path / "their_broken_plugin.py").write_text("1 / 0\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry != ""])
    monkeypatch.setattr(TASKS, "_added", {})
    monkeypatch.delitem(sys.modules, "their_plugin", raising=False)


def test_what_a_plugin_registers_is_there_once_it_is_imported() -> None:
    assert "their-digits" not in TASKS.names()
    import_plugins(["their_plugin"])
    assert "their-digits" in TASKS.names()
    import_plugins(["their_plugin"])


def test_a_task_reference_imports_its_plugins_first() -> None:
    assert TaskReference("their-digits", plugins=("their_plugin",)).load().name == "digits"


@pytest.mark.parametrize(
    ("module", "why"),
    [
        ("no_such_plugin", "ModuleNotFoundError: No module named 'no_such_plugin'"),
        ("their_broken_plugin", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_plugin_that_cannot_be_imported_is_named(module: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"--plugin {module}: cannot import it: {why}"):
        import_plugins([module])


def test_without_plugins_nothing_is_touched() -> None:
    before = list(sys.path)
    import_plugins(())
    assert sys.path == before
