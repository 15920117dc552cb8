"""The commands from outside: `evo watch` and `evo run --watch`, with a program as the browser."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.evo.report.runs import write_run
from tests.evo.watch.growing import contents

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
PROGRAM = [sys.executable, "-c", "from evo.cli import main; main()"]
TINY = [
    "run", "--population", "4", "--females", "2", "--juvenile-epochs", "1", "--adult-epochs", "2",
    "--pin", "architecture.stages.width=4", "--pin", "architecture.stages.depth=1",
    "--runner", "serial", "--epoch-examples", "300",
]  # fmt: skip
PATIENCE_SECONDS = 240  # nobody waits so long but on a crowded machine
# Asks as the page does and writes down every answer, until the server ends or is gone.
PAGE = """#!{python}
import json, sys, time, urllib.request
url, edition = sys.argv[1], ""
with open({log!r}, "a") as log:
    print(json.dumps({{"url": url}}), file=log, flush=True)
    while True:
        try:
            asked = url + "version?page=abc&edition=" + edition
            version = json.load(urllib.request.urlopen(asked, timeout=240))
            front = None
            if version["edition"] != edition:
                answer = urllib.request.urlopen(url + "data", timeout=240)
                edition, data = answer.headers["X-Edition"], json.load(answer)
                front = [row[0] for row in data["front"]["rows"]]
        except OSError as error:
            print(json.dumps({{"gone": str(error)}}), file=log, flush=True)
            break
        print(json.dumps({{**version, "front": front}}), file=log, flush=True)
        if front is None and version["ends"] and version["edition"] == edition:
            break
        time.sleep(0.1)
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The file in which the program that plays the browser writes what it sees."""
    return tmp_path / "seen.jsonl"


@pytest.fixture
def start(tmp_path: Path, log: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the command line in an empty folder."""
    browser = tmp_path / "browser"
    browser.write_text(PAGE.format(python=sys.executable, log=str(log)))
    browser.chmod(0o755)
    begun: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*PROGRAM, *arguments],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "PYTHONUNBUFFERED": "1",
                "BROWSER": f"{browser} %s &",  # in the background
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


def seen(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def address(process: subprocess.Popen[str]) -> str:
    """Read the lines of a command up to the page's address."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://\S+/", line):
            return found[0]
    raise AssertionError(f"no address was printed: {process.communicate()}")


def is_gone(url: str) -> bool:
    try:
        urllib.request.urlopen(url + "version", timeout=PATIENCE_SECONDS).close()
    except OSError:
        return True
    return False


@contextmanager
def taken() -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        yield other.getsockname()[1]


def test_watch_opens_the_page_and_ends_with_ctrl_c(
    tmp_path: Path, log: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    folder = write_run(tmp_path / "results" / "mine")
    before = contents(folder.path)
    process = start("watch", "mine")
    url = address(process)
    assert url.startswith("http://127.0.0.1:")
    until(lambda: any(line.get("front") for line in seen(log)))
    assert seen(log)[0] == {"url": url}
    assert [line["front"] for line in seen(log) if line.get("front")] == [["a", "b"]]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, out, err) == (0, "", "")
    assert is_gone(url)
    assert contents(folder.path) == before


def test_the_run_written_to_last_is_the_default(
    tmp_path: Path, log: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    first, _ = (write_run(tmp_path / "results" / name) for name in ("b-first", "c-second"))
    os.utime(first.pareto, (3e9, 3e9))  # it was resumed
    process = start("watch", "--no-browser", "--port", "0")
    url = address(process)
    until(lambda: json.load(urllib.request.urlopen(url + "version"))["edition"])
    data = json.load(urllib.request.urlopen(url + "data"))
    assert data["name"] == "b-first"
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_SECONDS) == 0
    assert not log.exists(), "--no-browser was given"


def test_a_port_that_is_taken_gives_2(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    write_run(tmp_path / "results" / "mine")
    with taken() as port:
        process = start("watch", "mine", "--port", str(port))
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 2
    assert err.startswith(f"Error: --port: {port} is taken on 127.0.0.1")


def test_listening_for_others_is_warned_of(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    write_run(tmp_path / "results" / "mine")
    process = start("watch", "mine", "--host", "0.0.0.0", "--port", "0", "--no-browser")
    address(process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert re.match(r"Warning: anybody who reaches port \d+ here can read the run", err)


def test_a_watched_run_writes_the_same_history_and_shows_its_end(
    tmp_path: Path, log: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    watched = start(*TINY, "--generations", "3", "--name", "watched", "--watch")
    out, err = watched.communicate(timeout=PATIENCE_SECONDS)
    assert watched.returncode == 0, err
    url = re.search(r"^live page (\S+)$", out, re.MULTILINE)
    assert url is not None
    until(lambda: any(line.get("ends") for line in seen(log)))
    last = seen(log)[-1]
    assert (last["state"], last["done"], last["ends"]) == ("finished", 3, True)
    until(lambda: is_gone(url[1]))
    fronts = [line["front"] for line in seen(log) if line.get("front")]
    pareto = tmp_path / "results" / "watched" / "pareto.csv"
    assert set(fronts[-1]) == {line.split(",")[0] for line in pareto.read_text().splitlines()[1:]}
    assert (tmp_path / "results" / "watched" / "report.html").is_file()
    alone = start(*TINY, "--generations", "3", "--name", "alone", "--quiet")
    assert alone.wait(PATIENCE_SECONDS) == 0
    assert pareto.read_bytes() == (tmp_path / "results" / "alone" / "pareto.csv").read_bytes()


def test_a_run_that_is_killed_takes_its_page_along_and_can_be_resumed_with_another(
    tmp_path: Path, log: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    process = start(*TINY, "--generations", "500", "--name", "long", "--watch")
    url = address(process)
    until(lambda: any(line.get("done") for line in seen(log)))
    assert next(line for line in seen(log) if line.get("done"))["state"] == "running"
    process.kill()
    until(lambda: seen(log)[-1].get("ends"))
    assert seen(log)[-1]["state"] == "interrupted"
    until(lambda: is_gone(url))
    done = seen(log)[-1]["done"]
    again = start("resume", "long", "--generations", "501", "--watch")
    address(again)
    until(lambda: (seen(log)[-1].get("done") or 0) > done)  # None until it has looked
    again.send_signal(signal.SIGINT)
    _, err = again.communicate(timeout=PATIENCE_SECONDS)
    assert again.returncode == 130
    assert "continue with `evo resume long`" in err
    until(lambda: seen(log)[-1].get("ends"))


def test_bad_input_starts_no_page(
    tmp_path: Path, log: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    process = start(*TINY, "--task", "digitz", "--watch")
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, "'digitz'" in err, out) == (2, True, "")
    assert not log.exists()
    assert not (tmp_path / "results").exists()
