"""The two ways a run ends that are not a defect: what was asked cannot be done, or Ctrl-C.

Free of any import, so that every part of evo can raise them.
"""

from pathlib import Path


class BadInput(ValueError):
    """What the user asked for cannot be done; the message says what was received and what to do.

    The command line prints the message alone, without a traceback, and exits with 2.
    """


class Interrupted(Exception):
    """Ctrl-C ended a run after everything that was finished had been saved in `folder`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"interrupted; what was finished is saved in {folder}")
        self.folder = folder
