"""Which networks of a run were exported, and where to: a note in the run's folder.

Nothing depends on it but the mark in the figures, so a damaged note counts as none.
"""

from __future__ import annotations

import json
from pathlib import Path

from evo.files.bounded import read_text
from evo.record.run_folder import RunFolder


def exported_genomes(folder: RunFolder) -> list[str]:
    """Return the genomes that were exported, the latest last."""
    return [entry["genome"] for entry in _entries(folder)]


def remember_export(folder: RunFolder, genome: str, output: Path) -> None:
    """Note an export; raises `RecordError` if the run's folder cannot be written."""
    entries = [*_entries(folder), {"genome": genome, "folder": str(output)}]
    folder.write(export_note(folder), json.dumps(entries, indent=1) + "\n")


def export_note(folder: RunFolder) -> Path:
    """Return the file of the note, which need not exist."""
    return folder.path / "exports.json"


def _entries(folder: RunFolder) -> list[dict[str, str]]:
    try:
        entries = json.loads(read_text(export_note(folder)))
        return [{"genome": str(e["genome"]), "folder": str(e["folder"])} for e in entries]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return []
