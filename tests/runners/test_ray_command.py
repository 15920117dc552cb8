"""`evo run` on Ray as people meet it: wrong addresses, Ctrl-C twice, code that is sent along."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command_line import (
    PATIENCE_SECONDS,
    ROOT,
    TINY,
    after_the_first_training,
    descendants,
    driving,
    gone,
    history,
    typed,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    (folder / "tiny.toml").write_text(TINY)
    return folder


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--address", "127.0.0.1:1"), "nobody answers at 127.0.0.1:1"),
        (("--address", "ray://127.0.0.1:1"), "nobody answers at ray://127.0.0.1:1"),
        (
            ("--address", "nowhere"),
            "received address 'nowhere', expected auto, HOST:PORT or ray://",
        ),
        (("--workers", "0"), "--workers: received 0, expected "),
        (("--gpus-per-worker", "x"), "expected auto, a share from 0 to 1, or a whole number"),
        (("--gpus-per-worker", "1.5"), "received gpus_per_worker=1.5, expected a share"),
        (("--job-timeout", "0"), "--job-timeout: received '0', expected auto, or seconds above 0"),
        (("--cpus-per-worker", "-1"), "--cpus-per-worker: received -1.0"),
    ],
)
def test_bad_input_is_refused_at_once_and_nothing_is_written(
    work: Path, arguments: tuple[str, ...], text: str
) -> None:
    before, began = set(work.rglob("*")), time.monotonic()
    said = typed(work, "run", "tiny.toml", "--no-figures", "--name", "never", *arguments, code=2)
    assert text in said
    assert time.monotonic() - began < 10 + 10  # seconds; on a machine that is busy otherwise
    assert set(work.rglob("*")) == before


def test_more_gpus_than_there_are_is_refused_and_nothing_is_written(work: Path) -> None:
    said = typed(
        work,
        "run",
        "tiny.toml",
        "--no-figures",
        "--name",
        "never",
        "--gpus-per-worker",
        "2",
        code=2,
    )
    assert "Error: GPUs are asked for, but Ray sees none (" in said
    assert not (work / "results/never").exists()


def test_ctrl_c_twice_saves_leaves_nobody_and_the_run_goes_on(
    work: Path, undisturbed_run: Path
) -> None:
    with driving(work, "twice", "--workers", "2") as driver:
        driver.wait_until(after_the_first_training)
        below = descendants(driver.process.pid)
        for _ in range(2):
            os.killpg(driver.process.pid, signal.SIGINT)
            time.sleep(0.1)
        assert driver.process.wait(PATIENCE_SECONDS) == 130, driver.printed()
    assert "Traceback" not in driver.printed()
    assert gone(below)
    typed(work, "resume", "twice", "--no-figures")
    assert history(driver.folder) == history(undisturbed_run)
    said = typed(work, "show", "twice", "--events")
    assert said.count("info     joined: worker ") >= 3  # two before, two after
    assert "info     ended: generations" in said
    assert "joined" not in typed(work, "show", "twice")


def test_code_is_sent_along_if_asked(tmp_path: Path) -> None:
    program = f"""
import runners.ray_cluster as cluster
from fitness.evaluation import Evaluation
from runners.ray_pool import RayPool
from tests.runners.toys import job

class Where:  # defined here, so it travels by value
    def evaluate(self, job):
        import fitness.evaluation as module
        return Evaluation(job.name, job.genome, job.key, 0, 4, "ok", module.__file__)

given = cluster.worker_environment()
cluster.worker_environment = lambda: {{**given, "PYTHONPATH": {str(tmp_path)!r}}}
pool = RayPool(Where(), 1, ship=True)
pool.start()
print(next(pool.run([job("a")])).reason)
pool.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    place = done.stdout.splitlines()[-1]
    assert place.endswith("fitness/evaluation.py")
    assert "py_modules" in place  # of Ray's runtime environment, not of this folder
