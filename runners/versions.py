"""What has to be equal in the driver and its workers: Python, torch, and evo's own sources.

Results depend on all three, and a job that is understood differently fails late and obscurely.
Reads metadata and files; imports neither torch nor ray.
"""

from __future__ import annotations

import hashlib
import importlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("fitness", "genomes", "runners")  # what runs in a worker
ABSENT = "none"


@cache
def versions() -> dict[str, str]:
    """Return versions by name, and a hash of evo's sources (12 digits) in this process."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"Python": python, "torch": _installed("torch"), "evo's code": source_hash()}


def source_hash() -> str:
    """Hash the names and texts of evo's modules that a worker may run."""
    state = hashlib.sha256()
    for package in PACKAGES:
        root = Path(next(iter(importlib.import_module(package).__path__)))
        for file in sorted(root.rglob("*.py")):
            state.update(f"{package}/{file.relative_to(root).as_posix()}\0".encode())
            state.update(file.read_bytes())
    return state.hexdigest()[:12]


def differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """Word what differs, e.g. `torch 2.8.0 here, 2.9.1 there`; empty if nothing does."""
    return "; ".join(
        f"{name} {mine} here, {theirs.get(name, ABSENT)} there"
        for name, mine in ours.items()
        if theirs.get(name, ABSENT) != mine
    )


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ABSENT
