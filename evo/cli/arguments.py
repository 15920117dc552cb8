"""Arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evo.files import paths

RESULTS = Path(paths.RESULTS)


def at_once(path: Path | None) -> Path | None:
    """Make an option absolute before anything can change the working directory."""
    return None if path is None else paths.absolute(path)


def listed(text: str | None) -> tuple[str, ...]:
    """Return the parts of an option that names several, separated by commas."""
    return tuple(filter(None, map(str.strip, (text or "").split(","))))


RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="A run: its name under results/, or a path.")
]
