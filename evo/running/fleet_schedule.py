"""How long a fleet takes for jobs of given durations, generation by generation.

Follows the engine's rule (see `evo.engine.engine.Engine`), a free worker takes the next job,
and breeding taken to cost nothing. Knows neither genomes nor runs.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

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


@dataclass
class UnderWay:
    """A generation: the stages still to come, when the latest is `done` and the step it is due."""

    stages: Iterator[Durations]
    overlap: int
    done: float = 0.0
    due: int = 0

    def goes_on(self, fleet: Fleet, now: float, step: int) -> bool:
        """Begin the next stage; return False if there is none."""
        jobs = next(self.stages, None)
        if jobs is None:
            return False
        self.done, self.due = fleet.do(jobs, now), step + self.overlap
        return True


def schedule(
    generations: Sequence[Sequence[Durations]], workers: int, overlap: int = 0
) -> tuple[float, float]:
    """Return the wall seconds and the busy share of `workers` over generations.

    Each generation is the durations of its stages. Raises ValueError for no workers.
    """
    if workers < 1:
        raise ValueError(f"received workers={workers}, expected at least 1")
    fleet, now = Fleet([0.0] * workers), 0.0
    under_way: list[UnderWay] = []
    for step in count(1):
        if step <= len(generations):
            under_way.append(UnderWay(iter(generations[step - 1]), overlap if step > 1 else 0))
            under_way[-1].goes_on(fleet, now, step)
        for generation in list(under_way):
            while generation.due <= step:
                now = max(now, generation.done)
                if not generation.goes_on(fleet, now, step):
                    under_way.remove(generation)
                    break
        if step >= len(generations) and not under_way:
            break
    wall = max(fleet.free)
    return wall, fleet.busy / (workers * wall) if wall else 0.0
