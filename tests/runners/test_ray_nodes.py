"""Several nodes with logical GPUs on this machine: what joins, leaves, dies or falls short."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import ray
from ray.cluster_utils import Cluster

from fitness.evaluation import Evaluation, Evaluator, Job
from runners.events import WorkerEvent
from runners.ray_pool import RayPool, WorkersFailed
from runners.scheduler import SWITCH_SECONDS
from runners.serial import SerialRunner
from tests.runners.toys import Bulky, Large, Sums, Weighed, job

pytestmark = pytest.mark.slow
STORE_BYTES = 80 * 2**20  # the least that Ray takes, nearly


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    head = {"num_cpus": 2, "num_gpus": 1, "object_store_memory": STORE_BYTES}
    made = Cluster(initialize_head=True, head_node_args={**head, "include_dashboard": False})
    ray.init(address=made.address, log_to_driver=False)
    yield made
    ray.shutdown()
    made.shutdown()


def pool(evaluator: Evaluator, workers: int | None = None, **settings: Any) -> RayPool:
    made = RayPool(evaluator, workers, **settings)
    made.start()
    return made


def heard(runner: RayPool) -> list[WorkerEvent]:
    events: list[WorkerEvent] = []
    runner.listen(events.append)
    return events


def await_all(runner: RayPool, workers: int) -> None:
    """Run jobs of no length until all workers are up."""
    while runner.fleet_status().up < workers:
        list(runner.run([job("warm", bytes=1, seconds=0.1)]))


def plain(evaluation: Evaluation) -> Evaluation:
    return replace(evaluation, costs={})


def reference(jobs: list[Job]) -> dict[str, Evaluation]:
    return {a.genome: plain(a) for a in SerialRunner(Sums()).run(jobs)}


def test_nodes_that_join_are_used_and_those_that_vanish_are_survived(cluster: Cluster) -> None:
    jobs = [job(f"g{n}", seconds=0.5) for n in range(24)]
    with closing(pool(Sums())) as runner:
        events = heard(runner)
        assert runner.fleet_status().wanted == 2
        running = runner.run(jobs)
        found = [next(running)]
        node = cluster.add_node(num_cpus=2, object_store_memory=STORE_BYTES)
        while runner.fleet_status().up < 4:  # the slower the machine, the more jobs until then
            jobs.append(job(f"g{len(jobs)}", seconds=0.5))
            runner.submit(jobs[-1:])
            found.append(next(running))
        cluster.remove_node(node, allow_graceful=False)
        found += list(running)
        assert runner.fleet_status().wanted in (2, 4)  # 4 until Ray has declared the node dead
    assert {a.genome: plain(a) for a in found} == reference(jobs)
    assert len(found) == len(jobs)
    kinds = [event.kind for event in events]
    assert kinds.count("joined") >= 4
    assert "node lost" in " ".join(e.text for e in events if e.kind == "retried")
    assert "given up" not in kinds


def test_jobs_are_packed_onto_a_gpu_by_their_bytes(cluster: Cluster, tmp_path: Path) -> None:
    evaluator = Weighed(tmp_path)
    sizes = (60, 60, 30, 30, 30, 60, 30)
    jobs = [job(f"g{n}", bytes=size) for n, size in enumerate(sizes)]
    with closing(pool(evaluator, 4, cpus_per_worker=0.5, gpus_per_worker=0.25)) as runner:
        await_all(runner, 4)
        found = list(runner.run(jobs))
    assert {a.status for a in found} == {"ok"}
    assert {a.costs["estimated_bytes"] for a in found} == {30.0, 60.0}
    runs = evaluator.runs()
    sums = [sum(size for _, size, begin, end in runs if begin <= t < end) for _, _, t, _ in runs]
    assert max(sums) <= 92
    assert max(sums) > 60  # and they did run beside each other


def test_out_of_memory_is_tried_again_alone_and_then_recorded(
    cluster: Cluster, tmp_path: Path
) -> None:
    evaluator = Weighed(tmp_path)
    jobs = [job("crowded", bytes=10, crowded=True), job("huge", bytes=10, huge=True)]
    jobs += [job(f"g{n}", bytes=10, seconds=1.5) for n in range(4)]
    with closing(pool(evaluator, 3, cpus_per_worker=0.5, gpus_per_worker=0.25)) as runner:
        events = heard(runner)
        await_all(runner, 3)
        found = {a.genome: a for a in runner.run(jobs)}
    assert found["crowded"].status == "ok"
    assert found["huge"].status == "out_of_memory"
    assert found["huge"].objectives == {}
    assert len(found) == len(jobs)
    retried = [event.text for event in events if event.kind == "retried"]
    assert len(retried) == 2
    assert all("alone on a device (out of memory" in text for text in retried)
    (*_, crowded), huge = (
        [run for run in evaluator.runs() if run[0] == name] for name in ("crowded", "huge")
    )
    assert len(huge) == 2
    for _, _, begin, end in (crowded, huge[1]):
        assert not [run for run in evaluator.runs() if begin < run[2] < end]


def test_estimates_that_prove_too_low_are_told_and_raised(
    cluster: Cluster, tmp_path: Path
) -> None:
    with closing(pool(Weighed(tmp_path), 1, gpus_per_worker=1.0)) as runner:
        events = heard(runner)
        assert len(list(runner.run([job("g", bytes=10, took=30, seconds=0.0)]))) == 1
    (text,) = (event.text for event in events if event.kind == "misjudged")
    assert text == "g took 30 bytes, 10 were estimated; from here on estimates count 3.00 times"


def test_a_node_too_small_is_an_error_that_says_what_there_is(cluster: Cluster) -> None:
    began = time.monotonic()
    with pytest.raises(WorkersFailed, match=r"needs 1 CPU and 3 GPU.*has 2 CPU and 1 GPU"):
        RayPool(Sums(), 1, gpus_per_worker=3).start()
    with pytest.raises(WorkersFailed, match=r"needs 64 CPU.*--cpus-per-worker"):
        RayPool(Sums(), cpus_per_worker=64).start()
    assert time.monotonic() - began < 10


def test_answers_that_overflow_the_object_store_arrive(cluster: Cluster) -> None:
    jobs = [job(f"g{n}") for n in range(8)]
    evaluator = Large(STORE_BYTES * 2 // 5)
    with closing(pool(evaluator, 4, cpus_per_worker=0.5)) as runner:
        await_all(runner, 4)
        running = runner.run(jobs)
        found = [next(running)]
        time.sleep(2.0)  # four answers lie in a store that holds two
        found += list(running)
    assert {a.genome for a in found} == {f"g{n}" for n in range(8)}
    assert all(a.checkpoint == evaluator.evaluate(j).checkpoint for a, j in _pairs(found, jobs))


def _pairs(found: list[Evaluation], jobs: list[Job]) -> list[tuple[Evaluation, Job]]:
    by_name = {evaluation.job: evaluation for evaluation in found}
    return [(by_name[j.name], j) for j in jobs]


def test_bulk_data_are_read_in_place_and_toys_load_no_torch(cluster: Cluster) -> None:
    numbers = 4_000_000  # 32 MB
    with closing(pool(Bulky(numbers), 2)) as runner:
        await_all(runner, 2)
        found = list(runner.run([job(f"g{n}", seconds=0.3) for n in range(4)]))
    assert len({a.objectives["process"] for a in found}) == 2
    for answer in found:
        assert answer.objectives["sum"] == numbers
        assert answer.objectives["writeable"] == 0.0
        assert answer.objectives["torch"] == 0.0


def test_a_hung_worker_is_stopped_and_told(cluster: Cluster) -> None:
    with closing(pool(Sums(), 2, hard_limit_seconds=1.0)) as runner:
        events = heard(runner)
        found = {a.genome: a for a in runner.run([job("slow", seconds=60.0), job("quick")])}
    assert found["slow"].status == "timed_out"
    assert found["quick"].status == "ok"
    assert "stopped" in [event.kind for event in events]


def test_without_a_limit_the_pace_of_others_sets_one(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runners.time_limit.LEAST_SECONDS", 0.5)
    jobs = [job("slow", seconds=60.0), job("quick", seconds=0.05)]
    with closing(pool(Sums(), 2)) as runner:
        await_all(runner, 2)
        list(runner.run([job("first", seconds=0.01)]))
        found = {a.genome: a for a in runner.run(jobs)}
    assert found["slow"].status == "timed_out"
    assert "20 times what the slowest so far" in found["slow"].reason
    assert found["quick"].status == "ok"


def test_random_kills_change_no_answer(cluster: Cluster) -> None:
    jobs = [job(f"g{n}", seconds=0.2) for n in range(24)]
    killed: set[int] = set()
    with closing(pool(Sums(), 2)) as runner:
        events, found = heard(runner), []
        for evaluation in runner.run(jobs):
            found.append(evaluation)
            alive = _joined(events) - killed
            if alive and len(found) >= 5 * (len(killed) + 1):
                killed.add(min(alive))
                os.kill(min(alive), signal.SIGKILL)
    assert len(killed) >= 3
    assert {a.genome: plain(a) for a in found} == reference(jobs)
    assert len(found) == len(jobs)
    assert [event.kind for event in events].count("lost") >= len(killed) - 1


def _joined(events: list[WorkerEvent]) -> set[int]:
    texts = [event.text for event in events if event.kind == "joined"]
    return {int(text.split("process ")[1].rstrip(")")) for text in texts}


STRANGE = """
import importlib.metadata, sys
real = importlib.metadata.version
importlib.metadata.version = lambda name: "0.0.1" if name == "torch" else real(name)
"""
LACKING = """
import sys
class Lacks:
    def find_spec(self, name, path=None, target=None):
        if name == "runners":
            raise ModuleNotFoundError("No module named 'runners'", name=name)
sys.meta_path.insert(0, Lacks())
"""


@pytest.mark.parametrize(
    ("startup", "text"),
    [
        (STRANGE, r"the workers differ.*torch [0-9.+cpu]+ here, 0\.0\.1 there.*--ship"),
        (LACKING, r"the workers lack a package.*No module named 'runners'.*--ship"),
    ],
    ids=["differs", "lacks"],
)
def test_a_node_with_another_installation_is_an_error_within_seconds(
    cluster: Cluster, tmp_path: Path, startup: str, text: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(startup)
    environment = {"PYTHONPATH": str(tmp_path)}
    node = cluster.add_node(num_cpus=4, env_vars=environment)
    try:
        began = time.monotonic()
        with pytest.raises(WorkersFailed, match=text):
            RayPool(Sums(), 1, cpus_per_worker=4).start()
        assert time.monotonic() - began < 10 + 10  # seconds; on a machine that is busy otherwise
    finally:
        cluster.remove_node(node)


@pytest.mark.parametrize("startup", [STRANGE, LACKING], ids=["differs", "lacks"])
def test_a_node_with_another_installation_that_joins_later_is_not_used(
    cluster: Cluster, tmp_path: Path, startup: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(startup)
    jobs = [job(f"g{n}", seconds=0.2) for n in range(4)]
    with closing(pool(Sums())) as runner:
        events = heard(runner)
        node = cluster.add_node(num_cpus=2, env_vars={"PYTHONPATH": str(tmp_path)})
        found = []
        try:
            while not [event for event in events if event.kind == "refused"]:
                found += list(runner.run(jobs))
            found += list(runner.run(jobs))
            await_all(runner, 2)
        finally:
            cluster.remove_node(node)
    assert {a.genome: plain(a) for a in found} == reference(jobs)
    (refused,) = [event.text for event in events if event.kind == "refused"]
    assert "a worker was not taken: the workers " in refused
    assert "given up" not in [event.kind for event in events]


def test_workers_go_on_while_the_driver_does_something_else(cluster: Cluster) -> None:
    jobs = [job(f"g{n}", seconds=0.2) for n in range(10)]
    with closing(pool(Sums(), 1)) as runner:
        await_all(runner, 1)
        running = runner.run(jobs)
        next(running)
        while runner.fleet_status().busy:  # nobody asks for an answer
            time.sleep(0.1)
        began = time.monotonic()
        assert len(list(running)) == 9
        assert time.monotonic() - began < 0.2 * 9  # they lay there


def test_threads_take_turns_more_often_only_while_a_pool_is_up(cluster: Cluster) -> None:
    usual = sys.getswitchinterval()
    with closing(pool(Sums(), 1)):
        assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS)
    assert sys.getswitchinterval() == pytest.approx(usual)


def test_jobs_may_be_added_between_two_answers(cluster: Cluster) -> None:
    for runner in (pool(Sums(), 2), SerialRunner(Sums())):
        with closing(runner):
            runner.submit([job("a"), job("b")])
            results, names = runner.results(), []
            for evaluation in results:
                names.append(evaluation.genome)
                if len(names) == 1:
                    runner.submit([job("c"), job("d")])
            assert sorted(names) == ["a", "b", "c", "d"]
            assert list(runner.results()) == []
