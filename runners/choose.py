"""Makes a runner by name; only the one that is chosen is imported."""

from __future__ import annotations

from fitness.evaluation import Evaluator
from genomes.genes.registry import UnknownName, suggest
from runners.runner import Runner

RUNNERS = ("ray", "serial")


def make_runner(
    name: str,
    evaluator: Evaluator,
    *,
    workers: int | None = None,
    address: str | None = None,
    cpus_per_worker: float = 1.0,
    gpus_per_worker: float | None = 0.0,
    hard_limit_seconds: float | None = None,
    ship: bool = False,
) -> Runner:
    """Make a runner, without starting it.

    `workers` None means one a core, or a GPU where they are used; `address` joins a Ray cluster;
    `cpus_per_worker` and `gpus_per_worker` reserve cores and a share of a GPU for each of Ray's
    workers (None shares all GPUs evenly); a job that takes longer than `hard_limit_seconds` is
    stopped from outside, by the serial runner after the epoch in hand (None: by Ray's workers far
    beyond what others took, see `time_limit`); `ship` sends evo's code to nodes that lack it.
    Raises `UnknownName` listing what exists, ValueError for settings that do not fit.
    """
    if name == "serial":
        if workers not in (None, 1) or address is not None:
            raise ValueError(
                f"received runner 'serial' with workers={workers}, address={address}; it runs one "
                f"job at a time in this process. Take runner 'ray' for more."
            )
        from runners.serial import SerialRunner

        return SerialRunner(evaluator, hard_limit_seconds)
    if name == "ray":
        from runners.ray_pool import RayPool

        return RayPool(
            evaluator,
            workers=workers,
            address=address,
            cpus_per_worker=cpus_per_worker,
            gpus_per_worker=gpus_per_worker,
            hard_limit_seconds=hard_limit_seconds,
            ship=ship,
        )
    raise UnknownName(suggest("runner", name, RUNNERS))
