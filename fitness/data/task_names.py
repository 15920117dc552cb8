"""The names of tasks as people write them: prefixes are guessed where only one can be meant."""

from __future__ import annotations

from pathlib import Path

from fitness.data.arrays import UnusableData
from genomes.genes.registry import Registry

NPZ = "npz:"
OBJECT = "object:"  # a Task object of the user, see `fitness.data.task_objects`
HISTORY = ".npz"
SUPPORTED = (
    "a name of `evo tasks`, npz:FILE (a NumPy archive with the arrays x and y), or "
    "package.module:make_task (a function of yours that returns a Task)"
)
TABLES = (".csv", ".tsv", ".parquet", ".xlsx", ".txt", ".json", ".jsonl", ".arff", ".feather")
HOW_TO = {
    "table": "table = pandas.read_csv(FILE); "
    "numpy.savez('mine.npz', x=table.drop(columns='label').to_numpy(float), "
    "y=table['label'].to_numpy(str))",
    "folder": "read its images into x, (N, channels, height, width), and their classes into y; "
    "numpy.savez('mine.npz', x=x, y=y)",
    "array": "numpy.savez('mine.npz', x=x, y=y)",
}


def whole_name(name: str, tasks: Registry) -> str:
    """Return the name with its prefix; `~` is the home folder.

    Raises UnusableData for files and folders of kinds that are not supported yet, with what to do.
    """
    if name.startswith(NPZ):
        return NPZ + _expanded(name.removeprefix(NPZ))
    if name in tasks.names() or name.startswith(OBJECT):
        return name
    path = Path(_expanded(name))
    if path.suffix.lower() == HISTORY:
        return f"{NPZ}{path}"
    if path.is_dir() or name.endswith("/"):
        raise _unsupported(name, "a folder", "folder")
    if path.suffix.lower() in TABLES:
        raise _unsupported(name, "a table", "table")
    if path.is_file() and ":" not in name:
        raise _unsupported(name, "a file of a kind that is not read", "array")
    return name


def own_name(name: str) -> str:
    """Return a task's name for people: of an object what it calls itself, without its hash."""
    return name.removeprefix(OBJECT).partition(":")[2] if name.startswith(OBJECT) else name


def taken_as(written: str, name: str) -> str:
    """Say that a name was guessed."""
    return f"task {written!r} was taken as {name}"


def _expanded(path: str) -> str:
    return str(Path(path).expanduser()) if path.startswith("~") else path


def _unsupported(name: str, what: str, how: str) -> UnusableData:
    return UnusableData(
        f"received task {name!r}, {what}; supported are {SUPPORTED}. To make an archive: "
        f"{HOW_TO[how]}"
    )
