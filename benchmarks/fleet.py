"""What the Ray runner costs, how it scales, how data travel, and what kills do to a run.

    python benchmarks/fleet.py overhead [--evaluations 10000] [--output FILE]
    python benchmarks/fleet.py scaling [--workers 1 2 4 8 16 32 64] [--seconds 1] [--rounds 10]
    python benchmarks/fleet.py driver [--workers 16] [--seconds 0.33] [--rounds 25]
    python benchmarks/fleet.py data [--megabytes 200] [--nodes 2] [--workers 2]
    python benchmarks/fleet.py chaos [--runs 20] [--every 4] [--generations 3]

overhead: time of the driver for evaluations that do nothing, one worker; goal 3 ms each. With
--evaluations 100000, the growth of its memory after the first tenth; goal 50 MB.
scaling: jobs that sleep, so that many workers fit on few cores; the workers load no torch.
Efficiency is the time slept over the time that all workers together had; goal 0.9 at 64.
driver: the same while the driver computes without pause, with threads that take turns as usual in
Python, and as a pool has them; and how much the driver gets done.
data: a task of uint8 images under the evaluator of networks, on a cluster of several nodes on
this machine. Which copy each worker reads, by the file of shared memory that its tensors lie in,
and what its memory grew by that is private to it, until the data are tensors. Goal: one copy a
node.
chaos: tiny runs on digits in a cluster of two nodes and a head. Every few seconds a worker's
process is killed, or a node with all that runs on it, which comes back. Goal: all finish, with
the `pareto.csv` of an undisturbed serial run.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from fitness.evaluation import Evaluation, Job
from fitness.targets.classes import Classes
from genomes.genes.gene import Record
from genomes.genes.genome import digest
from runners.ray_pool import RayPool

ROOT = Path(__file__).resolve().parent.parent
BATCH = 1000  # jobs handed in at a time, as a generation would
MEGABYTE = 1e6
SIDE = 32  # pixels of the images of the data benchmark
TINY = """
generations = {generations}
population = 4
females = 3
sons = 4
daughters = 2
brood = 3
juvenile_epochs = 1
adult_epochs = 3
max_flops = 2e5
device = "cpu"
"""


def job(number: int, **expressed: object) -> Job:
    """Word a job for the evaluators below."""
    name = f"g{number}"
    return Job(name, Record(expressed), Record(), digest(name), number, 0, 1, 1)


def answered(given: Job, **objectives: float) -> Evaluation:
    """Answer a job with some figures."""
    return Evaluation(given.name, given.genome, given.key, 0, 1, "ok", objectives=objectives)


@dataclass(frozen=True)
class Sleeps:
    """Sleeps for as long as the job says; tells whether torch is loaded."""

    def evaluate(self, job: Job) -> Evaluation:
        """Sleep."""
        time.sleep(job.expressed.get("seconds", 0.0))
        return answered(job, torch=float("torch" in sys.modules))


def ready(pool: RayPool, workers: int) -> None:
    """Run jobs of no length until all workers are up."""
    while pool.fleet_status().up < workers:
        list(pool.run([job(number, seconds=0.05) for number in range(workers)]))


# -- overhead -------------------------------------------------------------------------------------


def overhead(arguments: argparse.Namespace) -> list[str]:
    """Time the driver per evaluation, and measure its memory."""
    total = arguments.evaluations
    with closing(RayPool(Sleeps(), 1)) as pool:
        pool.start()
        ready(pool, 1)
        resident, done = [_resident_bytes()], 0
        began, cpu = time.perf_counter(), time.process_time()
        while done < total:
            number = min(BATCH, total - done)
            done += sum(1 for _ in pool.run([job(done + n) for n in range(number)]))
            if done >= total / 10:
                resident.append(_resident_bytes())
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    grown = (resident[-1] - resident[1]) / MEGABYTE
    return [
        f"{total} evaluations: {1e3 * seconds / total:.2f} ms each on the clock, "
        f"{1e3 * cpu / total:.2f} ms of the driver's CPU (goal 3)",
        f"driver: {resident[0] / MEGABYTE:.0f} MB before, {resident[-1] / MEGABYTE:.0f} MB after; "
        f"{grown:+.1f} MB over the last nine tenths (goal below 50)",
    ]


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


# -- scaling --------------------------------------------------------------------------------------


def scaling(arguments: argparse.Namespace) -> list[str]:
    """Compare the time slept with the time that all workers had."""
    lines = [f"{'workers':>7}  {'jobs':>5}  {'seconds':>7}  efficiency   (jobs that sleep "]
    lines[0] += f"{arguments.seconds:g} s; goal 0.9 at 64)"
    for workers in arguments.workers:
        jobs = [job(n, seconds=arguments.seconds) for n in range(workers * arguments.rounds)]
        with closing(RayPool(Sleeps(), workers)) as pool:
            pool.start()
            ready(pool, workers)
            began = time.perf_counter()
            found = list(pool.run(jobs))
            seconds = time.perf_counter() - began
        assert all(a.status == "ok" and not a.objectives["torch"] for a in found)
        efficiency = len(found) * arguments.seconds / (workers * seconds)
        lines.append(f"{workers:>7}  {len(found):>5}  {seconds:>7.1f}  {efficiency:.3f}")
        print(lines[-1], flush=True)
    return lines


# -- a driver that computes -----------------------------------------------------------------------


def driver(arguments: argparse.Namespace) -> list[str]:
    """Let the driver compute while jobs sleep, under two intervals between threads."""
    usual, workers, seconds = sys.getswitchinterval(), arguments.workers, arguments.seconds
    lines = ["switch interval  efficiency  done by the driver, millions"]
    for interval in (usual, None):
        with closing(RayPool(Sleeps(), workers)) as pool:
            pool.start()
            ready(pool, workers)
            if interval is not None:
                sys.setswitchinterval(interval)
            shown = sys.getswitchinterval()
            began = time.perf_counter()
            pool.submit([job(n, seconds=seconds) for n in range(workers * arguments.rounds)])
            done = 0
            while time.perf_counter() - began < 0.9 * arguments.rounds * seconds:
                done += sum(1 for _ in range(100))
            found = list(pool.results())
            wall = time.perf_counter() - began
        efficiency = len(found) * seconds / (workers * wall)
        lines.append(f"{1e3 * shown:>12.1f} ms  {efficiency:>10.3f}  {done / 1e6:>27.0f}")
    return lines


# -- data -----------------------------------------------------------------------------------------


def make_task() -> Any:
    """Return a task of `FLEET_MEGABYTES` of images, as `--task benchmarks.fleet:make_task`."""
    import numpy as np

    from fitness.data.task import Split, Task

    count = int(float(os.environ.get("FLEET_MEGABYTES", "200")) * MEGABYTE / SIDE**2)
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (count, 1, SIDE, SIDE), dtype=np.uint8)
    y = np.arange(count, dtype=np.int64) % 10
    ends = (0, int(0.8 * count), int(0.9 * count), count)
    train, validation, test = (Split(x[a:b], y[a:b]) for a, b in pairwise(ends))
    return Task("large", "noise", Classes(10), train, validation, test)


@dataclass
class Tenant:
    """Makes the tensors that `networks` would train on, and tells what they cost this process."""

    networks: Any
    grown: dict[str, float] = field(default_factory=dict)

    def share(self) -> Mapping[str, Any]:
        """Lend what the evaluator of networks lends."""
        return dict(self.networks.share())

    def unshare(self, bulk: Mapping[str, Any]) -> None:
        """Take it over as that evaluator does, and make its tensors."""
        before = _private_bytes()
        self.networks.unshare(bulk)
        data, task = self.networks.data, self.networks.task
        pairs = (data.train.x, task.train.x), (data.validation.x, task.validation.x)
        total = sum(float(x.sum(dtype=x.dtype)) for x, _ in pairs)  # every page is read
        self.grown = {
            "private": float(_private_bytes() - before),
            "in_place": float(all(x.data_ptr() == y.ctypes.data for x, y in pairs)),
            "sum": total,
            "file": float(_file_behind(task.train.x.ctypes.data)),
        }

    def evaluate(self, job: Job) -> Evaluation:
        """Tell what was noted."""
        time.sleep(0.2)
        return answered(job, **self.grown, process=float(os.getpid()))


def _private_bytes() -> int:
    """Return the bytes of this process that it shares with nobody (Linux)."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    private = [line.split() for line in lines if line.startswith("Private_")]
    return sum(int(words[1]) * 1024 for words in private)


def data(arguments: argparse.Namespace) -> list[str]:
    """Bring a large task to workers on several nodes; count its copies."""
    import ray
    from ray.cluster_utils import Cluster

    os.environ["FLEET_MEGABYTES"] = str(arguments.megabytes)
    from fitness.data.task_reference import TaskReference
    from fitness.evaluators.network import NetworkEvaluator
    from fitness.training.numerics import Numerics

    store = int(arguments.megabytes * MEGABYTE * 1.5) + 80 * 2**20
    size: dict[str, Any] = {"object_store_memory": store}
    head = {"num_cpus": 0, "include_dashboard": False, **size}
    cluster: Any = Cluster(initialize_head=True, head_node_args=head)
    try:
        for _ in range(arguments.nodes):
            cluster.add_node(num_cpus=arguments.workers, **size)
        ray.init(address=cluster.address, log_to_driver=False)
        networks = NetworkEvaluator(TaskReference("benchmarks.fleet:make_task"), Numerics("cpu"))
        total = arguments.nodes * arguments.workers
        with closing(RayPool(Tenant(networks), total)) as pool:
            began = time.perf_counter()
            pool.start()
            ready(pool, total)
            seconds = time.perf_counter() - began
            found = list(pool.run([job(n) for n in range(4 * total)]))
    finally:
        ray.shutdown()
        cluster.shutdown()
    workers = {a.objectives["process"]: a.objectives for a in found}
    grown = [w["private"] / MEGABYTE for w in workers.values()]
    files = len({w["file"] for w in workers.values()})
    shared = sum(w["in_place"] for w in workers.values())
    return [
        f"a task of {arguments.megabytes:g} MB, {arguments.nodes} nodes and a head, "
        f"{arguments.workers} workers a node; all up after {seconds:.1f} s",
        f"workers seen {len(workers)}, of which {shared:.0f} read in place; private memory grew "
        f"by {min(grown):.1f} to {max(grown):.1f} MB each",
        f"they read {files} different copies (goal: {arguments.nodes}, one a node)",
    ]


def _file_behind(address: int) -> int:
    """Return the inode of the file whose mapping holds an address; each node's store is one."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, *_, inode = line.split()[:5]
        first, last = (int(end, 16) for end in span.split("-"))
        if first <= address < last:
            return int(inode)
    return 0


# -- chaos ----------------------------------------------------------------------------------------


def chaos(arguments: argparse.Namespace) -> list[str]:
    """Run the same search again and again while workers and nodes are killed."""
    from ray.cluster_utils import Cluster

    rng = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "tiny.toml").write_text(TINY.format(generations=arguments.generations))
        assert _evo(work, "undisturbed", "--runner", "serial").wait() == 0
        expected = (work / "results/undisturbed/pareto.csv").read_bytes()
        head = {"num_cpus": 0, "include_dashboard": False}
        cluster: Any = Cluster(initialize_head=True, head_node_args=head)
        nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
        lines, same = [], 0
        try:
            for number in range(arguments.runs):
                name = f"chaos-{number:02d}"
                began = time.perf_counter()
                process = _evo(work, name, "--address", cluster.address)
                kills = _disturb(process, cluster, nodes, rng, arguments.every)
                seconds = time.perf_counter() - began
                front = work / "results" / name / "pareto.csv"
                equal = process.wait() == 0 and front.read_bytes() == expected
                same += equal
                lines.append(
                    f"{name}: exit {process.returncode}, {seconds:.0f} s, {kills['worker']} "
                    f"workers and {kills['node']} nodes killed, {_retries(work, name)} jobs "
                    f"repeated, pareto.csv {'the same' if equal else 'DIFFERS'}"
                )
                print(lines[-1], flush=True)
        finally:
            cluster.shutdown()
    return [*lines, f"{same} of {arguments.runs} runs ended as if undisturbed (goal: all)"]


def _evo(work: Path, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    program = [sys.executable, "-c", "from evo.cli import main; main()"]
    return subprocess.Popen(
        [*program, "run", "tiny.toml", "--name", name, "--quiet", *arguments],
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )


def _disturb(
    process: subprocess.Popen[bytes], cluster: Any, nodes: list[Any], rng: Any, every: float
) -> dict[str, int]:
    """Kill something now and then until the process has ended; return how much was killed."""
    kills = {"worker": 0, "node": 0}
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(rng.uniform(0.5, 1.5) * every)
            return kills
        workers = _worker_processes()
        if workers and rng.random() < 0.7:
            with suppress(ProcessLookupError):
                os.kill(rng.choice(workers), signal.SIGKILL)
                kills["worker"] += 1
        elif workers:
            place = rng.randrange(len(nodes))
            cluster.remove_node(nodes[place], allow_graceful=False)
            nodes[place] = cluster.add_node(num_cpus=1)
            kills["node"] += 1


def _worker_processes() -> list[int]:
    """Return the actors' processes below this one; they are called after `ray_worker.Worker`."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (place / "cmdline").read_text().startswith("ray::Worker"):
                parent = place
                while (number := _parent(parent)) > 1:
                    if number == os.getpid():
                        found.append(int(place.name))
                        break
                    parent = place.parent / str(number)
    return sorted(found)


def _parent(place: Path) -> int:
    return int((place / "stat").read_text().rsplit(")", 1)[1].split()[1])


def _retries(work: Path, name: str) -> int:
    sql = "SELECT count(*) FROM events WHERE text LIKE 'retried:%'"
    with closing(sqlite3.connect(work / "results" / name / "run.sqlite")) as connection:
        return int(connection.execute(sql).fetchone()[0])


# -- command line ---------------------------------------------------------------------------------


def main() -> None:
    """Run one of the benchmarks, and print what it found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(required=True)
    options: dict[Callable[[argparse.Namespace], list[str]], dict[str, dict[str, Any]]] = {
        overhead: {"evaluations": {"type": int, "default": 10_000}},
        scaling: {
            "workers": {"type": int, "nargs": "+", "default": [1, 2, 4, 8, 16, 32, 64]},
            "seconds": {"type": float, "default": 1.0},
            "rounds": {"type": int, "default": 10},
        },
        driver: {
            "workers": {"type": int, "default": 16},
            "seconds": {"type": float, "default": 0.33},
            "rounds": {"type": int, "default": 25},
        },
        data: {
            "megabytes": {"type": float, "default": 200.0},
            "nodes": {"type": int, "default": 2},
            "workers": {"type": int, "default": 2},
        },
        chaos: {
            "runs": {"type": int, "default": 20},
            "every": {"type": float, "default": 4.0},
            "generations": {"type": int, "default": 3},
            "seed": {"type": int, "default": 0},
        },
    }
    for part, settings in options.items():
        command = parts.add_parser(part.__name__, help=part.__doc__)
        command.set_defaults(part=part)
        command.add_argument("--output", type=Path)
        for name, how in settings.items():
            command.add_argument(f"--{name}", **how)
    arguments = parser.parse_args()
    head = f"{arguments.part.__name__}, {os.cpu_count()} cores, Python {platform.python_version()}"
    text = "\n".join([head, *arguments.part(arguments)])
    print(text)
    if arguments.output:
        arguments.output.write_text(text + "\n")


if __name__ == "__main__":
    main()
