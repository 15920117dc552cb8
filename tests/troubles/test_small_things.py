"""Small things people saw: one long name ruined a table, sentences ended in two full stops."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from evo.cli import main
from evo.cli.exits import scored
from evo.errors import BadInput, clause
from evo.record.run_folder import RunFolder
from evo.settings.config import build


def run_named(folder: Path) -> None:
    from evo.record.recorder import RunRecord
    from evo.settings.config import to_toml

    RunRecord.create(folder, to_toml(build({}))).close()


def test_a_long_name_leaves_the_other_columns_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_named(tmp_path / "results" / ("long-" * 20 + "name"))
    run_named(tmp_path / "results/short")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(sys, "argv", ["evo", "runs"])
    with pytest.raises(SystemExit):
        main()
    lines = capsys.readouterr().out.splitlines()
    (short,) = (line for line in lines if line.strip().startswith("short"))
    assert "digits" in short
    assert "0 of" in short
    assert "long-long-" in "".join(lines)
    assert "…" not in "".join(lines)
    assert RunFolder(tmp_path / "results/short").database.is_file()


@pytest.mark.parametrize(
    ("said", "part"), [("no.", "no"), ("no", "no"), ("no...", "no"), (OSError("no. "), "no")]
)
def test_what_an_error_says_becomes_part_of_a_sentence(said: object, part: str) -> None:
    assert clause(said) == part


def test_a_sentence_ends_in_one_full_stop() -> None:
    message, code = scored(RuntimeError("it broke."))
    assert message.startswith("Error: RuntimeError: it broke. This should")
    assert code == 1


@pytest.mark.parametrize("name", ["..", ".", "a/b", "/tmp/a", "../a", "", "-a", "a b", "~", "a\n"])
def test_a_name_stays_in_the_results_folder(name: str) -> None:
    with pytest.raises(BadInput, match="expected a plain folder name"):
        build({"name": name})
