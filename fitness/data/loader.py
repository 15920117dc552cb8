"""The contract of a loader: what a file in `fitness/data/loaders/` has."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from fitness.data.options import DataOptions
from fitness.data.task import Task
from genomes.genes.registry import Registry

LOADERS = Registry("loader", "fitness.data.loaders")


class Loader(Protocol):
    """A module that reads one format. Importing it must load no library of that format."""

    EXAMPLE: str  # as one types it: `npz:FILE`
    DESCRIPTION: str  # a line for `evo tasks`
    OPTIONS: frozenset[str]  # fields of `DataOptions` that it takes

    def recognises(self, path: Path) -> bool:
        """Tell whether a path that was given without a prefix can only be of this format."""

    def load(self, path: Path, options: DataOptions) -> Task:
        """Read a task; its name is that of the file or folder.

        Raises FileNotFoundError where there is nothing, and UnusableData, naming file and row or
        array, for what cannot be used. `options` are among `OPTIONS`.
        """


def loader_of(name: str) -> str | None:
    """Return the loader that a task's name begins with, if it does."""
    prefix, colon, _ = name.partition(":")
    return prefix if colon and prefix in LOADERS else None


def loader(name: str) -> Loader:
    """Return a registered loader; raises UnknownName with the nearest name."""
    found: Loader = LOADERS.load(name)
    return found
