"""Paths as evo keeps them, absolute from the first moment on, and as people read them.

A user's function may change the working directory at any time; no folder of evo's moves with it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RESULTS = "results"  # where runs lie by default
_called_in: list[Path] = []  # the last is the folder in which the command line was called


def absolute(path: str | Path) -> Path:
    """Return a path as a user gives it, `~` expanded, independent of the working directory."""
    return Path(os.path.expanduser(path)).absolute()


@contextmanager
def called_here(folder: Path | None = None) -> Iterator[None]:
    """Let all that is shown or printed as a command refer to a folder, inside.

    Without one, to the working directory.
    """
    _called_in.append(folder or Path.cwd())
    try:
        yield
    finally:
        _called_in.pop()


def called_in() -> Path:
    """Return the folder in which a person types the next command."""
    return _called_in[-1] if _called_in else Path.cwd()


def shown(path: Path) -> str:
    """Word a path for people: short if it lies in the folder where they are."""
    here = called_in()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def quoted(path: str | Path) -> str:
    """Write a path as a word of a command that can be pasted into a shell."""
    return shlex.quote(shown(path) if isinstance(path, Path) else path)


def run_argument(folder: Path) -> str:
    """Write a run as commands take it: its name if it lies in results/, else its path."""
    folder = folder.absolute()
    here = folder.parent.resolve() == (called_in() / RESULTS).resolve()
    return shlex.quote(folder.name) if here else quoted(folder)
