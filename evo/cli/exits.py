"""How the command ends: exit code and one clear paragraph, never a traceback.

0 done, 1 failed while running, 2 bad input, 130 after Ctrl-C, 143 after SIGTERM. `EVO_DEBUG=1`
lets exceptions through.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import NoReturn

from evo.engine.stopping import exit_code, stoppable
from evo.errors import (
    BadInput,
    Interrupted,
    NothingSucceeded,
    OperatorFailed,
    clause,
    describe,
)
from evo.files.atomic_file import RecordError
from evo.files.paths import called_here, run_argument
from evo.files.plain_text import never_fail

OURS = ("evo", "genomes", "fitness", "runners")


class FailedRun(Exception):
    """A run failed by a defect or a lack of resources; its traceback is in the run's log."""


def main() -> NoReturn:
    """Run the command line and exit."""
    never_fail(sys.stdout, sys.stderr)
    with called_here(), stoppable():
        try:
            code = _carried_out()
        except (KeyboardInterrupt, SystemExit) as end:
            stop = _stop_behind(end)
            if stop is None:
                raise
            print("Interrupted.", file=sys.stderr)
            code = exit_code(stop)
    sys.exit(code)


def _carried_out() -> int:
    """Carry out the command; return the exit code. Help and usage errors raise SystemExit."""
    from evo.cli.commands import app

    try:
        app(prog_name="evo")
    except Exception as error:
        if os.environ.get("EVO_DEBUG"):
            raise
        message, code = scored(error)
        print(message, file=sys.stderr)
        return code
    return 0


def _stop_behind(end: BaseException | None) -> KeyboardInterrupt | None:
    """Return the signal that an exception comes from: typer makes a SystemExit of it."""
    while end is not None and not isinstance(end, KeyboardInterrupt):
        end = end.__cause__ or end.__context__
    return end


def scored(error: Exception) -> tuple[str, int]:
    """Return what to tell the user about an exception, and the exit code."""
    if isinstance(error, Interrupted):
        name = run_argument(error.folder)
        return f"\nInterrupted and saved; continue with `evo resume {name}`", error.exit_code
    if isinstance(error, FailedRun | NothingSucceeded | OperatorFailed):
        return f"Error: {error}", 1
    if isinstance(error, BadInput) or (isinstance(error, ValueError) and _raised_by_us(error)):
        return f"Error: {error}", 2
    if isinstance(error, OSError) and error.filename is not None:
        return f"Error: {error.strerror}: {error.filename}", 2
    if isinstance(error, OSError):
        return f"Error: {error}", 2
    if not isinstance(error, RecordError) and (fault := _fault_of_a_record()):
        return f"Error: {fault}", 2
    return f"Error: {clause(describe(error))}. This should not happen; EVO_DEBUG=1 shows where.", 1


def _fault_of_a_record() -> str | None:
    """Return what is wrong with a run that the command opened: that may be what it failed of."""
    if "evo.record.run_folder" not in sys.modules:
        return None
    from evo.findings.record_faults import fault_of_record
    from evo.record.run_folder import OPENED, RunFolder

    there = (RunFolder(path) for path in OPENED if path.exists())
    return next(filter(None, map(fault_of_record, there)), None)


def _raised_by_us(error: ValueError) -> bool:
    """Tell our own checks of input from a ValueError deep in numpy: that one is a defect."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return bool(frames) and frames[-1].f_globals.get("__name__", "").split(".")[0] in OURS
