"""Which runs are compared with which: those that differ in their seed alone form a group.

An argument is a run, a folder that holds runs, or NAME=FOLDER, which makes one group of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evo.compare.runs import ABSENT, ComparedRun, read
from evo.errors import BadInput
from evo.files.paths import absolute
from evo.record.run_folder import RunFolder
from evo.record.runs import find_run, list_runs


@dataclass(frozen=True)
class Group:
    """Runs of several seeds under one name."""

    name: str
    runs: tuple[ComparedRun, ...]

    @property
    def spent(self) -> float:
        """The epochs that all of its runs have spent."""
        return min(run.spent for run in self.runs)


def find_groups(arguments: Sequence[str], results: Path) -> list[Group]:
    """Read what the arguments name and group it, in the order in which it was named.

    Raises `BadInput` for unknown runs, for those whose hypervolumes do not compare, and if one
    history would be counted twice.
    """
    named = [_named(argument, results) for argument in arguments]
    runs = [(name, read(folder)) for name, folders in named for folder in folders]
    _refuse_twins([run for _, run in runs])
    check_comparable([run for _, run in runs])
    differing = differences([run for _, run in runs])
    members: dict[str, list[ComparedRun]] = {}
    for name, run in runs:
        members.setdefault(name or _label(run, differing), []).append(run)
    return [Group(name, tuple(found)) for name, found in members.items()]


def _named(argument: str, results: Path) -> tuple[str | None, list[RunFolder]]:
    """Return the name that an argument gives its runs, if any, and their folders."""
    name, separator, place = argument.partition("=")
    if not separator or _is_folder(argument, results):
        return None, _folders(argument, results)
    if not name.strip() or not place:
        raise BadInput(f"received {argument!r}, expected RUN, FOLDER or NAME=FOLDER")
    return name.strip(), _folders(place, results)


def _is_folder(text: str, results: Path) -> bool:
    return any(path.is_dir() for path in (results / text, absolute(text)))


def _folders(text: str, results: Path) -> list[RunFolder]:
    for path in (results / text, absolute(text)):
        if path.is_dir() and not RunFolder(path).database.is_file():
            if found := list_runs(path):
                return found
            raise BadInput(f"{path} is neither a run nor a folder of runs: no run.sqlite is there")
    return [find_run(text, results)]


def _refuse_twins(runs: Sequence[ComparedRun]) -> None:
    seen: dict[Path, ComparedRun] = {}
    histories: dict[tuple[object, ...], ComparedRun] = {}
    for run in runs:
        if run.path.resolve() in seen:
            raise BadInput(f"{run.path} was named twice; one run counts once")
        seen[run.path.resolve()] = run
        history = (run.seed, *sorted({**run.settings, **run.measured}.items()))
        if twin := histories.get(history):
            raise BadInput(
                f"{run.path} has the settings and the seed ({run.seed}) of {twin.path}: one "
                "history, which must not count twice. Leave one of them out."
            )
        histories[history] = run


def check_comparable(runs: Sequence[ComparedRun]) -> None:
    """Raise `BadInput` saying what differs, if hypervolumes of two runs do not compare."""
    first = runs[0]
    for run in runs[1:]:
        names = [*first.measured, *(name for name in run.measured if name not in first.measured)]
        for name in names:
            ours, theirs = (r.measured.get(name, ABSENT) for r in (first, run))
            if ours != theirs:
                raise BadInput(
                    f"hypervolumes of {first.path} and {run.path} do not compare, for their "
                    f"{name} differ: {ours} there, {theirs} here"
                )


def differences(runs: Sequence[ComparedRun]) -> list[str]:
    """List the settings in which runs differ, seeds, limits and places aside."""
    names = dict.fromkeys(name for run in runs for name in run.settings)
    return [name for name in names if len({run.settings.get(name) for run in runs}) > 1]


def _label(run: ComparedRun, differing: Sequence[str]) -> str:
    """Name a group by its values of the settings that differ."""
    parts = [f"{_short(name)}={run.settings.get(name, _absent(name))}" for name in differing]
    return ", ".join(parts) or next(iter(run.measured.values()))


def _short(name: str) -> str:
    return name.removeprefix("settings.").removeprefix("pins.")


def _absent(name: str) -> str:
    return "free" if name.startswith("pins.") else ABSENT


def mixed(groups: Sequence[Group]) -> Mapping[str, list[str]]:
    """Return the settings that differ within a group, by the group's name."""
    found = {group.name: differences(group.runs) for group in groups}
    return {name: settings for name, settings in found.items() if settings}
