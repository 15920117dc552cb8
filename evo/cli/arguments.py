"""Arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RESULTS = Path("results")

RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="A run: its name under results/, or a path.")
]
