"""Continues a search of a user's function, or starts it again, from its config alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evo.engine.listener import Listener
from evo.engine.stopping import exit_code, stoppable
from evo.errors import BadInput, Interrupted
from evo.files.paths import RESULTS, absolute, shown
from evo.python.function_parts import FunctionParts
from evo.python.function_run import FunctionRun
from evo.python.result import Result
from evo.python.search_progress import Wanted, following
from evo.record.run_folder import RunFolder
from evo.running.free_folder import named_folder, numbered_folder
from evo.settings.function_call import load_function_config
from evo.settings.function_config import PLACES, read_function_config

AGAIN = ("generations", "budget_epochs", "minutes", "seed", "overlap", "results", *PLACES)
TOTALS = ("generations", "budget_epochs")  # of which a resume may give larger ones


@dataclass(frozen=True)
class Further:
    """How a search is to go on: larger totals, minutes from now on, other `places`.

    What is None, or no key of `places`, stays as it was. `retry_failed` calls again what failed.
    """

    generations: int | None = None
    budget_epochs: int | None = None
    minutes: float | None = None
    places: Mapping[str, Any] = field(default_factory=dict)
    retry_failed: bool = False

    def changes(self, folder: RunFolder) -> dict[str, Any]:
        """Return the keys of a run's config that change; raise `BadInput` for what cannot."""
        for name in self.places:
            if name not in PLACES:
                raise BadInput(
                    f"received --{name.replace('_', '-')}, which means nothing to "
                    f"{folder.name}, a search of a function of your own"
                )
        before = read_function_config(folder.config) or {}
        totals = {name: getattr(self, name) for name in TOTALS}
        given = {name: total for name, total in totals.items() if total is not None}
        for name, total in given.items():
            if total < (asked := before.get(name, 0)):
                raise BadInput(
                    f"received --{name.replace('_', '-')} {total}, but {folder.name} was already "
                    f"asked for {asked}; give a larger total"
                )
        minutes = {} if self.minutes is None else {"minutes": self.minutes}
        return {**given, **minutes, **self.places}


@stoppable()
def resume_search(
    path: Path,
    further: Further,
    *,
    progress: Wanted = "auto",
    listener: Listener | None = None,
    watch: bool = False,
) -> Result:
    """Continue a search; its history is that of repeating the call.

    The functions are imported by the names in its config, never unpickled or evaluated. Raises
    `BadInput`, which leaves the run as it was, also where none is found; `Interrupted` after a
    signal; `SearchFailed` if nothing succeeds.
    """
    folder = RunFolder.open(path)
    config = load_function_config(folder.config, further.changes(folder))
    parts, limits = FunctionParts.of(config), config.search.limits
    with parts.started() as run, following(progress, limits, listener, watch=watch) as follower:
        search = FunctionRun(config, run, follower, further.retry_failed)
        return _in_folder(search, folder.path)


@stoppable()
def start_search(
    file: Path,
    changes: Mapping[str, Any],
    name: str | None,
    *,
    progress: Wanted = "auto",
    listener: Listener | None = None,
    watch: bool = False,
) -> Result:
    """Start the search of a config file again, with other values of some keys, in a new folder.

    Raises what `resume_search` does.
    """
    for key in changes:
        if key not in AGAIN:
            raise BadInput(
                f"received --{key.replace('_', '-')} for {shown(file)}, a search of a function "
                "of your own: change the script, or the file"
            )
    config = load_function_config(file, changes)
    results, storage = absolute(config.results or RESULTS), config.places.storage
    free = numbered_folder if name is None else named_folder
    folder = free(results, name or "search", storage)
    parts, limits = FunctionParts.of(config), config.search.limits
    with parts.started() as run, following(progress, limits, listener, watch=watch) as follower:
        return _in_folder(FunctionRun(config, run, follower), folder)


def _in_folder(search: FunctionRun, folder: Path) -> Result:
    """Carry a search out; raise `Interrupted` once a signal has come and all is saved."""
    try:
        return search.in_folder(folder.parent, folder.name)
    except KeyboardInterrupt as stop:
        if not RunFolder(folder).database.is_file():  # nothing has begun
            raise
        raise Interrupted(folder, exit_code(stop)) from None
