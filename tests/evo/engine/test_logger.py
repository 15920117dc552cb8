"""Loggers by name, in their threads: they are told, and never heard but once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evo.engine.logger import LOGGERS, Logger, LoggerThread, figures_of, load_loggers
from evo.errors import BadInput


class Notebook:
    """A logger that takes notes, and breaks at a generation if told so."""

    def __init__(self, breaks_at: int = 0) -> None:
        self.breaks_at = breaks_at
        self.heard: list[Any] = []

    def generation(self, number: int, figures: Mapping[str, float]) -> None:
        if number == self.breaks_at:
            raise ConnectionError("the server\n  does not answer")
        self.heard.append((number, dict(figures)))

    def end(self, front: Sequence[Mapping[str, Any]], pictures: Sequence[Path]) -> None:
        self.heard.append("end")

    def close(self, *, finished: bool) -> None:
        self.heard.append(("close", finished))


def tell(thread: LoggerThread, *numbers: int) -> None:
    for number in numbers:
        thread.tell(partial(_tell, number))


def _tell(number: int, logger: Logger) -> None:
    logger.generation(number, {"x": 1.0})


def test_figures_are_the_finite_numbers_of_a_summary() -> None:
    summary = {
        "generation": 3, "hypervolume": 0.5, "front_size": 4, "skill": float("nan"), "worst": None,
        "failures": {"diverged": 2}, "fine": True, "names": ["a"],
    }  # fmt: skip
    assert figures_of(summary) == {"hypervolume": 0.5, "front_size": 4.0, "failures/diverged": 2.0}


def test_a_logger_is_told_in_order_and_closed() -> None:
    notebook = Notebook()
    thread = LoggerThread("notebook", lambda: notebook)
    tell(thread, 1, 2)
    assert thread.close(finished=True) is None
    assert notebook.heard == [(1, {"x": 1.0}), (2, {"x": 1.0}), ("close", True)]


def test_a_logger_that_fails_says_so_once_and_is_left_alone() -> None:
    notebook = Notebook(breaks_at=2)
    thread = LoggerThread("notebook", lambda: notebook)
    tell(thread, 1, 2, 3)
    text = "logger notebook stopped: ConnectionError: the server does not answer"
    assert thread.close(finished=True) == text
    assert thread.failure() is None
    assert notebook.heard == [(1, {"x": 1.0})]


def test_a_logger_that_cannot_begin_does_not_raise() -> None:
    def make() -> Notebook:
        raise OSError("no route to host")

    assert "no route to host" in (LoggerThread("notebook", make).close(finished=False) or "")


def test_a_logger_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evo.engine.logger.PATIENCE_SECONDS", 0.05)
    release = threading.Event()
    thread = LoggerThread("notebook", Notebook)
    thread.tell(lambda _: release.wait(300))
    assert "has not finished" in (thread.close(finished=True) or "")
    release.set()


def test_unknown_names_are_bad_input() -> None:
    with pytest.raises(BadInput, match=r"unknown logger 'tensorbord'.*'tensorboard'"):
        load_loggers(["tensorbord"])


def test_a_missing_package_is_bad_input_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    monkeypatch.delitem(sys.modules, "evo.loggers.tensorboard", raising=False)
    monkeypatch.setattr(LOGGERS, "_loaded", {})
    with pytest.raises(BadInput, match=r"--logger tensorboard: .*'evo-nas\[tensorboard\]'"):
        load_loggers(["tensorboard"])


def test_a_plugin_adds_a_logger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LOGGERS, "_added", {})
    module = SimpleNamespace(make=lambda folder, settings: Notebook())
    LOGGERS.register("notebook", module)
    assert load_loggers(["notebook"]) == {"notebook": module}
