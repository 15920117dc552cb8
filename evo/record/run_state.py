"""The state of a run: running, finished, cut short, by its lock and its record."""

from __future__ import annotations

from typing import Literal

from evo.record.run_folder import RunFolder

State = Literal["running", "finished", "out of time", "interrupted", "damaged"]


def state_of(folder: RunFolder, reason: str | None, done: int, total: int | None) -> State:
    """Return the state of a run that ended for `reason`, with so many generations done."""
    if folder.driver() is not None:
        return "running"
    enough = reason == "generations" and done >= (total or 0)
    finished = enough or reason in ("budget", "exhausted")
    if finished:
        return "finished"
    return "out of time" if reason == "minutes" else "interrupted"
