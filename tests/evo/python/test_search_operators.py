"""`evo.search` with operators of a user: the same history everywhere, and after a mistake."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from deap import tools

import evo
from evo.breeding.operators import KINDS, SELECTION
from evo.errors import BadInput, OperatorFailed
from evo.record.recorder import RunRecord
from evo.strategy import STRATEGIES, operators_of
from tests.evo.function_space import EARLY, FULL, OBJECTIVES, REFERENCE, SPACE, Function

EXCHANGED = {"survive": tools.selSPEA2, "select_parents": tools.selTournamentDCD}


def run(**changes: Any) -> evo.Result:
    arguments: dict[str, Any] = {
        "objectives": OBJECTIVES, "epochs": (EARLY, FULL), "generations": 4, "population": 8,
        "settings": {"females": 3, "daughters": 1, "brood": 3}, "reference": REFERENCE,
        "strategy": "nsga2",
    }  # fmt: skip
    return evo.search(SPACE, Function(), **{**arguments, **changes})


@pytest.mark.slow
@pytest.mark.usefixtures("one_ray")
@pytest.mark.parametrize("strategy", ["gendered", "nsga2"])
def test_ray_workers_give_the_history_of_this_process(strategy: str) -> None:
    here = run(strategy=strategy, operators=EXCHANGED)
    there = run(strategy=strategy, operators=EXCHANGED, runner="ray", workers=2)
    pd.testing.assert_frame_equal(there.history, here.history)
    pd.testing.assert_frame_equal(there.front, here.front)
    assert not here.history.equals(run(strategy=strategy).history)


def test_text_names_what_the_function_is(tmp_path: Path) -> None:
    named = {"survive": "deap.tools:selSPEA2", "select_parents": "deap.tools:selTournamentDCD"}
    pd.testing.assert_frame_equal(run(operators=named).history, run(operators=EXCHANGED).history)


@pytest.mark.parametrize("strategy", ["gendered", "regularized", "nsga2"])
@pytest.mark.parametrize("overlap", [0, 1])
def test_a_search_that_goes_on_ends_where_the_undisturbed_one_does(
    tmp_path: Path, strategy: str, overlap: int
) -> None:
    asked = {"strategy": strategy, "operators": EXCHANGED, "overlap": overlap}
    whole = run(generations=5, **asked)
    run(generations=2, results=tmp_path, name="mine", **asked)
    random.seed(99)  # what happens elsewhere in the process makes no difference
    continued = run(generations=5, results=tmp_path, name="mine", **asked)
    pd.testing.assert_frame_equal(continued.history, whole.history)
    pd.testing.assert_frame_equal(continued.front, whole.front)


def by_all_that_is_known(individuals: list[Any], k: int) -> list[Any]:
    """Choose, as if at random, by everything that an operator can see of an individual."""

    def known(one: Any) -> str:
        life = [dict(getattr(one, name, {})) for name in ("costs", "pedigree", "expected")]
        stages = [
            (stage.objectives, [epoch.metric for epoch in stage.curve], stage.marks)
            for stage in (getattr(one, "juvenile", None), getattr(one, "adult", None))
            if stage is not None
        ]
        return hashlib.sha256(repr((life, stages, one.fitness.values)).encode()).hexdigest()

    order = sorted(individuals, key=known)
    return [order[i % len(order)] for i in range(k)]


@pytest.mark.parametrize(
    ("strategy", "operator"),
    [
        (strategy, operator)
        for strategy in STRATEGIES.names()
        for operator in operators_of(strategy)
        if KINDS[operator].takes == SELECTION
    ],
)
def test_after_a_resume_operators_see_of_individuals_what_they_would_have_seen(
    tmp_path: Path, strategy: str, operator: str
) -> None:
    asked = {"strategy": strategy, "operators": {operator: by_all_that_is_known}}
    whole = run(generations=4, **asked)
    run(generations=2, results=tmp_path, name="mine", **asked)
    continued = run(generations=4, results=tmp_path, name="mine", **asked)
    pd.testing.assert_frame_equal(continued.history, whole.history)


def test_other_operators_are_other_arguments(tmp_path: Path) -> None:
    run(results=tmp_path, name="mine", operators=EXCHANGED)
    with pytest.raises(BadInput, match=r"operators was .*selSPEA2.*, now None"):
        run(results=tmp_path, name="mine")


def survive(individuals: list[Any], k: int) -> list[Any]:
    """Stand for a function that is mended between two calls."""
    return is_mended(individuals, k)


def is_mended(individuals: list[Any], k: int) -> list[Any]:
    return list(reversed(individuals))[:k]


def test_a_mistake_names_the_operator_and_the_search_goes_on_once_it_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(operators={"survive": survive})
    calls = []

    def third_time_unlucky(individuals: list[Any], k: int) -> list[Any]:
        calls.append(k)
        return individuals[: k - (len(calls) == 3)]

    def same_but_for_the_third(individuals: list[Any], k: int) -> list[Any]:
        return third_time_unlucky(list(reversed(individuals)), k)

    monkeypatch.setattr(f"{__name__}.is_mended", same_but_for_the_third)
    with pytest.raises(OperatorFailed, match=r"operator survive \(.*survive\) returned 7 of"):
        run(results=tmp_path, name="mine", operators={"survive": survive})
    record = RunRecord.open(tmp_path / "mine", read_only=True)
    assert record.finished_generations() == 3
    record.close()
    monkeypatch.undo()
    mended = run(results=tmp_path, name="mine", operators={"survive": survive})
    pd.testing.assert_frame_equal(mended.history, whole.history)


@pytest.mark.parametrize(
    ("operators", "why"),
    [
        ({"surive": tools.selSPEA2}, "unknown operator of strategy nsga2 'surive'"),
        ({"survive": 3}, "received operator survive=3 of type int, expected a function"),
        (
            {"survive": lambda individuals: individuals},
            r"cannot be called with \(individuals, k\)",
        ),
        ({"survive": "no.such:thing"}, "cannot import no.such"),
        ([tools.selSPEA2], "received operators=.* of type list, expected a mapping"),
        ({3: tools.selSPEA2}, "operators with the name"),
    ],
)
def test_what_cannot_take_the_place_is_refused_before_anything_is_written(
    tmp_path: Path, operators: Any, why: str
) -> None:
    with pytest.raises(BadInput, match=why):
        run(operators=operators, results=tmp_path, name="mine")
    assert not list(tmp_path.iterdir())


def test_every_strategy_hands_all_individuals_a_fitness_over_the_runs_objectives() -> None:
    seen: list[Any] = []

    def noted(individuals: list[Any], k: int) -> list[Any]:
        seen.extend(individuals)
        return individuals[:k]

    for strategy in STRATEGIES.names():
        for name in ("survive", "rank"):
            if name in operators_of(strategy):
                run(strategy=strategy, operators={name: noted})
    assert len(seen) > 50
    for male in seen:
        assert male.fitness.weights == (1.0, -1.0)
        assert male.fitness.values == tuple(male.adult.objectives[name] for name in OBJECTIVES)
