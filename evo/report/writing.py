"""Writes the report of a run, on demand and at the end of a run, which it must never break."""

from __future__ import annotations

import logging
from pathlib import Path

from evo.files.atomic_file import write_atomically
from evo.record.run_folder import RunFolder
from evo.report.gathering import gather
from evo.report.page import render

LOG = logging.getLogger("evo")


def write_report(folder: RunFolder, output: Path | None = None) -> Path:
    """Write `report.html` of a run, also while it runs; return the file.

    Raises `BadInput` for a folder that cannot be read, `RecordError` where nothing can be written.
    """
    path = output or folder.report
    write_atomically(path, render(gather(folder)))
    return path


def write_report_if_possible(folder: RunFolder) -> Path | None:
    """Write the report at the end of a run; None, with a line in the log, if that fails.

    A failure here must not hide the run's result: so nothing is raised.
    """
    try:
        return write_report(folder)
    except Exception:
        with folder.logging():
            LOG.warning("the report could not be written; `evo report` tries again", exc_info=True)
        return None
