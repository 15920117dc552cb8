"""docs/tutorial.md runs as it stands, in one folder from top to bottom, and its notebook too.

Searches are made tiny; all else is what a reader types. Commands run in a shell whose `python` and
`evo` are those of the tests; what the tutorial says runs without evo runs where evo is not found.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.command_line import ENVIRONMENT, PATIENCE_SECONDS, ROOT

TEXT = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
NOTEBOOK = ROOT / "examples" / "tutorial.ipynb"
FILES = dict(re.findall(r"```python\n# (\S+\.py)\n(.*?)```", TEXT, re.DOTALL))
STEPS = [
    (name or "", text)
    for name, text in re.findall(r"```(?:python\n# (\S+\.py)|sh)\n(.*?)```", TEXT, re.DOTALL)
]
TINY = "--generations 2 --population 4 --females 2 --stages 1,3 --runner serial"
SETTINGS = {
    "generations": 2, "population": 4, "females": 2, "stages": [1, 3], "runner": "serial",
}  # fmt: skip


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Prepare a folder to work in; return one with the commands `python` and `evo`."""
    programs = tmp_path / "bin"
    programs.mkdir()
    start = '#!/bin/sh\nexec "{python}" {arguments} "$@"\n'
    evo = f"PYTHONPATH={ROOT} exec \"{sys.executable}\" -c 'from evo.cli import main; main()'"
    (programs / "evo").write_text(f'#!/bin/sh\n{evo} "$@"\n')
    (programs / "python").write_text(start.format(python=sys.executable, arguments=""))
    for program in programs.iterdir():
        program.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "work").mkdir()
    return programs


def environment(programs: Path) -> dict[str, str]:
    """Return an environment in which only the command `evo` finds evo."""
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    cache = os.environ["XDG_CACHE_HOME"]
    return {**ENVIRONMENT, "PATH": path, "PYTHONPATH": "", "XDG_CACHE_HOME": cache}


def made_tiny(command: str) -> str:
    """Shorten a search; its limit of time may stay, for it is never reached."""
    return f"{command} {TINY}" if command.startswith("evo run") else command


def typed(command: str, work: Path, programs: Path) -> str:
    done = subprocess.run(
        ["sh", "-ec", made_tiny(command)],
        cwd=work,
        env=environment(programs),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


def watched(command: str, work: Path, programs: Path) -> str:
    """Start `evo watch` as a reader does, but for the browser; return the page that it serves."""
    server = subprocess.Popen(
        ["sh", "-ec", f"exec {command} --no-browser"],
        cwd=work,
        env=environment(programs),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        lines = iter(server.stdout.readline, "")
        address = next(found[0] for line in lines if (found := re.findall(r"http://\S+", line)))
        with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:
            return str(answer.read().decode())
    finally:
        server.terminate()
        server.wait()


@pytest.mark.slow
def test_every_step_of_the_tutorial_runs(tmp_path: Path, shell: Path) -> None:
    work, printed = tmp_path / "work", {}
    for name, text in STEPS:
        if name:
            (work / name).write_text(text, encoding="utf-8")
            continue
        for command in text.splitlines():
            run = watched if command.startswith("evo watch") else typed
            printed[command] = run(command, work, shell)
    said = {start: text for start, text in printed.items() if start.startswith("evo run")}
    dry, pictures, table = said.values()
    assert "10, from 9.6 % (8) to 10.2 % (3) of train" in dry
    assert "wall time" in dry
    assert "Front: " in pictures
    assert "inputs are 9 numbers: age, bmi," in table
    assert "1 category: sex (2)" in table
    of_pictures, of_rows = (out for command, out in printed.items() if "predict.py" in command)
    assert len(re.findall(r"^\.\./fresh/\d/\d+\.png: \d \(\d+%\)$", of_pictures, re.M)) == 47
    assert len(re.findall(r"^predicted -?\d+, measured \d+$", of_rows, re.M)) == 12
    assert "12 examples" in re.sub(r"\s+", " ", printed[next(
        command for command in printed if "new_patients.csv" in command
    )])  # fmt: skip


def test_what_the_tutorial_says_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)", TEXT):
        assert target.startswith("http") or (ROOT / "docs" / target).is_file(), target


def sources() -> list[str]:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_the_notebook_has_the_programs_of_the_tutorial_and_no_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    cells = [re.sub(r"^%%writefile \S+\n", "", source) for source in sources()]
    for name, text in FILES.items():
        assert text.rstrip("\n") in cells, f"{name} of the tutorial is no cell of the notebook"
    for cell in notebook.cells:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


@pytest.mark.slow
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    line = 'settings = {"max_minutes": MINUTES}'
    (cell,) = (cell for cell in notebook.cells if line in cell.source)
    cell.source = cell.source.replace(line, f"settings = {SETTINGS}")
    client = NotebookClient(notebook, timeout=int(PATIENCE_SECONDS), kernel_name="python3")
    client.km = client.create_kernel_manager()
    client.km.kernel_cmd = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    client.execute(cwd=str(tmp_path))
    outputs = {cell.source: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    (followed,) = next(out for source, out in outputs.items() if source.startswith("pins = "))
    assert "ended: all generations are done" in followed.data["text/html"]
    (summary,) = outputs["run"]
    assert "<table" in summary.data["text/html"]
    assert "<svg" in summary.data["text/html"]
    (figure,) = outputs['run.figure("hypervolume")']
    assert "image/png" in figure.data
    for source, out in outputs.items():
        printed = "".join(one.text for one in out if one.output_type == "stream")
        if source.startswith("!"):
            assert len(printed.splitlines()) == (12 if "new_patients" in source else 47)
        elif not source.startswith("%%"):  # what is told once, when pictures are decoded
            assert not printed or printed.startswith("handwriting: decoding 1,750"), source
