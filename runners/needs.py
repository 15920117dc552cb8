"""How many workers are wanted and what each takes of a node; whether any node can give it.

Plain arithmetic over the nodes' sizes. Imports no ray.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runners.worker_environment import gpu_share

ROUNDING = 1e-9  # thirds of a GPU do not add up to one in binary


@dataclass(frozen=True)
class NodeSize:
    """What a node of the cluster offers in total, in use or not."""

    name: str
    cpus: float
    gpus: float

    def __str__(self) -> str:
        return f"{self.name} has {self.cpus:g} CPU and {self.gpus:g} GPU"


@dataclass(frozen=True)
class Needs:
    """What is asked for: `workers` None means as many as fit, `gpus` None shares them evenly.

    `cpus` and `gpus` are for one worker; `gpus` is a fraction up to one, or a whole number.
    """

    workers: int | None = None
    cpus: float = 1.0
    gpus: float | None = 0.0

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"received workers={self.workers}, expected at least 1")
        if not 0 < self.cpus < math.inf:
            raise ValueError(f"received cpus_per_worker={self.cpus}, expected above 0")
        gpus = self.gpus
        if gpus is not None and not (0 <= gpus <= 1 or (gpus > 1 and gpus == int(gpus))):
            raise ValueError(
                f"received gpus_per_worker={gpus}, expected a share from 0 to 1, a whole number "
                "of GPUs, or auto"
            )

    def settled(self, nodes: Sequence[NodeSize]) -> Needs:
        """Return the needs with `gpus` chosen; raise ValueError if no node can hold a worker."""
        total = int(sum(node.gpus for node in nodes))
        there = "; ".join(map(str, nodes)) or "no node is up"
        if self.gpus != 0 and total == 0:
            raise ValueError(
                f"GPUs are asked for, but Ray sees none ({there}); take the device cpu"
            )
        gpus = gpu_share(self.workers or total, total) if self.gpus is None else self.gpus
        settled = replace(self, gpus=gpus)
        if not any(settled.fit(node) for node in nodes):
            raise ValueError(
                f"each worker needs {self.cpus:g} CPU and {gpus:g} GPU, and no node has that "
                f"much: {there}. Ask for less by --cpus-per-worker or --gpus-per-worker"
            )
        return settled

    def fit(self, node: NodeSize) -> int:
        """Return how many workers fit into a node; a share of a GPU is never spread over two."""
        by_cpu = int(node.cpus / self.cpus + ROUNDING)
        if not self.gpus:
            return by_cpu
        gpus = int(node.gpus)
        by_gpu = gpus * int(1 / self.gpus + ROUNDING) if self.gpus <= 1 else gpus // int(self.gpus)
        return min(by_cpu, by_gpu)

    def count(self, nodes: Sequence[NodeSize]) -> int:
        """Return how many workers there should be with these nodes, at least one."""
        return self.workers or max(1, sum(self.fit(node) for node in nodes))
