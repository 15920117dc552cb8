"""The views of a run: one plain line a generation, a live table on a terminal, silence."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.running.progress import Pace
from evo.settings.config import build, to_toml
from evo.terminal.screen import Lines, LiveView, Silence, line, make_screen
from runners.events import FleetStatus, Post
from tests.runners.toys import job

SUMMARY: dict[str, Any] = {
    "generation": 3,
    "hypervolume": 0.81234,
    "best_metric": 0.9812,
    "front_size": 14,
    "ensemble_skill": 0.71,
    "early_skill": 0.55,
    "adults": 12,
    "epochs_spent": 1234.0,
    "epochs_saved_share": 0.62,
    "failures": {"diverged": 2, "timed_out": 1, "ok": 0},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(to_toml(build({"generations": 10})))
    return tmp_path


def console(terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=80, color_system=None)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_view_fits_the_place() -> None:
    assert isinstance(make_screen(console(True), quiet=False), LiveView)
    assert isinstance(make_screen(console(False), quiet=False), Lines)
    assert type(make_screen(console(True), quiet=True)) is Silence


def test_a_generation_is_one_line() -> None:
    pace = Pace(10, 0.0)
    pace.tell(SUMMARY, 30.0)
    assert line(SUMMARY, pace, 30.0, "+0.71 (12 results seen)", "accuracy") == (
        "generation 3/10; hypervolume 0.8123; best accuracy 98.12 %; front 14; predictors' skill "
        "+0.71 (12 results seen); epochs 1,234, saved 62 %; 2 diverged, 1 timed out; "
        "3 min 30 s left"
    )


@pytest.mark.parametrize(
    ("settings", "best"),
    [
        ({"metric": "rmse"}, "best RMSE 0.9812;"),
        ({"metric": "r2", "objectives": ["active_parameters", "r2"]}, "best R² 0.9812;"),
        ({"objectives": ["validation_loss", "flops"]}, "best validation loss 0.9812;"),
        ({"metric": "macro_f1", "objectives": ["macro_f1"]}, "best macro F1 98.12 %;"),
    ],
)
def test_the_best_is_that_of_the_main_objective_by_its_name(
    tmp_path: Path, settings: dict[str, Any], best: str
) -> None:
    (tmp_path / "config.toml").write_text(to_toml(build(settings)))
    out, live = console(False), console(True)
    with Lines(out) as screen:
        screen.started(tmp_path, "")
        screen.generation(SUMMARY)
    assert best in printed(out)
    view = LiveView(live)
    view.started(tmp_path, "")
    view.generation(SUMMARY)
    with live.capture() as captured:
        live.print(view._view())
    lines = captured.get().splitlines()
    assert best.removeprefix("best ").removesuffix(";") in lines[1]
    assert lines[1].startswith("best ")
    assert max(map(len, lines)) <= 80


def test_what_is_not_known_yet_is_a_dash() -> None:
    text = line({"generation": 1, "ensemble_skill": None}, Pace(None, 0.0), 0.0, "–", "accuracy")
    assert "generation 0; hypervolume –; best accuracy –" in text


def test_lines_print_folder_notes_and_generations_unwrapped(folder: Path) -> None:
    out = console(False)
    with Lines(out) as screen:
        screen.started(folder, "Running [one] job at a time.")
        screen.progress(1, 4, "juvenile")
        screen.generation(SUMMARY)
        screen.note("Measuring.")
    lines = printed(out).splitlines()
    assert lines[0] == f"run {folder}"
    assert lines[1] == "Running [one] job at a time."
    assert lines[2].startswith("generation 3/10; ")
    assert lines[3] == "Measuring."
    assert len(lines) == 4


def test_the_live_view_shows_all_figures_and_the_stage(folder: Path) -> None:
    out = console(True)
    view = LiveView(out, generations=20)
    view.started(folder, "two workers")
    view.generation(SUMMARY)
    view.progress(3, 12, "juveniles")
    with out.capture() as captured:
        out.print(view._view())
    shown = captured.get()
    for part in ("3 of 20", "98.12 %", "0.8123", "14 networks", "62 % saved", "3/12"):
        assert part in shown
    assert "+0.71 (early metric +0.55; 12 results seen)" in shown  # whole, at 80 columns
    view.generation({**SUMMARY, "generation": 4, "ensemble_skill": 0.51})
    with out.capture() as captured:
        out.print(view._view())
    assert "+0.61 (early metric +0.55; 24 results seen)" in captured.get()
    assert "2 diverged, 1 timed out" in printed(out)


def test_an_exception_passes_through_the_live_view() -> None:
    with pytest.raises(KeyboardInterrupt), LiveView(console(True)):
        raise KeyboardInterrupt


def test_silence_prints_nothing_but_knows_the_folder(folder: Path) -> None:
    out = console(True)
    with make_screen(out, quiet=True) as screen:
        screen.started(folder, "two workers")
        screen.generation(SUMMARY)
    assert printed(out) == ""
    assert screen.folder == folder


def test_the_live_view_shows_the_crew_as_it_is_when_drawn() -> None:
    out, posts = console(True), [Post("worker 1", job("early"), 1.0)]
    view = LiveView(out)
    view.fleet_status(lambda: FleetStatus(2, 2, tuple(posts)))
    posts = [Post("worker 1", job("first"), 1.0), Post("worker 2", job("second"), 75.0)]
    with out.capture() as shown:
        out.print(view._view())
    first, *workers = shown.get().splitlines()[-3:]
    assert first == "workers 2 of 2 up, 2 busy"
    assert [line.split() for line in workers] == [
        ["worker", "2", "second", "epochs", "1", "to", "4", "1", "min", "15", "s"],
        ["worker", "1", "first", "epochs", "1", "to", "4", "1", "s"],
    ]


def test_the_skill_of_a_run_that_goes_on_rests_on_all_its_generations(folder: Path) -> None:
    out = console(False)
    with Store.create(RunFolder(folder).database) as store:
        store.add_generation(2, {**SUMMARY, "generation": 2, "ensemble_skill": 0.51})
    with Lines(out) as screen:
        screen.started(folder, "")
        screen.generation(SUMMARY)
    assert "predictors' skill +0.61 (early metric +0.55; 24 results seen)" in printed(out)
