"""What a worker process is given: one thread, its share of a GPU, and where to find modules.

Imports no ray.
"""

from __future__ import annotations

import math
import os
import sys
import sysconfig
from pathlib import Path

THREAD_SETTINGS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def worker_environment() -> dict[str, str]:
    """Return the environment variables of a worker, over those it inherits.

    Ray puts a node's own value in the place of `${NAME}`: what is set there is still looked into.
    """
    path = f"{search_path()}{os.pathsep}${{PYTHONPATH}}"
    return {**dict.fromkeys(THREAD_SETTINGS, "1"), "PYTHONPATH": path}


def search_path() -> str:
    """Return where this process looks for modules, what is installed left out.

    Ray hands on the script's folder and the working directory, but nothing that was added later.
    """
    kinds = ("stdlib", "platstdlib", "purelib", "platlib")
    installed = [Path(sysconfig.get_path(kind)) for kind in kinds]
    places = [Path(place).absolute() for place in sys.path]
    ours = [place for place in places if not any(map(place.is_relative_to, installed))]
    return os.pathsep.join(map(str, ours))


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def gpu_share(workers: int, gpus: int) -> float:
    """Return the largest share of a GPU that all workers can have; none is spread over two."""
    return 1.0 / math.ceil(workers / gpus)
