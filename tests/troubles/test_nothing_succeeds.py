"""What strangers met: a function with a mistake in it spent the whole budget on failures, the end
looked like a success, and after the mistake was mended the old failures were handed back."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import evo
from evo.engine.all_failed import PATIENCE
from evo.record.recorder import RunRecord
from evo.strategy import STRATEGIES
from tests.evo.function_space import EARLY, FULL, OBJECTIVES, SPACE, Function

SETTINGS = {"females": 3, "daughters": 1, "brood": 3}


def run(function: Any, **changes: Any) -> evo.Result:
    arguments: dict[str, Any] = {
        "objectives": OBJECTIVES,
        "epochs": (EARLY, FULL),
        "budget_epochs": 400,
        "population": 8,
        "settings": SETTINGS,
    }
    return evo.search(SPACE, function, **{**arguments, **changes})


class Broken:
    """Fails, in words that differ from call to call; `every` calls it succeeds once."""

    def __init__(self, every: int = 10**9) -> None:
        self.calls, self.every, self.function = 0, every, Function()

    def __call__(self, *arguments: Any) -> evo.Outcome:
        self.calls += 1
        if self.calls % self.every:
            raise RuntimeError(f"CUDA error at step {self.calls}")
        return self.function(*arguments)


class Weak(Function):
    """Fails for a third of the points."""

    def __call__(
        self, parameters: dict[str, Any], epochs: int, seed: int, checkpoint: Any = None
    ) -> evo.Outcome:
        if parameters["operation"] == "good":
            raise RuntimeError("good is not written yet")
        return super().__call__(parameters, epochs, seed, checkpoint)


def assert_same(one: evo.Result, two: evo.Result) -> None:
    pd.testing.assert_frame_equal(one.history, two.history)
    pd.testing.assert_frame_equal(one.front, two.front)
    assert (one.hypervolume, one.reference) == (two.hypervolume, two.reference)


@pytest.mark.parametrize("strategy", STRATEGIES.names())
@pytest.mark.parametrize("epochs", [(EARLY, FULL), 3])
def test_a_search_stops_after_so_many_failures_and_says_the_commonest(
    strategy: str, epochs: Any
) -> None:
    function = Broken()
    with pytest.raises(evo.NothingSucceeded) as stopped:
        run(function, strategy=strategy, epochs=epochs)
    assert function.calls == PATIENCE
    text = str(stopped.value)
    assert f"All {PATIENCE} trainings failed, all of them for this reason" in text
    assert "failed: RuntimeError: CUDA error at step 1 (test_nothing_succeeds.py, line " in text
    result = stopped.value.result
    assert result is not None
    assert (len(result.history), result.reason) == (PATIENCE, "all failed")
    assert result.front.empty
    assert result.hypervolume == 0.0
    assert all(value != value for value in result.reference.values())  # NaN: none was invented


def test_a_budget_that_is_spent_before_is_no_success_either() -> None:
    with pytest.raises(evo.NothingSucceeded, match="All 5 trainings failed"):
        run(Broken(), epochs=4, budget_epochs=20)


def test_one_success_is_enough_to_go_on() -> None:
    function = Broken(every=PATIENCE)  # the first success is the last that was waited for
    result = run(function, epochs=4, budget_epochs=400)
    assert function.calls == 100
    assert result.reason == "budget"


def test_it_is_not_called_again_until_asked_to_then_as_if_it_had_never_failed(
    tmp_path: Path,
) -> None:
    where: dict[str, Any] = {"results": tmp_path, "name": "mine"}
    with pytest.raises(evo.NothingSucceeded, match=r"mine/run\.log.*retry_failed=True"):
        run(Broken(), **where)
    mended = Function()
    with pytest.raises(evo.NothingSucceeded, match="CUDA error at step 1"):
        run(mended, **where)
    assert not mended.calls
    assert_same(run(mended, retry_failed=True, **where), run(Function()))
    calls = len(mended.calls)
    assert_same(run(mended, retry_failed=True, **where), run(Function()))  # nothing is left
    assert len(mended.calls) == calls


@pytest.mark.parametrize(
    ("strategy", "overlap"), [*((name, 0) for name in STRATEGIES.names()), ("gendered", 1)]
)
def test_what_failed_here_and_there_is_tried_again(
    tmp_path: Path, strategy: str, overlap: int
) -> None:
    settings: dict[str, Any] = {"strategy": strategy, "overlap": overlap, "budget_epochs": 250}
    where: dict[str, Any] = {"results": tmp_path, "name": "mine", **settings}
    weak = Weak()
    earlier = run(weak, **where)
    assert "failed" in set(earlier.history["status"])
    mended = Function()
    assert_same(run(mended, retry_failed=True, **where), run(Function(), **settings))
    again = {(seed, epochs) for _, epochs, seed, _ in mended.calls}
    assert len(again) < len(earlier.history) + 30  # what is known is not trained again


def test_a_retry_that_is_cut_short_goes_on_to_the_same_history(tmp_path: Path) -> None:
    class Cut(Function):
        def __call__(self, *arguments: Any) -> evo.Outcome:
            if len(self.calls) == 5:
                raise KeyboardInterrupt
            return super().__call__(*arguments)

    where: dict[str, Any] = {"results": tmp_path, "name": "mine"}
    run(Weak(), **where)
    with pytest.raises(KeyboardInterrupt):
        run(Cut(), retry_failed=True, **where)
    assert_same(run(Function(), **where), run(Function()))
    with closing(RunRecord.open(tmp_path / "mine", read_only=True)) as record:
        assert set(record.store.statuses().values()) == {"ok"}


def test_there_has_to_be_something_to_retry() -> None:
    with pytest.raises(evo.BadInput, match="retry_failed=True without results="):
        run(Function(), retry_failed=True)
