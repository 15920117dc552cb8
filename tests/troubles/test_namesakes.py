"""A `fitness.py` beside a user's script hid evo's package: "No module named 'fitness.dossier'".

A `token.py` there hid Python's own: worker processes ended while they started, again and again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fitness.data.arrays import UnusableData
from fitness.data.user_task import call_user_task
from fitness.plugins import import_plugins

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, script: str, name: str = "mine.py") -> str:
    (folder / name).write_text(script)
    done = subprocess.run(
        [sys.executable, name],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 1, done.stderr
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", ["genomes", "fitness", "runners"])
@pytest.mark.parametrize("script", ["import evo", "import {name}; import evo", "import evo.cli"])
@pytest.mark.parametrize("file", ["{name}.py", "{name}/__init__.py"])
def test_a_file_that_hides_a_package_is_named(
    tmp_path: Path, name: str, script: str, file: str
) -> None:
    hiding = tmp_path / file.format(name=name)
    hiding.parent.mkdir(exist_ok=True)
    hiding.write_text("mine = 1\n")
    said = run(tmp_path, script.format(name=name))
    assert said.startswith(f"ImportError: {hiding} hides evo's package '{name}'")
    assert f"my_{name}.py" in said


def test_a_script_of_the_name_is_told_too(tmp_path: Path) -> None:
    said = run(tmp_path, "import evo", "fitness.py")
    assert said.startswith(f"ImportError: {tmp_path / 'fitness.py'} hides")


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        *((name, f"evo's package '{name}'") for name in ("evo", "genomes", "fitness", "runners")),
        ("torch", "the package 'torch'"),
        ("token", "Python's module 'token'"),
        ("queue", "Python's module 'queue'"),
    ],
)
def test_workers_would_find_those_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, hidden: str
) -> None:
    (tmp_path / f"{name}.py").write_text("mine = 1\n")
    (tmp_path / "mine.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for load in (lambda: call_user_task("mine:make"), lambda: import_plugins(["mine"])):
        with pytest.raises(ValueError, match=rf"{name}.py hides {hidden}"):
            load()
    assert str(tmp_path) not in sys.path


def test_what_is_never_loaded_may_have_a_namesake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of scripts often has a `test.py`, or a package `this`."""
    (tmp_path / "test.py").write_text("")
    (tmp_path / "named_so.py").write_text("def make(): raise ValueError('mine')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(UnusableData, match="mine"):
        call_user_task("named_so:make")
