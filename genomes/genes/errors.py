"""What every part raises when a request cannot be met, and how an exception is worded.

Imports nothing but the standard library.
"""

import traceback
from pathlib import PurePath

LONGEST = 300  # characters of a message


class BadInput(ValueError):
    """What the user asked for cannot be done; the message says what was received and what to do.

    The command line prints the message alone, without a traceback, and exits with 2.
    """


def describe(error: BaseException) -> str:
    """Word an exception in one line: its type, and the beginning of its message if it has one."""
    text = " ".join(str(error).split())[:LONGEST]
    text = text.encode(errors="backslashreplace").decode()  # names of files need not be text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def describe_with_place(error: BaseException) -> str:
    """Word an exception in one line, with the place in the code that raised it if it is known.

    What says itself what to do (`BadInput`) needs neither type nor place.
    """
    if isinstance(error, BadInput):
        return " ".join(str(error).split())
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return describe(error)
    return f"{describe(error)} ({PurePath(frames[-1].filename).name}, line {frames[-1].lineno})"
