"""A hostile corpus of run folders: each is refused in words, or shown; no code of it runs.

A run's folder is copied from machine to machine, and its config names modules and functions.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import chdir, closing
from pathlib import Path

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from evo.cli.commands import app
from evo.cli.exits import scored
from evo.errors import BadInput
from evo.findings.record_faults import fault_of_record
from evo.record.run_folder import OPENED, RunFolder
from fitness.data.user_task import call_user_task
from tests.command_line import answer, typed
from tests.troubles.hostile import ODD, bounded_memory, damaged_bytes, damaged_json

CASES = 200
RAW = (None, "", -1, 10**18, 1e308, "x", "{}", "[]", "null", b"\xff\0", "../../x", "[[1]]", "NaN")
COMMANDS = (["show", "RUN"], ["show", "RUN", "GENOME"], ["lineage", "RUN", "GENOME"], ["runs"])


@pytest.fixture
def work(undisturbed_run: Path, tmp_path: Path) -> Iterator[Path]:
    """Return a folder with a copy of a run that a test may damage, and be in it."""
    shutil.copytree(undisturbed_run, tmp_path / "results/first")
    OPENED.clear()
    with chdir(tmp_path):
        yield tmp_path


def refusal(*arguments: str) -> str:
    """Call a command in this process; return in what words it refused, empty if it did not."""
    end = CliRunner().invoke(app, list(arguments))
    if end.exit_code == 0:
        return ""
    if isinstance(end.exception, SystemExit):
        assert end.exit_code == 2, end.output
        return end.output
    assert isinstance(end.exception, Exception)
    text, code = scored(end.exception)
    assert code == 2, text
    return text


@st.composite
def damaged_row(draw: st.DrawFn, database: Path) -> tuple[str, str, int, object]:
    """Return table, column and row number of a record, and what to write there."""
    with closing(sqlite3.connect(database)) as connection:
        kept = "type = 'table' AND sql NOT LIKE '%WITHOUT ROWID%' AND name NOT LIKE 'sqlite%'"
        names = connection.execute(f"SELECT name FROM sqlite_master WHERE {kept} ORDER BY name")
        table = draw(st.sampled_from([name for (name,) in names]))
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        place = draw(st.integers(0, len(columns) - 1))
        rows = connection.execute(f"SELECT rowid, {columns[place]} FROM {table}").fetchall()
    if not rows:
        return "meta", "value", 0, None
    row, value = draw(st.sampled_from(rows))
    if isinstance(value, str) and value[:1] in ("[", "{") and draw(st.booleans()):
        return table, columns[place], row, json.dumps(draw(damaged_json(json.loads(value))))
    return table, columns[place], row, draw(st.sampled_from(RAW))


def write_row(database: Path, row: tuple[str, str, int, object]) -> None:
    """Write a value into a record, if SQLite takes it there."""
    table, column, number, value = row
    if isinstance(value, str) and not value.isprintable():
        return
    with closing(sqlite3.connect(database)) as connection:
        try:
            where = "" if table == "meta" else f" WHERE rowid = {number}"
            if where:
                connection.execute(f"UPDATE {table} SET {column} = ?{where}", (value,))
                connection.commit()
        except (sqlite3.Error, UnicodeEncodeError):
            connection.rollback()


@given(data=st.data())
@settings(
    max_examples=CASES, derandomize=True, deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_whatever_is_in_a_record_it_is_refused_in_words_or_shown(
    work: Path, data: st.DataObject
) -> None:
    folder = work / "results/first"
    sound = folder.with_name("sound.sqlite")
    if not sound.exists():
        shutil.copy(folder / "run.sqlite", sound)
        shutil.copy(folder / "config.toml", folder.with_name("sound.toml"))
    shutil.copy(sound, folder / "run.sqlite")
    shutil.copy(folder.with_name("sound.toml"), folder / "config.toml")
    damage = data.draw(st.sampled_from(["row", "row", "row", "config", "bytes"]))
    if damage == "row":
        write_row(folder / "run.sqlite", data.draw(damaged_row(sound)))
    elif damage == "config":
        values = tomllib.loads((folder / "config.toml").read_text())
        try:
            (folder / "config.toml").write_text(tomli_w.dumps(data.draw(damaged_json(values))))
        except (TypeError, AttributeError, ValueError, RecursionError):  # no TOML says that
            return
    else:
        name = data.draw(st.sampled_from(["run.sqlite", "config.toml"]))
        (folder / name).write_bytes(data.draw(damaged_bytes((folder / name).read_bytes())))
    command = data.draw(st.sampled_from(COMMANDS))
    with bounded_memory():
        text = refusal(*[{"RUN": "first", "GENOME": "m000-000"}.get(x, x) for x in command])
    assert not text or "first" in text or "m000-000" in text, text
    assert {path.name for path in work.iterdir()} == {"results"}


def test_an_empty_config_is_named(work: Path) -> None:
    (work / "results/first/config.toml").write_text("")
    assert "results/first/config.toml names no objectives" in refusal("show", "first")


def test_a_sound_record_has_no_fault(work: Path) -> None:
    assert fault_of_record(RunFolder(work / "results/first")) is None


@pytest.mark.parametrize(
    ("table", "column", "value", "said"),
    [
        ("generations", "summary", "[]", "table generations, row 1: ValueError: summary is []"),
        ("genomes", "json", "{}", "table genomes, row 1: "),
        ("evaluations", "objectives", '{"accuracy": "x"}', "objectives, accuracy is 'x'"),
        ("evaluations", "curve", "[[1]]", "table evaluations, row 1: TypeError"),
        ("trials", "generation", "x", "generation is 'x'"),
        ("predictions", "predicted", "[" * 100_000, "table predictions, row 1: RecursionError"),
    ],
)
def test_the_row_that_is_wrong_is_named(
    work: Path, table: str, column: str, value: str, said: str
) -> None:
    write_row(work / "results/first/run.sqlite", (table, column, 1, value))
    found = fault_of_record(RunFolder(work / "results/first"))
    assert found is not None
    assert "results/first/run.sqlite is damaged, or was not written by evo" in found
    assert said in found


@pytest.mark.parametrize("kind", [one for one in ODD if one != "nobody's"])
def test_what_is_no_plain_file_is_refused(work: Path, kind: str) -> None:
    for name in ("config.toml", "run.sqlite"):
        path = work / "results/first" / name
        whole = path.read_bytes()
        path.unlink()
        ODD[kind](path)
        with bounded_memory():
            assert refusal("show", "first"), name
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        path.write_bytes(whole)


# -- what would be written elsewhere, and what would run ------------------------------------------


@pytest.mark.parametrize(
    "name", ["run.log", "lock", "figures", "checkpoints", "figures/front.png"]
)
def test_nothing_is_written_through_a_link_out_of_the_folder(work: Path, name: str) -> None:
    mine, link = work / "mine", work / "results/first" / name
    mine.mkdir()
    (mine / "precious").write_text("precious")
    is_folder = link.is_dir()
    shutil.rmtree(link) if is_folder else link.unlink(missing_ok=True)
    link.symlink_to(mine if is_folder else mine / "precious")
    for command in (["resume", "first", "--generations", "9"], ["plot", "first"]):
        assert f"results/first/{name} is a link out of the run's folder" in refusal(*command)
    assert [path.name for path in mine.iterdir()] == ["precious"]
    assert (mine / "precious").read_text() == "precious"


def test_a_trigger_and_a_view_are_never_used(work: Path) -> None:
    database = work / "results/first/run.sqlite"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE VIEW more AS SELECT * FROM genomes")
        connection.commit()
    assert "run.sqlite has a view, 'more', which evo never makes" in refusal("show", "first")


EVIL = "from pathlib import Path\nPath('ran').touch()\ndef make(): Path('ran').touch()\n"


@pytest.mark.parametrize(
    "values",
    [
        {"task": "results.first.evil:make"},
        {"plugins": ["results.first.evil"]},
        {"plugins": ["results.first.evil"], "metric": "unheard_of"},
        {"operators": {"survive": "results.first.evil:make"}},
    ],
    ids=["task", "plugin", "metric of a plugin", "operator"],
)
def test_code_in_the_folder_of_a_run_never_runs(work: Path, values: dict[str, object]) -> None:
    folder = work / "results/first"
    (folder / "evil.py").write_text(EVIL)
    config = tomllib.loads((folder / "config.toml").read_text())
    config.pop("metric" if "metric" in values else "none", None)
    (folder / "config.toml").write_text(tomli_w.dumps({**config, **values}))
    more = {"operators": ["resume", "first", "--generations", "4", "--runner", "serial"]}
    export = ["export", "first"]
    text = refusal(*more.get(next(iter(values)), export))
    assert "lies in the folder of a run" in text
    assert not (work / "ran").exists()
    assert not (folder / "ran").exists()


def test_a_task_is_never_a_function_of_python(work: Path) -> None:
    assert "os is part of Python and has no task" in refusal(
        "run", "--task", "os:abort", "--name", "other"
    )
    (work / "token.py").write_text("def make(): raise ValueError('mine')")
    assert "hides Python's module 'token'" in refusal(
        "run", "--task", "token:make", "--name", "other"
    )


def test_being_in_the_folder_of_a_run_shadows_nothing(work: Path) -> None:
    folder = work / "results/first"
    (folder / "csv.py").write_text("raise SystemExit('ran')")
    with chdir(folder), pytest.raises(BadInput, match="there is no module"):
        call_user_task("there_is_none:make")
    printed = typed(work, "show", "first")
    assert "Front" in printed
    assert answer(work, "show", "nowhere").code == 2
