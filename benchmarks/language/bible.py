"""The text: the King James Version, as Debian's package `bible-kjv-text` has it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

WHOLE = "gen1:1-rev22:21"


def write_bible(path: Path) -> None:
    """Write the verses, a line each, without their numbers.

    Raises SystemExit, saying what to install, where the program `bible` is missing.
    """
    program = shutil.which("bible")
    if program is None:
        raise SystemExit(
            "there is no program `bible` here; install Debian's bible-kjv and bible-kjv-text, or "
            "give another text by --text FILE"
        )
    found = subprocess.run([program, "-f", WHOLE], capture_output=True, text=True, check=True)
    verses = (line.partition(" ")[2] for line in found.stdout.splitlines())
    path.write_text("".join(f"{verse}\n" for verse in verses if verse), encoding="utf-8")
