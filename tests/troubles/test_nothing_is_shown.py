"""What strangers met: `evo.search` was silent for minutes, in a notebook too, and its result was
printed as four raw tables."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

import evo
from tests.evo.function_space import EARLY, FULL, OBJECTIVES, REFERENCE, SPACE, Function

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import evo
from tests.evo.function_space import *
result = evo.search(
    SPACE, Function(), objectives=OBJECTIVES, epochs=(EARLY, FULL), generations=3, population=8,
    settings={{"females": 3, "daughters": 1, "brood": 3}}, reference=REFERENCE{more},
)
print("made", len(result.history))
"""


def search(function: Any = None, **changes: Any) -> evo.Result:
    arguments: dict[str, Any] = {
        "objectives": OBJECTIVES,
        "epochs": (EARLY, FULL),
        "generations": 3,
        "population": 8,
        "settings": {"females": 3, "daughters": 1, "brood": 3},
        "reference": REFERENCE,
    }
    return evo.search(SPACE, function or Function(), **{**arguments, **changes})


def test_a_terminal_shows_how_far_it_is() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", SCRIPT.format(more="")]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "140"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=theirs, check=True
    )
    os.close(theirs)
    seen = os.read(ours, 1_000_000).decode(errors="replace")
    os.close(ours)
    assert b"made" in done.stdout
    assert "generation" in seen
    assert "epochs" in seen
    assert "adult" in seen or "juvenile" in seen


@pytest.mark.parametrize(
    ("more", "lines"), [("", 0), (", progress=False", 0), (", progress=True", 3)]
)
def test_a_pipe_stays_quiet_unless_it_is_asked_for(more: str, lines: int) -> None:
    command = [sys.executable, "-c", SCRIPT.format(more=more)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = [line for line in done.stderr.splitlines() if line.startswith("generation ")]
    assert len(told) == lines
    if told:
        assert told[-1].startswith("generation 3 of 3, ")
        assert ", hypervolume " in told[-1]
    else:
        assert done.stderr == ""


def test_a_notebook_has_one_output_that_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs: list[list[str]] = []

    class Handle:
        def __init__(self, first: str) -> None:
            outputs.append([first])

        def update(self, text: str) -> None:
            outputs[-1].append(text)

    kernel = types.SimpleNamespace(
        get_ipython=lambda: types.SimpleNamespace(kernel=object()),
        display=types.SimpleNamespace(display=lambda text, display_id: Handle(text), HTML=str),
    )
    monkeypatch.setitem(sys.modules, "IPython", kernel)
    search()
    assert len(outputs) == 1
    assert outputs[0][0].startswith("<progress value='0.0000'></progress> generation 0 of 3")
    assert outputs[0][-1].startswith("<progress value='1.0000'></progress> generation 3 of 3")
    search(progress=False)
    assert len(outputs) == 1


def test_another_listener_is_told_as_well() -> None:
    heard: list[Any] = []

    class Ear:
        def generation(self, summary: Any) -> None:
            heard.append(summary["generation"])

        def progress(self, done: int, total: int, stage: str) -> None:
            heard.append(stage)

    search(listener=Ear())
    assert [word for word in heard if isinstance(word, int)] == [1, 2, 3]
    assert {"juvenile", "adult"} < set(heard)


def test_a_result_reads_like_one(tmp_path: Path) -> None:
    result = search(results=tmp_path, name="mine")
    text = repr(result)
    first, second, third, *_ = text.splitlines()
    calls, epochs = len(result.history), int(result.history["epochs_spent"].iloc[-1])
    assert first == f"Result of {calls} calls, {epochs} epochs; ended: all generations are done"
    assert second == f"Hypervolume {result.hypervolume:.6g} against accuracy 0.1, parameters 5000"
    assert third == f"Recorded in {tmp_path / 'mine'}"
    assert str(result.front.index[0]) in text
    assert len(text.splitlines()) < 20
    html = result._repr_html_()
    assert "<table" in html
    assert "<svg" in html
    assert f"Result of {calls} calls" in html
    figure = result.figure()
    assert isinstance(figure, Figure)
    points = sum(len(place.get_offsets()) for place in figure.axes[0].collections)
    adults = result.history[(result.history["stage"] == "adult")]
    assert points == len(adults)


def test_so_does_one_without_a_front_or_with_one_objective() -> None:
    def fails(*_: Any) -> evo.Outcome:
        raise ValueError("<never>")

    with pytest.raises(evo.NothingSucceeded) as stopped:
        search(fails)
    empty = stopped.value.result
    assert empty is not None
    assert "24 failed" in repr(empty)
    assert "The front is empty" in empty._repr_html_()
    single = search(objectives={"accuracy": "max"}, reference=None)
    assert "Front of 1:" in repr(single)
    axes = single.figure().axes[0]
    adults = single.history[(single.history["stage"] == "adult")]
    assert len(axes.lines[0].get_xdata()) == len(adults)
    assert axes.lines[1].get_ydata()[0] == adults["accuracy"].max()


def test_progress_is_a_choice() -> None:
    with pytest.raises(evo.BadInput, match="received progress='loud', expected 'auto', True or F"):
        search(progress="loud")
