"""The problems by name, in the sets that share a figure."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from benchmarks.efficiency import cells, curves, graphs, networks
from benchmarks.efficiency.problem import Problem

SETS = {
    "graphs": tuple(graphs.NAMES),
    "networks": (networks.NAME,),
    "cells": tuple(cells.NAMES),
    "taskset": tuple(curves.NAMES),
    "real": ("real-digits", "real-fashion-mnist"),
}


def _real(name: str, data_dir: Path) -> Problem:
    from benchmarks.efficiency.real import real  # brings torch along, which no table needs

    return real(name, data_dir)


MAKERS = (
    {name: partial(graphs.graph, name) for name in graphs.NAMES}
    | {name: partial(curves.curves, name) for name in curves.NAMES}
    | {name: partial(cells.cells, name) for name in cells.NAMES}
    | {networks.NAME: networks.digits_networks}
    | {name: partial(_real, name) for name in SETS["real"]}
)
TABLES = tuple(name for name in MAKERS if name not in SETS["real"])  # these train nothing


def make_problem(name: str, data_dir: Path) -> Problem:
    """Load a problem; raise ValueError listing what exists."""
    if name not in MAKERS:
        raise ValueError(f"received the problem {name!r}, expected one of {', '.join(MAKERS)}")
    return MAKERS[name](data_dir)
