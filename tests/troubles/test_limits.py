"""Limits that no network can meet left half a run's folder, and the advice to resume it.

They are told before anything is written, with those that this input would need; where a task
states none, they grow with its inputs.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import evo as library
from evo.cli import main
from evo.errors import BadInput
from evo.problems.feasible_limits import check_networks
from evo.running.parts import Parts
from evo.settings.config import build, resolve
from fitness.data.task import SearchDefaults, Split, Task
from fitness.targets.classes import Classes

USUAL = SearchDefaults()
Call = Callable[..., str]


@pytest.fixture
def evo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["evo", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        printed = "".join(capsys.readouterr())
        assert end.value.code == code, printed
        return printed

    return call


def task_of(*shape: int, defaults: SearchDefaults = USUAL) -> Task:
    split = Split(np.random.default_rng(0).random((4, *shape), np.float32), np.array([0, 1, 0, 1]))
    return Task("tiny", "four examples", Classes(2), split, split, split, defaults=defaults)


def parts_of(task: Task, **settings: object) -> Parts:
    return Parts.of(resolve(build({"runner": "serial", **settings}), task), task)


@pytest.mark.parametrize("limit", ["max-flops", "max-activations", "max-parameters", "max-bytes"])
@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_a_limit_that_nothing_meets_is_refused_and_the_one_that_is_said_does(
    evo: Call, tmp_path: Path, limit: str, dry: tuple[str, ...]
) -> None:
    said = evo("run", "--runner", "serial", f"--{limit}", "1", *dry, code=2)
    assert f"no network keeps to {limit.replace('-', '_')}=1: " in said
    assert "resume" not in said
    assert not list(tmp_path.iterdir())
    (number, share) = re.search(rf"--{limit} (\S+), (\d+) % of them", said).groups()  # type: ignore[union-attr]
    assert 60 <= int(share) <= 90
    task = task_of(1, 8, 8)
    check_networks(parts_of(task, **{limit.replace("-", "_"): float(number)}).problem)


@pytest.mark.parametrize(
    "shape", [(1, 8, 8), (3, 64, 64), (3, 224, 224), (1, 2, 5000), (64,), (20_000,)]
)
def test_the_limits_of_a_task_that_states_none_leave_networks_of_any_input(
    shape: tuple[int, ...],
) -> None:
    check_networks(parts_of(task_of(*shape)).problem)


def test_stated_limits_stay_as_they_are() -> None:
    given = SearchDefaults(max_flops=1e5, max_activations=1e4, max_parameters=1e3)
    limits = task_of(3, 224, 224, defaults=given).limits
    assert (limits.max_flops, limits.max_activations, limits.max_parameters) == (1e5, 1e4, 1e3)


@pytest.mark.parametrize(
    ("shape", "growth", "wider"), [((1, 28, 28), 1, 1), ((3, 224, 224), 64, 1), ((7840,), 10, 10)]
)
def test_limits_grow_with_the_input(shape: tuple[int, ...], growth: int, wider: int) -> None:
    limits = task_of(*shape).limits
    assert limits.max_flops == growth * 4e6
    assert limits.max_activations == growth * 2e5
    assert limits.max_parameters == wider * 5e4


def test_what_a_raised_limit_allows_lies_within_the_reference_point() -> None:
    settings = {"max_parameters": 1e7, "max_flops": 1e9, "objectives": ["accuracy", "flops"]}
    assert parts_of(task_of(1, 8, 8), **settings).config.reference_point["flops"] == 1e9  # type: ignore[index]
    usual = parts_of(task_of(1, 8, 8), max_parameters=1e7).config.reference_point
    assert usual is not None
    assert usual["active_parameters"] == 1e7


@pytest.mark.parametrize("folder", [None, "results"])
def test_a_space_without_a_feasible_point_is_refused(tmp_path: Path, folder: str | None) -> None:
    asked = []

    def evaluate(parameters, epochs, seed, checkpoint):  # type: ignore[no-untyped-def]
        asked.append(parameters)
        return library.Outcome({"loss": 0.0})

    results = None if folder is None else tmp_path / folder
    with pytest.raises(BadInput, match="feasible is false for each of 1000 points drawn"):
        library.search(
            {"x": library.Real(0, 1)}, evaluate, objectives={"loss": "min"}, epochs=1,
            generations=2, feasible=lambda parameters: parameters["x"] > 2, results=results,
        )  # fmt: skip
    assert not asked
    assert not list(tmp_path.iterdir())


def test_the_draws_leave_the_history_as_it_was() -> None:
    task = task_of(1, 8, 8)
    parts = parts_of(replace(task, name="other"))
    before = parts.run.context.rng("founders").random()
    check_networks(parts.problem)
    assert parts.run.context.rng("founders").random() == before
