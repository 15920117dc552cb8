"""A glance at a run's record that costs next to nothing: how far it is, and whether it changed.

Never holds the record open longer than the glance lasts, so the driver's close is not disturbed.
"""

from __future__ import annotations

import os
import sqlite3
import tomllib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from evo.record.export_notes import export_note
from evo.record.run_folder import RunFolder
from evo.record.run_state import State, state_of

COUNTED = (
    "SELECT (SELECT COUNT(*) FROM generations), (SELECT COUNT(*) FROM evaluations), "
    "(SELECT COUNT(*) FROM measurements), (SELECT COALESCE(MAX(id), 0) FROM events), "
    "(SELECT value FROM meta WHERE key = 'reason')"
)
PATIENCE_SECONDS = 0.1  # with a lock: there is another look soon

Stamp = tuple[int, int]  # of a file: when it was written, in nanoseconds, and its bytes
Stamps = tuple[Stamp, ...]


@dataclass(frozen=True)
class RunStatus:
    """What was seen: two looks are equal as long as the page would show the same."""

    state: State
    done: int  # generations
    generations: int | None  # that were asked for
    trainings: int
    others: tuple[int, int]  # further looks at the front, and events
    front: Stamp
    exports: Stamp


def stamps(folder: RunFolder) -> Stamps:
    """Return what changes with every change of the record, without opening it."""
    log = folder.database.with_name(folder.database.name + "-wal")
    files = (folder.database, log, folder.pareto, folder.config, export_note(folder))
    return tuple(_stamp(path) for path in files)


def look(folder: RunFolder) -> RunStatus:
    """Look; raises OSError or sqlite3.Error where the record cannot be read."""
    address = f"{folder.database.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=PATIENCE_SECONDS)) as connection:
        done, trainings, measured, event, reason = connection.execute(COUNTED).fetchone()
    total = _generations(folder.config)
    state = state_of(folder, reason, done, total)
    front, exports = _stamp(folder.pareto), _stamp(export_note(folder))
    return RunStatus(state, done, total, trainings, (measured, event), front, exports)


def _generations(config: Path) -> int | None:
    """Return how many generations a config asks for; None if it does not say."""
    try:
        found = tomllib.loads(config.read_text(encoding="utf-8-sig")).get("generations")
    except (OSError, ValueError):
        return None
    return found if isinstance(found, int) else None


def _stamp(path: Path) -> Stamp:
    """Return (0, 0) for a file that is empty or not there: readers make and remove such."""
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size) if found.st_size else (0, 0)
