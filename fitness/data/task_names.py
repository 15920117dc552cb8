"""The names of tasks as people write them: prefixes are guessed where only one can be meant."""

from __future__ import annotations

from pathlib import Path

from fitness.data.arrays import UnusableData
from fitness.data.loader import LOADERS, loader, loader_of
from genomes.genes.registry import Registry

TASKS = Registry("task", "fitness.tasks")
OBJECT = "object:"  # a Task object of the user, see `fitness.data.task_objects`
FUNCTION = "package.module:make_task (a function of yours that returns a Task)"


def supported() -> str:
    """Say what a task may be."""
    examples = [loader(name).EXAMPLE for name in LOADERS.names()]
    return f"a name of `evo tasks`, {', '.join(examples)}, or {FUNCTION}"


def whole_name(name: str) -> str:
    """Return the name with its prefix; `~` is the home folder.

    Raises UnusableData for a file or folder that no loader, or more than one, takes.
    """
    if prefix := loader_of(name):
        return f"{prefix}:{_expanded(name.removeprefix(f'{prefix}:'))}"
    if name in TASKS or name.startswith(OBJECT):
        return name
    path = Path(_expanded(name))
    takers = [one for one in LOADERS.names() if loader(one).recognises(path)]
    if len(takers) == 1:
        return f"{takers[0]}:{path}"
    if takers:
        written = " or ".join(f"{one}:{name}" for one in takers)
        raise UnusableData(f"received task {name!r}, which may be read in two ways: say {written}")
    if path.is_dir() or name.endswith("/") or (path.suffix and ":" not in name):
        is_folder = path.is_dir() or name.endswith("/")
        what = "a folder" if is_folder else "a file of a kind that is not read"
        raise UnusableData(
            f"received task {name!r}, {what}; supported are {supported()}. Of arrays in Python "
            "numpy.savez('mine.npz', x=x, y=y) makes an archive"
        )
    return name


def absolute_name(name: str) -> str:
    """Return a whole name whose path, if it has one, does not depend on the current folder."""
    name = whole_name(name)
    prefix = loader_of(name)
    return f"{prefix}:{Path(name.removeprefix(f'{prefix}:')).absolute()}" if prefix else name


def own_name(name: str) -> str:
    """Return a task's name for people: of an object what it calls itself, without its hash."""
    return name.removeprefix(OBJECT).partition(":")[2] if name.startswith(OBJECT) else name


def portable_name(name: str) -> str:
    """Return a whole name that tells nothing of this machine's folders: `images:pets`."""
    prefix = loader_of(name)
    return f"{prefix}:{Path(name.removeprefix(f'{prefix}:')).name}" if prefix else name


def taken_as(written: str, name: str) -> str:
    """Say that a name was guessed."""
    return f"task {written!r} was taken as {name}"


def _expanded(path: str) -> str:
    return str(Path(path).expanduser()) if path.startswith("~") else path
