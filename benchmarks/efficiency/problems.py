"""The problems by name, in the sets that share a figure."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from benchmarks.efficiency import curves, graphs, networks
from benchmarks.efficiency.problem import Problem

SETS = {
    "graphs": tuple(graphs.NAMES),
    "networks": (networks.NAME,),
    "taskset": tuple(curves.NAMES),
}
MAKERS = (
    {name: partial(graphs.graph, name) for name in graphs.NAMES}
    | {name: partial(curves.curves, name) for name in curves.NAMES}
    | {networks.NAME: networks.digits_networks}
)


def make_problem(name: str, data_dir: Path) -> Problem:
    """Load a problem; raise ValueError listing what exists."""
    if name not in MAKERS:
        raise ValueError(f"received the problem {name!r}, expected one of {', '.join(MAKERS)}")
    return MAKERS[name](data_dir)
