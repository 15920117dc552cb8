"""What strangers met: `costs` or `feasible` that raised for one point lost the whole search, and a
constraint that is never met was noticed when a folder had been made."""

from __future__ import annotations

import math
import os
import signal
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import evo
from evo.record.recorder import RunRecord
from evo.strategy import STRATEGIES
from tests.evo.function_space import EARLY, FULL, OBJECTIVES, REFERENCE, SPACE, Function, accuracy


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


def _costs(parameters: dict[str, Any]) -> dict[str, float]:
    if parameters["operation"] == "bad":
        raise KeyError("bad")
    return {"parameters": 1.0 + parameters["width"] ** 2}


def _odd_costs(parameters: dict[str, Any]) -> Any:
    if parameters["operation"] == "bad":
        return None
    return {"parameters": math.nan if parameters["operation"] == "middling" else 3.0}


def _forgetful_costs(parameters: dict[str, Any]) -> dict[str, float]:
    return {} if parameters["operation"] == "bad" else {"parameters": 3.0}


def _feasible(parameters: dict[str, Any]) -> bool:
    if parameters["operation"] == "bad":
        sys.exit("no such operation")
    return parameters["operation"] == "good"


@pytest.mark.parametrize("strategy", STRATEGIES.names())
@pytest.mark.parametrize(
    ("changes", "reason", "sound"),
    [
        ({"costs": _costs}, "costs raised KeyError: 'bad' (test_user_code_fails.py, line ", 2),
        ({"costs": _odd_costs}, "received costs None of type None, expected numbers by name", 1),
        ({"costs": _forgetful_costs}, "evaluate returned no objective 'parameters'", 2),
        ({"feasible": _feasible}, "feasible raised SystemExit: no such operation", 1),
    ],
    ids=["raises", "odd", "forgets", "exits"],
)
def test_the_point_has_failed_and_the_search_goes_on(
    strategy: str, changes: dict[str, Any], reason: str, sound: int
) -> None:
    def evaluate(parameters: dict[str, Any], *_: Any) -> evo.Outcome:
        known = {"parameters": 2.0} if "feasible" in changes else {}
        return evo.Outcome({"accuracy": accuracy(parameters), **known})

    result = search(evaluate, strategy=strategy, seed=1, **changes)
    failed = result.history[result.history["operation"] == "bad"]
    assert len(failed)
    assert set(failed["status"]) == {"failed"}
    assert failed["reason"].str.contains(reason, regex=False).all()
    good = result.history[result.history["status"] == "ok"]
    assert set(good["operation"]) <= {"good", "middling"}
    assert good["operation"].nunique() == sound
    assert len(result.front)
    again = search(evaluate, strategy=strategy, seed=1, **changes)
    assert again.history.equals(result.history)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"feasible": lambda p: False}, r"for each of 1000 points drawn .*'width'"),
        ({"feasible": lambda p: None}, "for each of 1000 points drawn"),
        ({"feasible": lambda p: p["wdth"] > 3}, "1000 times it failed: feasible raised KeyError"),
        (
            {"costs": lambda p: {"x": p["wdth"]}},
            "each of 30 .*: costs raised KeyError: 'wdth'",
        ),
        ({"costs": lambda p: None}, "for each of 30 .*: received costs None of type None"),
        (
            {"costs": lambda p: {"parameters": math.inf}},
            "costs: parameters is inf, expected",
        ),
        (
            {"costs": lambda p: {"parameters": "3"}},
            "parameters is '3', a value of type str",
        ),
    ],
)
def test_what_fails_for_every_point_is_told_before_anything_is_written(
    changes: dict[str, Any], words: str, tmp_path: Path
) -> None:
    function = Function()
    with pytest.raises(evo.BadInput, match=words):
        search(function, results=tmp_path, **changes)
    assert not function.calls
    assert not list(tmp_path.iterdir())


def test_a_function_that_exits_counts_all_its_epochs() -> None:
    def evaluate(parameters: dict[str, Any], *_: Any) -> evo.Outcome:
        if parameters["operation"] != "good":
            sys.exit(3)
        return evo.Outcome({"accuracy": 0.5, "parameters": 2.0})

    result = search(evaluate, epochs=3)
    assert set(result.history["status"]) == {"ok", "failed"}
    assert result.history["epochs_spent"].iloc[-1] == 3 * len(result.history)


@pytest.mark.parametrize("where", ["evaluate", "costs", "feasible"])
def test_a_signal_in_user_code_is_no_failure_of_it(where: str, tmp_path: Path) -> None:
    calls = []

    def struck(parameters: dict[str, Any], *_: Any) -> Any:
        calls.append(parameters)
        if len(calls) == 12:
            os.kill(os.getpid(), signal.SIGTERM)
        return {"evaluate": Function()(parameters, FULL, 1), "costs": {"a": 1.0}}.get(where, True)

    functions = {"evaluate": struck} if where == "evaluate" else {where: struck}
    with pytest.raises(KeyboardInterrupt):
        search(functions.pop("evaluate", None), results=tmp_path, name="mine", **functions)
    with closing(RunRecord.open(tmp_path / "mine", read_only=True)) as record:
        assert set(record.store.statuses().values()) <= {"ok"}


def test_a_reason_that_is_no_text_is_recorded(tmp_path: Path) -> None:
    def evaluate(parameters: dict[str, Any], *_: Any) -> evo.Outcome:
        if parameters["operation"] == "bad":
            raise OSError("no file \ud800")
        return evo.Outcome({"accuracy": 0.5, "parameters": 2.0})

    result = search(evaluate, results=tmp_path)
    failed = result.history[result.history["status"] == "failed"]
    assert failed["reason"].str.startswith(r"OSError: no file \ud800 (test_user").all()


@pytest.mark.slow
def test_what_cannot_be_sent_to_workers_is_named(tmp_path: Path) -> None:
    with (tmp_path / "log.txt").open("w") as log:

        def note(text: str) -> None:
            log.write(text)

        def evaluate(parameters: dict[str, Any], *_: Any) -> evo.Outcome:
            note("called")
            return evo.Outcome({"accuracy": 0.5, "parameters": 2.0})

        with pytest.raises(
            ValueError,
            match=r"evaluator\.function, its variable 'note', its variable 'log' is of type "
            r"_io\.TextIOWrapper, which cannot be pickled .* inside the function",
        ):
            search(evaluate, runner="ray", workers=1, results=tmp_path / "results")
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
@pytest.mark.parametrize("where", [{}, {"runner": "ray", "workers": 2, "cpus_per_worker": 0.5}])
def test_a_keyboard_interrupt_in_the_function_ends_the_search_wherever_it_runs(
    where: dict[str, Any], tmp_path: Path
) -> None:
    def evaluate(parameters: dict[str, Any], *_: Any) -> evo.Outcome:
        if parameters["operation"] == "bad":
            raise KeyboardInterrupt
        return evo.Outcome({"accuracy": accuracy(parameters), "parameters": 2.0})

    with pytest.raises(KeyboardInterrupt):
        search(evaluate, results=tmp_path, name="mine", **where)
    sound = lambda p, *_: evo.Outcome({"accuracy": accuracy(p), "parameters": 2.0})  # noqa: E731
    assert search(sound, results=tmp_path, name="mine").history.equals(search(sound).history)
