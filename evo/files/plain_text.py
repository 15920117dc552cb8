"""Output never fails for want of a character: what a terminal cannot show is written in ASCII.

Files are always UTF-8. What cannot be encoded there either, as a file's name that is no text, is
written as an escape.
"""

from __future__ import annotations

import codecs
import io
from typing import TextIO

PLAIN = "evo.plain"  # name of the codecs' error handler
ESCAPED = "backslashreplace"  # the one for files
SUBSTITUTES = {
    **dict(zip("▁▂▃▄▅▆▇█", "12345678", strict=True)),
    **dict(zip("–—·×→←²µ", "--.x><2u", strict=True)),
    "…": "...",
    "≥": ">=",
    "≤": "<=",
    "τ": "tau",
}


def never_fail(*streams: TextIO) -> None:
    """Let text streams write what their encoding lacks in ASCII."""
    codecs.register_error(PLAIN, _plain)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=PLAIN)


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(SUBSTITUTES.get(sign, "?") for sign in lacking), error.end
