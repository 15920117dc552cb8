"""A run in which all trainings failed ended with exit 0, "4 failed" and an empty front.

It stops with exit 1, the commonest reason and where the rest is; mended, it goes on as if nothing
had failed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evo.cli import main

TINY = [
    "run", "--task", "broken:make_task", "--population", "4", "--females", "2",
    "--juvenile-epochs", "1", "--adult-epochs", "2", "--generations", "2", "--runner", "serial",
    "--no-figures",
]  # fmt: skip
BROKEN = """
import os
import numpy as np
from fitness.data.task import Split, Task
from fitness.targets.classes import Classes

made = 0

def make_task():
    global made
    made += 1
    if made > 1 and os.path.exists("broken"):  # the driver's own is sound
        raise OSError("the volume is not mounted")
    rng = np.random.default_rng(0)
    def split(n):
        y = np.arange(n, dtype=np.int64) % 2
        return Split((rng.normal(size=(n, 4)) + y[:, None]).astype(np.float32), y)
    return Task("broken", "fails in workers", Classes(2), split(60), split(20), split(20))
"""
Call = Callable[..., str]


@pytest.fixture
def evo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    (tmp_path / "broken.py").write_text(BROKEN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    def call(*arguments: str, code: int = 0) -> str:
        sys.modules.pop("broken", None)
        monkeypatch.setattr(sys, "argv", ["evo", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        printed = "".join(capsys.readouterr())
        assert end.value.code == code, printed
        return printed

    return call


@pytest.mark.slow
def test_it_stops_with_the_reason_and_goes_on_once_mended(evo: Call, tmp_path: Path) -> None:
    mark = tmp_path / "broken"
    mark.touch()
    said = evo(*TINY, "--name", "first", code=1)
    assert (
        "all of them for this reason: failed: task 'broken:make_task': make_task raised OSError"
        in said
    )
    assert "`evo show first --events` tells all reasons" in said
    assert "`evo resume first --retry-failed`" in said
    assert ".." not in said.replace("...", "")
    assert "the volume is not mounted" in evo("show", "first", "--events")
    mark.unlink()
    assert "Front: " in evo("resume", "first", "--retry-failed", "--no-figures")
    evo(*TINY, "--name", "undisturbed")
    mended, sound = (tmp_path / f"results/{name}/pareto.csv" for name in ("first", "undisturbed"))
    assert mended.read_bytes() == sound.read_bytes()
    again = evo("resume", "first", "--retry-failed", "--no-figures")
    assert "Nothing has failed in this run" in again
    assert "This run is finished" in again
