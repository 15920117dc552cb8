"""The names that `import evo` promises."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import evo

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", evo.__all__)
def test_every_name_can_be_had_again_and_again(name):
    first = getattr(evo, name)
    for home in (
        "evo.python.loading",
        "evo.running.session",
        "evo.errors",
        "evo.settings.config",
    ):
        importlib.import_module(home)
    assert getattr(evo, name) is first  # no submodule of the same name takes its place


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="has no attribute 'lod'"):
        evo.lod  # noqa: B018


def test_importing_evo_loads_nothing_heavy():
    code = "import sys, evo; print({'torch', 'ray', 'pandas', 'sklearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def typing_errors(programs, folder):
    """Return what mypy says of programs, by their names, line by line."""
    for name, text in programs.items():
        (folder / f"{name}.py").write_text(text)
    files = [f"{name}.py" for name in programs]
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", *files]
    # mypy does not see what is installed to be edited in place.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
    lines = [line for line in found.stdout.splitlines() if "error:" in line]
    return {
        name: [line.partition("error: ")[2] for line in lines if line.startswith(f"{name}.py")]
        for name in programs
    }


@pytest.mark.slow
def test_a_users_type_checker_knows_what_may_be_given(tmp_path):
    right = """
import evo

space: dict[str, evo.Parameter] = {"a": evo.Integer(1, 4), "b": {"c": evo.Choice(["x"])}}

def evaluate(point: dict[str, int], epochs: int, seed: int, before: None) -> evo.Outcome:
    return evo.Outcome({"loss": 1.0})

evo.search(space, evaluate, objectives={"loss": "min"}, epochs=(1, 4), pins={"a": [1, 2]})
run: evo.Tables = evo.run("digits", generations=2, objectives=["accuracy"])
evo.resume(run, generations=3, runner="serial")
"""
    wrong = """
import evo

evo.search({"a": 3}, print, objectives={"loss": "down"}, epochs=4)
evo.run("digits", generation=2)
evo.run("digits", runner="slurm")
evo.resume("digits-001", population=8)
"""
    found = typing_errors({"right": right, "wrong": wrong}, tmp_path)
    assert found["right"] == []
    errors = found["wrong"]
    assert len(errors) == 6
    assert 'Unexpected keyword argument "generation" for "run"' in errors[3]
    assert "expected \"Literal['ray', 'serial']\"" in errors[4]
