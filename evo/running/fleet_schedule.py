"""How long a fleet takes for jobs of given durations, generation by generation.

Follows the engine's rule (see `evo.engine.engine.Engine`), a free worker takes the next job,
and breeding taken to cost nothing. Knows neither genomes nor runs.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

Durations = Sequence[float]  # seconds of jobs, in the order in which they are asked for


@dataclass
class Fleet:
    """Workers, by when each is free, and how long they have been busy in all; in seconds."""

    free: list[float]
    busy: float = 0.0

    def do(self, jobs: Durations, now: float) -> float:
        """Let the workers take jobs from a moment on; return when the last one ends."""
        last = now
        for seconds in jobs:
            end = max(heapq.heappop(self.free), now) + seconds
            heapq.heappush(self.free, end)
            self.busy += seconds
            last = max(last, end)
        return last


def schedule(
    generations: Sequence[tuple[Durations, Durations]], workers: int, overlap: int = 0
) -> tuple[float, float]:
    """Return the wall seconds and the busy share of `workers` over generations.

    Each generation is its juveniles' durations and its adults'. Raises ValueError for no workers.
    """
    if workers < 1:
        raise ValueError(f"received workers={workers}, expected at least 1")
    fleet, now = Fleet([0.0] * workers), 0.0
    young: dict[int, float] = {}  # generation -> when its last juvenile is done
    grown: dict[int, float] = {}
    for step in range(1, len(generations) + 2 * overlap + 1):
        if step <= len(generations):
            young[step] = fleet.do(generations[step - 1][0], now)
        now = max(now, grown.get(step - 2 * overlap, now))
        due = step if step == 1 else step - overlap
        if due in young and due not in grown:
            now = max(now, young[due])
            grown[due] = fleet.do(generations[due - 1][1], now)
            if not overlap or due == 1:
                now = max(now, grown[due])
    wall = max(fleet.free)
    return wall, fleet.busy / (workers * wall) if wall else 0.0
