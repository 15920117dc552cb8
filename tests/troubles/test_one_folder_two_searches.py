"""What strangers met: of two searches that begin in one new folder at the same moment, the second
was told that the folder is no run, or to give another name, not that the first is at work."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import evo
from evo.record.run_lock import RunBusy

SEARCHES = 4


def begin(path: Path, name: str | None, others_are_told: threading.Event) -> evo.Result:
    def evaluate(parameters: dict[str, Any], *_: Any) -> evo.Outcome:
        assert others_are_told.wait(300)
        return evo.Outcome({"score": parameters["x"]})

    return evo.search(
        {"x": evo.Real(0.0, 1.0)}, evaluate, objectives={"score": "max"}, epochs=1,
        budget_epochs=8, population=4, strategy="random", results=path, name=name,
    )  # fmt: skip


def race(path: Path, name: str | None, busy: int) -> list[Future[evo.Result]]:
    """Begin several searches at once; each waits until `busy` of them have ended."""
    event = threading.Event()
    with ThreadPoolExecutor(SEARCHES) as pool:
        begun = [pool.submit(begin, path, name, event) for _ in range(SEARCHES)]
        while len(wait(begun, timeout=0.05).done) < busy:
            pass
        event.set()
    return begun


def test_one_is_at_work_and_the_others_are_told_so(tmp_path: Path) -> None:
    begun = race(tmp_path, "mine", busy=SEARCHES - 1)
    errors = [error for each in begun if (error := each.exception()) is not None]
    assert len(errors) == SEARCHES - 1
    assert all(isinstance(error, RunBusy) for error in errors), errors
    assert all("is at work on the run" in str(error) for error in errors)
    (result,) = [each.result() for each in begun if each.exception() is None]
    assert len(result.history) == 8


def test_without_a_name_each_has_a_folder_of_its_own(tmp_path: Path) -> None:
    begun = race(tmp_path, None, busy=0)
    folders = {each.result().folder for each in begun}
    assert folders == {tmp_path / f"search-00{n}" for n in range(1, SEARCHES + 1)}


def test_a_folder_that_is_no_run_is_still_none(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    event = threading.Event()
    event.set()
    try:
        begin(tmp_path, "mine", event)
    except evo.BadInput as error:
        assert "exists already and is not a run" in str(error)  # noqa: PT017
    else:
        raise AssertionError
