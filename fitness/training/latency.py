"""Latency: the time that a network takes for a batch, by the clock.

The median of many repeats on one thread that stays on one core, or between events on a GPU. What
counts is the thread's own time: a pass never waits, so on an idle core that is the time by the
wall, and what other processes take meanwhile is left out. Even so no two measurements agree to the
digit: nothing that has to be reproducible may depend on it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import torch
from torch import Tensor

from fitness.training.loop import forward, laid_out, on_device
from fitness.training.numerics import Numerics
from genomes.networks.network import Network

WARM_UP = 5  # passes that are not counted: caches, allocator, choice of kernels
REPEATS = 30  # passes at least, unless they take too long
SECONDS = 0.1  # of repeats at least, for what interrupts a fast network lasts longer than it
MOST_SECONDS = 1.0
FIGURES = 4  # digits that are kept; fewer are certain
FINE = time.get_clock_info("thread_time").resolution <= 1e-6  # seconds; coarse on some systems


@torch.inference_mode()
def milliseconds(network: Network, x: Tensor, numerics: Numerics) -> float:
    """Return the median time of a forward pass of a batch (N, ...), in evaluation mode."""
    network, x = on_device(network, numerics).eval(), laid_out(x, numerics)

    def run() -> None:
        forward(network, x, numerics)

    once = _by_events(run) if numerics.device == "cuda" else _by_clock(run)
    with alone():
        for _ in range(WARM_UP):
            once()
        times = _repeated(once)
    return float(f"{median(times):.{FIGURES}g}")


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


def _repeated(once: Callable[[], float]) -> list[float]:
    times: list[float] = []
    start = time.perf_counter()
    while True:
        times.append(once())
        seconds = time.perf_counter() - start
        if seconds > MOST_SECONDS or (len(times) >= REPEATS and seconds > SECONDS):
            return times


def _by_clock(run: Callable[[], None]) -> Callable[[], float]:
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
