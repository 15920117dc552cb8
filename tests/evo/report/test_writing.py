"""Writing the report: by command, and at the end of a run, which it never breaks."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from evo.cli.commands import app
from evo.record.run_folder import RunFolder
from evo.report import write_report, write_report_if_possible
from tests.evo.report.runs import SPOIL, change, write_run


def test_the_command_writes_the_page_where_it_is_wanted(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "mine")
    answer = CliRunner().invoke(app, ["report", str(folder.path)])
    assert answer.output.strip() == f"Report: {folder.report}"
    other = tmp_path / "other.html"
    answer = CliRunner().invoke(app, ["report", str(folder.path), "--output", str(other)])
    assert answer.output.strip() == f"Report: {other}"
    assert folder.report.read_bytes() == other.read_bytes()
    assert other.stat().st_size < 8e6


def test_the_same_record_gives_the_same_page(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "mine")
    first = write_report(folder).read_bytes()
    assert write_report(folder).read_bytes() == first


def test_what_fails_at_the_end_of_a_run_goes_to_its_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = write_run(tmp_path / "mine")
    assert write_report_if_possible(folder) == folder.report
    change(folder, SPOIL)
    assert write_report_if_possible(RunFolder(folder.path)) is None
    log = folder.log.read_text()
    assert "the report could not be written" in log
    assert "Expecting value" in log
    assert capfd.readouterr().err == ""
