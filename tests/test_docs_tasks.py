"""The examples of docs/tasks.md run: a task of one's own, a folder of pictures to a network."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.command_line import evo
from tests.fitness.data.images.pictures import save

TEXT = (Path(__file__).resolve().parent.parent / "docs" / "tasks.md").read_text(encoding="utf-8")
QUICK = ["--population", "4", "--females", "2", "--stages", "1,2", "--runner", "serial"]
QUICK += ["--epoch-examples", "300"]
ALONE = """
import sys
import torch
from model import Network
from safetensors.torch import load_file
network = Network()
network.load_state_dict(load_file("weights.safetensors"))
print(tuple(network.eval()(torch.zeros(2, {shape})).shape), "evo" in sys.modules)
"""


def section(title: str) -> str:
    """Return what stands below a heading, up to the next."""
    return re.split(r"\n#+ ", TEXT.split(f"# {title}\n", 1)[1])[0]


def run_commands(text: str, work: Path, which: str = "", *quick: str) -> None:
    """Run the commands of a section that begin so, with fewer and shorter generations."""
    for command in re.findall(rf"^evo ({which}.*)$", text, re.MULTILINE):
        arguments = shlex.split(command, comments=True)
        if arguments[0] == "run":
            arguments[arguments.index("--generations") + 1] = "1"
            arguments += [*QUICK, *quick]
        evo(work, *arguments)


def answer(folder: Path, shape: str) -> str:
    """Load an exported network in a Python that knows nothing of evo, and ask it."""
    program = [sys.executable, "-c", ALONE.format(shape=shape)]
    result = subprocess.run(
        program, cwd=folder, env={**os.environ, "PYTHONPATH": ""}, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.mark.slow
def test_a_task_of_ones_own_in_thirty_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = section("Of PyTorch's datasets")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(example.splitlines()) <= 35
    few = re.sub(r"Shapes\((\d+),", lambda m: f"Shapes({int(m[1]) // 10},", example)
    assert few != example
    (tmp_path / "shapes.py").write_text(few, encoding="utf-8")
    monkeypatch.setattr(sys, "path", list(sys.path))
    run_commands(text, tmp_path, "run")  # the others are those of the next test
    assert (tmp_path / "results" / "shapes" / "report.html").is_file()


@pytest.mark.slow
def test_from_a_folder_of_pictures_to_an_exported_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for number in range(60):
        pixels = rng.integers(0, 100, (10, 12, 3), dtype=np.uint8)
        pixels[:, :, number % 2] += 100
        save(tmp_path / "pets" / ("cats", "dogs")[number % 2] / f"{number}.png", pixels)
    run_commands(section("`images:FOLDER`"), tmp_path)
    assert answer(tmp_path / "pets-network", "3, 10, 12") == "(2, 2) False"


@pytest.mark.slow
def test_a_text_becomes_an_exported_network(tmp_path: Path) -> None:
    lines = [f"{k} green bottles hanging on the wall, and {k // 7} fell.\n" for k in range(400)]
    lines.insert(0, "Once upon a time\n")
    (tmp_path / "story.txt").write_text("".join(lines))
    run_commands(section("`text:FILE`, `text:FOLDER`"), tmp_path)
    tokens = len({*"".join(lines)})
    assert answer(tmp_path / "story-network", "100).long(") == f"(2, {tokens}, 100) False"
