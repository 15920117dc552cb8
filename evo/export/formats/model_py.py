"""`model.py`: the network as plain, readable torch code."""

from __future__ import annotations

from pathlib import Path

from evo.export.exported import Exported
from evo.export.model_source import model_source
from evo.version import VERSION

FILE_NAME = "model.py"


def write(exported: Exported, path: Path) -> None:
    """Write the source, see `model_source`."""
    genome = exported.facts["genome"]
    title = f"A network for the task {exported.task}, genome {genome}, found by evo {VERSION}."
    target = exported.target
    source = model_source(
        exported.spec,
        title,
        exported.names,
        kind=target.kind,
        answers=target.answers,
        columns=exported.columns,
    )
    path.write_text(source, encoding="utf-8")
