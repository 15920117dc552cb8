"""What follows a search of a user's function: mirror, loggers, forecast, page, kept weights."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import evo
from evo.engine.logger import LOGGERS
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.running.forecasting import compared
from tests.evo.function_space import EARLY, FULL, OBJECTIVES, REFERENCE, SPACE, Function


class Notebook:
    """A logger that takes notes."""

    def __init__(self, heard: list[Any]) -> None:
        self.heard = heard

    def generation(self, number: int, figures: Mapping[str, float]) -> None:
        self.heard.append((number, figures["hypervolume"]))

    def end(self, front: Any, pictures: Any) -> None:
        self.heard.append(("end", len(front), {path.name for path in pictures}))

    def close(self, *, finished: bool) -> None:
        self.heard.append(("close", finished))


class Stopping:
    """A listener that stops the search when a generation is over, and takes notes."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.stop_after, self.heard = stop_after, [""]

    def started(self, folder: Path, text: str) -> None:
        self.heard.append(f"started {folder.name}")

    def note(self, text: str) -> None:
        self.heard.append(text)

    def progress(self, done: int, total: int, stage: str) -> None:
        pass

    def generation(self, summary: Mapping[str, Any]) -> None:
        if summary["generation"] == self.stop_after:
            raise KeyboardInterrupt


def search(**changes: Any) -> evo.Result:
    arguments: dict[str, Any] = {
        "objectives": OBJECTIVES, "epochs": (EARLY, FULL), "generations": 3, "population": 8,
        "settings": {"females": 3, "daughters": 1, "brood": 3}, "reference": REFERENCE,
        "name": "mine", "results": "results",
    }  # fmt: skip
    return evo.search(SPACE, Function(), **{**arguments, **changes})


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_mirror_is_a_whole_search_that_goes_on_elsewhere(here: Path) -> None:
    whole = search(results="alone")
    with pytest.raises(KeyboardInterrupt):
        search(storage="shared", listener=Stopping(2))
    assert (here / "shared/mine/run.sqlite").is_file()
    shutil.rmtree("results")
    function = Function()
    result = evo.search(
        SPACE, function, objectives=OBJECTIVES, epochs=(EARLY, FULL), generations=3, population=8,
        settings={"females": 3, "daughters": 1, "brood": 3}, reference=REFERENCE, name="mine",
        results="results", storage="shared",
    )  # fmt: skip
    assert result.history.equals(whole.history)
    assert 0 < len(function.calls) < len(whole.history)
    assert evo.load("shared/mine").front.equals(evo.load("mine").front)
    assert (here / "shared/mine/figures/front.png").is_file()
    assert f'storage = "{here / "shared"}"' in (here / "results/mine/config.toml").read_text()


def test_a_mirror_of_another_search_is_not_written_over(here: Path) -> None:
    search(storage="shared")
    search(results="elsewhere", generations=2)
    with pytest.raises(evo.BadInput, match=r"is not elsewhere/mine, or has gone on"):
        search(results="elsewhere", storage="shared")
    unnamed = search(name=None, results="unnamed", storage="shared")
    assert unnamed.folder == here / "unnamed" / "search-001"


def test_loggers_hear_what_the_record_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []
    told: list[Mapping[str, str]] = []

    def make(folder: Path, settings: Mapping[str, str]) -> Notebook:
        told.append(settings)
        return Notebook(heard)

    monkeypatch.setattr(LOGGERS, "_added", {"notebook": SimpleNamespace(make=make)})
    result = search(loggers=["notebook"])
    volumes = result.generations["hypervolume"].tolist()
    assert heard[:3] == list(enumerate(volumes, start=1))
    assert heard[3] == ("close", True)
    assert heard[4][:2] == ("end", len(result.front))
    assert "front.png" in heard[4][2]
    assert (told[0]["strategy"], told[0]["settings.brood"]) == ("gendered", "3")


def test_the_first_generation_gives_a_forecast_within_the_budget() -> None:
    result = search(generations=None, budget_epochs=150)
    assert result.folder is not None
    with Store.open(RunFolder(result.folder).database, read_only=True) as store:
        check = compared(store)
    assert check is not None
    assert check.epochs == result.generations["epochs_spent"].iloc[-1] <= 150
    assert 100 <= check.forecast.epochs <= 200
    assert 1 < check.forecast.generations <= 2 * check.generations
    assert 0 < check.wall_seconds < 60


def test_keep_all_keeps_every_checkpoint() -> None:
    few, all_of_them = search(name="few"), search(name="all", keep_all=True)
    assert few.history.equals(all_of_them.history)
    kept = [len(list(Path(f"results/{name}/checkpoints").iterdir())) for name in ("few", "all")]
    assert kept[0] < kept[1] == len(all_of_them.history)


def test_a_page_is_opened_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    class Page:
        def start(self, folder: Path) -> str:
            opened.append(folder.name)
            return "live page there"

        def end(self) -> None:
            opened.append("end")

    monkeypatch.setattr("evo.python.search_progress.Beside", Page)
    listener = Stopping()
    search(watch=True, listener=listener)
    assert opened == ["mine", "end"]
    assert listener.heard == ["", "started mine", "live page there"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"storage": "shared"}, "received storage='shared' without results="),
        ({"loggers": ["mlflow"]}, r"received loggers=\['mlflow'\] without results="),
        ({"keep_all": True}, "received keep_all=True without results="),
        ({"watch": True}, "received watch=True without results="),
    ],
)
def test_a_search_in_memory_has_nothing_to_follow(arguments: Any, message: str) -> None:
    with pytest.raises(evo.BadInput, match=message):
        search(**{"results": None, "name": None, **arguments})


def test_an_unknown_logger_is_refused_before_anything_is_written(here: Path) -> None:
    with pytest.raises(evo.BadInput, match="unknown logger 'paper'"):
        search(loggers=["paper"])
    assert not (here / "results").exists()
