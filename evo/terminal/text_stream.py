"""Writes a text as it is made, byte by byte; whatever made it cannot steer the terminal."""

from __future__ import annotations

import codecs
import sys
import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
STEERING = {"Cc", "Cf"}  # control and format characters: escapes, reversed writing
KEPT = {"\n", "\t"}


class TextStream:
    """Standard output for bytes in UTF-8, of which characters may arrive in parts."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(self, part: bytes) -> None:
        """Write the characters that end in these bytes."""
        self._put(self._decoder.decode(part))

    def end(self) -> None:
        """Write what is left, and end the line."""
        self._put(self._decoder.decode(b"", final=True) + "\n")

    def _put(self, text: str) -> None:
        sys.stdout.write("".join(map(_harmless, text)))
        sys.stdout.flush()


def _harmless(sign: str) -> str:
    return REPLACEMENT if unicodedata.category(sign) in STEERING and sign not in KEPT else sign
