"""A look sees what changed, and leaves no trace."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from evo.record.export_notes import remember_export
from evo.watch.run_status import look, stamps
from tests.evo.report.runs import write_run
from tests.evo.watch.growing import FRONT, add_generation, contents, driven


def test_a_look_counts_and_leaves_no_trace(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "mine")
    before = contents(folder.path)
    seen = look(folder)
    assert (seen.state, seen.done, seen.generations, seen.trainings) == ("finished", 3, 3, 7)
    assert look(folder) == seen
    assert contents(folder.path) == before


def test_a_run_that_goes_on_is_seen_to_grow(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "mine")
    with driven(folder) as store:
        first, stamped = look(folder), stamps(folder)
        assert first.state == "running"
        assert stamps(folder) == stamped
        row = ("g", 4, 0.95, 0.5, 500)
        add_generation(folder, store, 4, row, [row, *FRONT])
        second = look(folder)
        assert (second.done, second.trainings) == (4, first.trainings + 2)
        assert second.front != first.front
        assert stamps(folder) != stamped
        store.add_event("warning", "it is late")
        third = look(folder)
        assert third != second
        stamped = stamps(folder)
        remember_export(folder, "b", Path("exports/b"))
        assert stamps(folder) != stamped
        assert look(folder) != third
    assert look(folder).state == "interrupted"  # it says no reason why it ended


def test_a_look_does_not_keep_the_record_from_being_closed_as_one_file(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "mine")
    with driven(folder):
        look(folder)
    assert {path.name for path in folder.path.glob("run.sqlite*")} == {"run.sqlite"}


def test_a_record_that_is_gone_is_said(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "mine")
    folder.database.unlink()
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        look(folder)
