"""The command line in processes of its own and in this one, and what a tiny run leaves.

A process of its own loads torch and Ray again, for seconds: it is for tests that kill it, send it
signals or read all that it prints.
"""

from __future__ import annotations

import io
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = [sys.executable, "-c", "from evo.cli import main; main()"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}
PATIENCE_SECONDS = 300.0  # on a busy machine
TINY = """
generations = 3
population = 4
females = 3
sons = 4
daughters = 2
brood = 3
juvenile_epochs = 1
adult_epochs = 3
max_flops = 2e5
epoch_examples = 400
"""


# -- processes -----------------------------------------------------------------------------------


@dataclass
class Driver:
    """An `evo` process at work on the run of this folder."""

    process: subprocess.Popen[bytes]
    folder: Path
    output: Path

    def printed(self) -> str:
        return self.output.read_text()

    def wait_until(self, condition: Callable[[Driver], object]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition(self):
            assert self.process.poll() is None, f"it has ended: {self.printed()}"
            assert time.monotonic() < deadline, self.printed()
            time.sleep(0.02)

    def kill(self) -> None:
        self.process.kill()
        assert self.process.wait() == -signal.SIGKILL, "it was quicker than the kill"


@contextmanager
def driving(work: Path, name: str, *arguments: str) -> Iterator[Driver]:
    """Start `evo run` with the tiny settings in a process group of its own, as a shell does."""
    output = work / f"{name}.out"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [*PROGRAM, "run", "tiny.toml", "--no-figures", "--name", name, *arguments],
            cwd=work,
            env=ENVIRONMENT,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Whatever runs the tests may ignore Ctrl-C, and its children would inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    try:
        yield Driver(process, work / "results" / name, output)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def evo(work: Path, *arguments: str, code: int = 0) -> str:
    """Call the command line in a process of its own; return what it printed on both streams."""
    done = subprocess.run(
        [*PROGRAM, *arguments],
        cwd=work,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == code, done.stdout
    assert "Traceback" not in done.stdout
    return done.stdout


# -- this process --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What a command gave back."""

    code: int
    out: str
    err: str


def answer(folder: Path, *arguments: str) -> Answer:
    """Call the command line in this process, from a folder."""
    from evo.cli import main

    out, err = io.StringIO(), io.StringIO()
    with (
        chdir(folder),
        mock.patch.object(sys, "argv", ["evo", *arguments]),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as end,
    ):
        main()
    assert "Traceback" not in out.getvalue() + err.getvalue()
    assert isinstance(end.value.code, int)
    return Answer(end.value.code, out.getvalue(), err.getvalue())


def typed(folder: Path, *arguments: str, code: int = 0) -> str:
    """Call the command line in this process; return what it printed on both streams."""
    given = answer(folder, *arguments)
    printed = given.out + given.err
    assert given.code == code, printed
    return printed


# -- what a run leaves ---------------------------------------------------------------------------


def ask(folder: Path, sql: str) -> int:
    """Return one figure from a run's record; 0 while there is none."""
    address = f"{(folder / 'run.sqlite').as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            return int(connection.execute(sql).fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def history(folder: Path) -> dict[str, Any]:
    """Return what the same seed has to repeat: all but timings and events."""
    tables = {
        "genomes": "SELECT * FROM genomes ORDER BY rowid",
        "trials": "SELECT * FROM trials ORDER BY rowid",
        "predictions": "SELECT * FROM predictions ORDER BY rowid",
        "evaluations": "SELECT name, status, objectives, curve, marks, checkpoint_sha256 "
        "FROM evaluations ORDER BY name",
        "measurements": "SELECT * FROM measurements ORDER BY genome, split, replicate",
        "reason": "SELECT value FROM meta WHERE key = 'reason'",
    }
    with closing(sqlite3.connect(folder / "run.sqlite")) as connection:
        found = {name: connection.execute(sql).fetchall() for name, sql in tables.items()}
    return {"pareto.csv": (folder / "pareto.csv").read_bytes(), **found}


def after_the_first_training(driver: Driver) -> bool:
    return ask(driver.folder, "SELECT count(*) FROM evaluations") >= 1


# -- below a process ------------------------------------------------------------------------------


def descendants(process_id: int) -> list[int]:
    """Return the ids of all processes below this one."""
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:  # it has ended meanwhile
            continue
    found = {process_id}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found - {process_id})


def workers_among(process_ids: list[int]) -> list[int]:
    def command(process_id: int) -> str:
        try:
            return Path(f"/proc/{process_id}/cmdline").read_text()
        except OSError:
            return ""

    return [number for number in process_ids if command(number).startswith("ray::Worker")]


def gone(process_ids: list[int], seconds: float = PATIENCE_SECONDS) -> bool:
    deadline = time.monotonic() + seconds
    while any(alive(number) for number in process_ids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def alive(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
