"""Finds runs: by name under a results folder, or by path."""

from __future__ import annotations

import difflib
from pathlib import Path

from evo.errors import BadInput
from evo.files.paths import absolute
from evo.record.run_folder import RunFolder


def find_run(text: str, results: Path) -> RunFolder:
    """Return the run of this name under `results`, or at this path; else suggest the nearest."""
    for path in (results / text, absolute(text)):
        if RunFolder(path).database.is_file():
            return RunFolder.open(path)
    if absolute(text).is_dir():
        return RunFolder.open(absolute(text))  # raises, and says what is missing in it
    names = [folder.name for folder in list_runs(results)]
    near = difflib.get_close_matches(text, names, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    found = f"Runs in {results}/: {', '.join(names)}." if names else f"No runs are in {results}/."
    raise BadInput(f"there is no run {text!r}, neither in {results}/ nor as a path.{hint} {found}")


def list_runs(results: Path) -> list[RunFolder]:
    """Return all runs under `results`, by name; none if there is no such folder."""
    if not results.is_dir():
        return []
    folders = (RunFolder(path) for path in sorted(results.iterdir()))
    return [folder for folder in folders if folder.database.is_file()]
