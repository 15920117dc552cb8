"""Errors that are no defect of evo: bad input, a signal, a user's code, a run without success.

Free of heavy imports, so that every part of evo can raise them.
"""

from __future__ import annotations

from pathlib import Path

from genomes.genes.errors import BadInput, describe

__all__ = [
    "BadInput",
    "Interrupted",
    "NothingSucceeded",
    "OperatorFailed",
    "clause",
    "describe",
]


def clause(said: object) -> str:
    """Return what an error says as a part of a sentence: without the full stop of its own."""
    return str(said).strip().rstrip(".")


class Interrupted(Exception):
    """Ctrl-C or SIGTERM ended a run after all that was finished had been saved in `folder`.

    `exit_code` is what the process should leave with: 130 after Ctrl-C, 143 after SIGTERM.
    """

    def __init__(self, folder: Path, exit_code: int = 130) -> None:
        super().__init__(f"interrupted; what was finished is saved in {folder}")
        self.folder, self.exit_code = folder, exit_code


class OperatorFailed(RuntimeError):
    """An operator of the user raised, or returned what it should not; the message names it."""


class NothingSucceeded(RuntimeError):
    """Every training of a run failed; the message tells the commonest reason.

    `folder` is that of the run, if it has one.
    """

    def __init__(self, text: str, folder: Path | None = None) -> None:
        super().__init__(text)
        self.folder = folder
