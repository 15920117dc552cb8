"""The ways a run ends that are no defect of evo: a bad request, Ctrl-C, nothing that succeeds.

Free of any import at run time, so that every part of evo can raise them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evo.result import Result


class BadInput(ValueError):
    """What the user asked for cannot be done; the message says what was received and what to do.

    The command line prints the message alone, without a traceback, and exits with 2.
    """


class Interrupted(Exception):
    """Ctrl-C ended a run after everything that was finished had been saved in `folder`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"interrupted; what was finished is saved in {folder}")
        self.folder = folder


class NothingSucceeded(RuntimeError):
    """Every training of a run failed; the message tells the commonest reason.

    `folder` is that of the run, if it has one; `result`, of `evo.search`, has the whole history.
    """

    def __init__(
        self, text: str, folder: Path | None = None, result: Result | None = None
    ) -> None:
        super().__init__(text)
        self.folder = folder
        self.result = result
