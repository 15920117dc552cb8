"""These start Ray for real. Most share one Ray of two processors, started once for the module."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import ray

from fitness.evaluation import Evaluation, Evaluator, Job
from runners.ray_pool import RayPool, WorkersFailed
from runners.serial import SerialRunner
from tests.command_line import PATIENCE_SECONDS, gone
from tests.ray_clusters import cluster
from tests.runners.toys import CannotBeLoaded, Dies, Strangers, Sums, Threads, Visible, job

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shared_ray() -> Iterator[None]:
    # One GPU in name only: Ray counts it, whether there is one or not.
    settings = {"num_cpus": 2, "num_gpus": 1, "include_dashboard": False}
    ray.init(address="local", log_to_driver=False, **settings)
    yield
    ray.shutdown()


def answers(pool: RayPool | SerialRunner, jobs: list[Job]) -> dict[str, Evaluation]:
    """Return the answers by genome, without the seconds that failures took."""
    found = list(pool.run(jobs))
    assert len(found) == len(jobs)
    return {a.genome: replace(a, costs={**a.costs, "seconds": 0.0}) for a in found}


def started(evaluator: Evaluator, workers: int = 1, limit: float | None = None) -> RayPool:
    pool = RayPool(evaluator, workers, hard_limit_seconds=limit)
    pool.start()
    return pool


# -- in one Ray that is running already -------------------------------------------------------


@pytest.mark.usefixtures("shared_ray")
class TestSharedRay:
    def test_any_runner_and_number_of_workers_gives_the_same_answers(self) -> None:
        jobs = [job(f"g{n}", seconds=0.01 * (n % 3)) for n in range(12)]
        jobs += [job("wrong", wrong="x"), job("large", memory=True)]
        reference = answers(SerialRunner(Sums(2.0)), jobs)
        assert reference["g3"].objectives["accuracy"] > 2.0
        for workers in (1, 2):
            with closing(started(Sums(2.0), workers)) as pool:
                assert answers(pool, jobs) == reference
                assert answers(pool, jobs[:3]) == {g: reference[g] for g in ("g0", "g1", "g2")}
                assert list(pool.run([])) == []

    def test_a_worker_that_is_killed_costs_nothing(self, tmp_path: Path) -> None:
        jobs = [job("a"), job("b", dies=True), job("c")]
        with closing(started(Dies(tmp_path, times=2))) as pool:
            found = answers(pool, jobs)
        assert len(list(tmp_path.iterdir())) == 2
        assert found == answers(SerialRunner(Sums()), jobs)

    def test_killing_workers_from_outside_costs_nothing(self) -> None:
        jobs = [job(f"g{n}", seconds=0.2) for n in range(8)]
        with closing(started(Sums(), workers=2)) as pool:
            first, second = pool.process_ids()
            running = pool.run(jobs)
            found = [next(running)]
            os.kill(first, signal.SIGKILL)
            found += [next(running)]
            os.kill(second, signal.SIGKILL)
            found += list(running)
            assert {first, second}.isdisjoint(pool.process_ids())
        assert sorted(a.genome for a in found) == [f"g{n}" for n in range(8)]
        assert {a.status for a in found} == {"ok"}

    def test_a_job_that_kills_every_worker_fails_and_the_rest_goes_on(
        self, tmp_path: Path
    ) -> None:
        with closing(started(Dies(tmp_path, times=99))) as pool:
            found = answers(pool, [job("b", dies=True), job("c")])
        assert len(list(tmp_path.iterdir())) == 3
        assert found["b"].status == "failed"
        assert "its worker died 3 times" in found["b"].reason
        assert found["c"].status == "ok"

    def test_a_job_beyond_the_hard_limit_is_stopped(self) -> None:
        with closing(started(Sums(), limit=1.0)) as pool:
            (before,) = pool.process_ids()
            found = answers(pool, [job("slow", seconds=60.0), job("quick")])
            (after,) = pool.process_ids()
        assert found["slow"].status == "timed_out"
        assert "hard limit of 1 seconds" in found["slow"].reason
        assert found["quick"].status == "ok"
        assert before != after

    def test_workers_are_processes_of_their_own_with_one_thread(self) -> None:
        with closing(started(Threads(), workers=2)) as pool:
            found = answers(pool, [job(f"g{n}") for n in range(6)])
            expected = set(pool.process_ids())
        assert {a.objectives["threads"] for a in found.values()} == {1.0}
        processes = {int(a.objectives["process"]) for a in found.values()}
        assert processes <= expected
        assert os.getpid() not in processes

    def test_an_evaluator_that_cannot_be_loaded_is_an_error_at_the_start(self) -> None:
        pool = RayPool(CannotBeLoaded(), 1)
        with pytest.raises(WorkersFailed, match="no such data on this machine"):
            pool.start()

    def test_an_evaluator_that_cannot_be_sent_is_an_error_at_the_start(self) -> None:
        evaluator = Sums()
        object.__setattr__(evaluator, "socket", socket.socket())
        with pytest.raises(WorkersFailed, match="cannot be sent to workers"):
            RayPool(evaluator, 1).start()

    def test_an_evaluator_defined_on_the_spot_works(self) -> None:
        class Local:
            def evaluate(self, job: Job) -> Evaluation:
                return Evaluation(job.name, job.genome, job.key, 0, 4, "ok")

        with closing(started(Local())) as pool:
            assert answers(pool, [job("a")])["a"].status == "ok"

    def test_strange_answers_are_failures(self) -> None:
        with closing(started(Strangers())) as pool:
            found = answers(pool, [job("text"), job("other")])
        assert {a.status for a in found.values()} == {"failed"}

    def test_leaving_early_stops_what_runs_and_the_pool_stays_usable(self) -> None:
        with closing(started(Sums(), workers=2)) as pool:
            running = pool.run([job("quick"), job("slow", seconds=60.0), job("later")])
            assert next(running).genome == "quick"
            running.close()  # type: ignore[attr-defined]
            assert list(answers(pool, [job("next")])) == ["next"]

    def test_workers_share_a_gpu_evenly_and_are_as_many_as_there_are(self) -> None:
        for workers, expected in ((2, "2 workers"), (None, "1 worker")):
            with closing(RayPool(Visible(), workers, gpus_per_worker=None)) as pool:
                assert f"with {expected}." in pool.start()
                assert len(pool.process_ids()) == (workers or 1)  # all found their share
                assert answers(pool, [job("a")])["a"].reason == "0"

    def test_starting_twice_and_running_before_the_start(self) -> None:
        pool = RayPool(Sums(), 1)
        with pytest.raises(RuntimeError, match="start"):
            list(pool.run([job("a")]))
        with closing(pool):
            assert "with 1 worker." in pool.start()
            assert "up already" in pool.start()
        pool.close()
        assert ray.is_initialized()  # it is not ours to stop


# -- a Ray of its own, in a process of its own ------------------------------------------------

DRIVER = """
import sys
from pathlib import Path
from runners.ray_pool import RayPool
from tests.command_line import PATIENCE_SECONDS, gone
from tests.ray_clusters import cluster
from tests.runners.toys import Dies, Sums, job
evaluator = Dies(Path(sys.argv[4]), 1) if len(sys.argv) > 4 else Sums()
pool = RayPool(evaluator, int(sys.argv[1]), sys.argv[3] if sys.argv[3:] and sys.argv[3] else None)
print(pool.start(), flush=True)
print(*pool.process_ids(), flush=True)
try:
    jobs = [job(f"g{n}", seconds=float(sys.argv[2])) for n in range(3)] + [job("d", dies=True)]
    print(len(list(pool.run(jobs))), flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
finally:
    pool.close()
"""


def driver(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        start_new_session=True,  # so that Ctrl-C can go to the whole group, as in a terminal
    )


def lines(process: subprocess.Popen[str], number: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(number)]


def test_a_local_ray_says_one_line_whatever_happens_and_leaves_nothing(tmp_path: Path) -> None:
    process = driver("3", "3.0", "", str(tmp_path))  # a worker dies; what does Ray say to that?
    output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    said = output.splitlines()
    assert said[0] == "Started a local Ray with 3 workers."
    assert said[2:] == ["4"], output
    assert process.returncode == 0
    assert len(list(tmp_path.iterdir())) == 1
    assert gone([int(word) for word in said[1].split()])


def test_ctrl_c_in_the_terminal_reaches_the_caller_and_stops_the_workers() -> None:
    process = driver("2", "60")
    said = lines(process, 2)
    time.sleep(1.0)  # the jobs are running now
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert output.splitlines() == ["interrupted"]
    assert process.returncode == 0
    assert gone([int(word) for word in said[1].split()])


def test_the_workers_of_a_killed_driver_go_too() -> None:
    process = driver("2", "60")
    said = lines(process, 2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert gone([int(word) for word in said[1].split()])


def test_a_cluster_is_joined_and_left_running() -> None:
    """Start a cluster of our own, with a token made up for it, and join it twice."""
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": uuid.uuid4().hex}
    with cluster({**os.environ, **token}) as address:
        for _ in range(2):
            process = driver("2", "0", address, **token)
            output, _ = process.communicate(timeout=PATIENCE_SECONDS)
            said = output.splitlines()
            assert said[0] == f"Joined Ray at {address} with 2 workers.", output
            assert said[2:] == ["4"]
