"""The process that gathers what the page shows, of low priority: `python -m` this module.

Each line that it reads asks for the data of the run whose folder is its argument; the answer is a
line of JSON (`bytes`, `seconds`, `error`) and so many bytes, gzip of JSON. It ends with its input.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import time
from pathlib import Path
from typing import IO

LOW = 10  # priority, as `nice` counts: at 19 the first data take minutes beside a busy run
EFFORT = 6  # of gzip: more saves little and takes longer


def answer(run: Path) -> bytes:
    """Return the data of the page, compressed; raises what `evo.report.gathering` raises."""
    from evo.record.run_folder import RunFolder
    from evo.report.gathering import gather
    from evo.report.page import plain

    began = time.time()
    data = {**gather(RunFolder(run)), "gathered": began}
    text = json.dumps(plain(data), allow_nan=False, separators=(",", ":"))
    return gzip.compress(text.encode(), EFFORT, mtime=0)


def serve(run: Path, questions: IO[str], answers: IO[bytes]) -> None:
    """Answer questions until there are no more."""
    for _ in questions:
        began, error, found = time.process_time(), "", b""
        try:
            found = answer(run)
        except Exception as failure:  # the next request may succeed
            error = " ".join(f"{type(failure).__name__}: {failure}".split())
        head = {"bytes": len(found), "seconds": time.process_time() - began, "error": error}
        answers.write(json.dumps(head).encode() + b"\n" + found)
        answers.flush()


def main() -> None:
    """Serve the parent on stdin and stdout; what tasks and plugins print goes nowhere."""
    if hasattr(os, "nice"):
        os.nice(LOW)
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        serve(Path(sys.argv[1]), sys.stdin, answers)


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(1)  # the process that asked is gone
