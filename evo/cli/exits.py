"""How the command ends: exit code and one clear paragraph, never a traceback.

0 done, 1 failed while running, 2 bad input, 130 after Ctrl-C. `EVO_DEBUG=1` lets exceptions
through.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import NoReturn

from evo.errors import BadInput, Interrupted

OURS = ("evo", "genomes", "fitness", "runners")


class FailedRun(Exception):
    """A run failed by a defect or a lack of resources; its traceback is in the run's log."""


def main() -> NoReturn:
    """Run the command line and exit."""
    from evo.cli.commands import app

    try:
        app(prog_name="evo")
    except Exception as error:
        if os.environ.get("EVO_DEBUG"):
            raise
        message, code = verdict(error)
        print(message, file=sys.stderr)
        sys.exit(code)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)
    sys.exit(0)


def verdict(error: Exception) -> tuple[str, int]:
    """Return what to tell the user about an exception, and the exit code."""
    if isinstance(error, Interrupted):
        name = run_argument(error.folder)
        return f"\nInterrupted and saved; continue with `evo resume {name}`", 130
    if isinstance(error, FailedRun):
        return f"Error: {error}", 1
    if isinstance(error, BadInput) or (isinstance(error, ValueError) and _raised_by_us(error)):
        return f"Error: {error}", 2
    if isinstance(error, OSError) and error.filename is not None:
        return f"Error: {error.strerror}: {error.filename}", 2
    if isinstance(error, OSError):
        return f"Error: {error}", 2
    return f"Error: {describe(error)}. This should not happen; EVO_DEBUG=1 shows where.", 1


def describe(error: BaseException) -> str:
    """Word an unexpected exception in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def run_argument(folder: Path) -> str:
    """Return how the user names this run: short if it lies in the default results folder."""
    here = folder.parent.resolve() == Path("results").resolve()
    return folder.name if here else str(folder)


def _raised_by_us(error: ValueError) -> bool:
    """Tell our own checks of input from a ValueError deep in numpy: that one is a defect."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return bool(frames) and frames[-1].f_globals.get("__name__", "").split(".")[0] in OURS
