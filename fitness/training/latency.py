"""Latency: the time that a network takes for a batch, by the clock.

The median of many repeats on one thread that stays on one core, or between events on a GPU. What
counts is the thread's own time: a pass never waits, so on an idle core that is the time by the
wall, and what other processes take meanwhile is left out. Even so no two measurements agree to the
digit: nothing that has to be reproducible may depend on it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median

import torch
from torch import Tensor

from fitness.training.forward import forward, laid_out, on_device
from fitness.training.numerics import Numerics
from genomes.networks.network import Network

WARM_UP = 5  # passes that are not counted: caches, allocator, choice of kernels
REPEATS = 30  # passes at least, unless they take too long
SECONDS = 0.1  # of repeats at least, for what interrupts a fast network lasts longer than it
MOST_SECONDS = 1.0
FIGURES = 4  # digits that are kept; fewer are certain
FINE = time.get_clock_info("thread_time").resolution <= 1e-6  # seconds; coarse on some systems


@dataclass(frozen=True)
class Timing:
    """The time of a pass in milliseconds: the median, and what 95 of 100 passes keep to."""

    median: float
    percentile_95: float


@torch.inference_mode()
def milliseconds(network: Network, x: Tensor, numerics: Numerics) -> float:
    """Return the median time of a forward pass of a batch (N, ...), in evaluation mode."""
    network, x = on_device(network, numerics).eval(), laid_out(x, numerics)

    def run() -> None:
        forward(network, x, numerics)

    once = _by_events(run) if numerics.device == "cuda" else _by_clock(run)
    return _timings([once])[0].median


@torch.inference_mode()
def timed_together(passes: Mapping[str, Callable[[], object]]) -> dict[str, Timing]:
    """Time passes on the CPU in turn, so that what disturbs one disturbs all; by their names."""
    found = _timings([_by_clock(run) for run in passes.values()])
    return dict(zip(passes, found, strict=True))


def batch_of(x: Tensor, size: int) -> Tensor:
    """Return as many examples (size, ...), the same ones again where there are too few."""
    return x[torch.arange(size, device=x.device) % len(x)]


@contextmanager
def alone() -> Iterator[None]:
    """Keep to one thread, on the core it runs on where the system lets it; then undo that."""
    threads, cores = torch.get_num_threads(), None
    torch.set_num_threads(1)
    core = _core()
    if core is not None:
        cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        if cores is not None:
            os.sched_setaffinity(0, cores)


def _core() -> int | None:
    """Return the core that this thread runs on; None where only Linux could tell."""
    try:
        status = Path("/proc/thread-self/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return int(status.rpartition(")")[2].split()[36])  # proc(5): field 39


def _timings(passes: Sequence[Callable[[], float]]) -> list[Timing]:
    """Return the times of passes that each return one, repeated in turn."""
    with alone():
        for once in passes:
            for _ in range(WARM_UP):
                once()
        return [_timing(times) for times in zip(*_rounds(passes), strict=True)]


def _rounds(passes: Sequence[Callable[[], float]]) -> Iterator[list[float]]:
    """Yield the times of a round of all passes, until there are enough."""
    start = time.perf_counter()
    for done in count(1):
        yield [once() for once in passes]
        seconds = (time.perf_counter() - start) / len(passes)
        if seconds > MOST_SECONDS or (done >= REPEATS and seconds > SECONDS):
            return


def _timing(times: Sequence[float]) -> Timing:
    ordered = sorted(times)
    late = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return Timing(*(float(f"{value:.{FIGURES}g}") for value in (median(ordered), late)))


def _by_clock(run: Callable[[], object]) -> Callable[[], float]:
    clock = time.thread_time if FINE else time.perf_counter

    def once() -> float:
        start = clock()
        run()
        return 1000.0 * (clock() - start)

    return once


def _by_events(run: Callable[[], None]) -> Callable[[], float]:
    start = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    end = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]

    def once() -> float:
        start.record()
        run()
        end.record()
        end.synchronize()
        return float(start.elapsed_time(end))

    return once
