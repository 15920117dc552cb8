"""A real driver that is killed, gone on with from its storage as if on another machine."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.command_line import ENVIRONMENT, PROGRAM, typed
from tests.evo.cli.test_commands import TINY

pytestmark = pytest.mark.slow


def test_a_killed_driver_is_gone_on_with_from_its_storage(tmp_path: Path) -> None:
    settings = [*TINY, "--generations", "3", "--name", "long", "--storage", "shared"]
    process = subprocess.Popen(
        [*PROGRAM, *settings, "--logger", "tensorboard"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("generation 2/"):
            break
    process.kill()
    assert process.wait() == -signal.SIGKILL, "it was quicker than the kill"
    process.stdout.close()
    shutil.move(tmp_path / "results", tmp_path / "lost")
    out = typed(tmp_path, "resume", str(tmp_path / "shared/long"))
    assert "run results/long" in out
    typed(tmp_path, *settings[:-4], "--name", "whole")
    expected = (tmp_path / "results/whole/pareto.csv").read_bytes()
    assert (tmp_path / "results/long/pareto.csv").read_bytes() == expected
    mirror = tmp_path / "shared/long"
    assert (mirror / "pareto.csv").read_bytes() == expected
    for name in ("report.html", "figures/front.png"):  # drawn after the run had ended
        assert (mirror / name).read_bytes() == (tmp_path / "results/long" / name).read_bytes()
    assert len(list((mirror / "tensorboard").iterdir())) >= 2
    shown = typed(tmp_path, "show", "shared/long")
    assert "disk        " in shown
    assert "checkpoints" in shown
    shutil.rmtree(tmp_path / "results/long")
    shutil.copytree(mirror, tmp_path / "results/long")  # copied back by hand
    assert "This run is finished" in typed(tmp_path, "resume", "long")
