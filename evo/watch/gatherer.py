"""Asks the gathering process, which is started when it is needed and ended when it is not."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

MODULE = "evo.watch.gathering"


class GatheringFailed(Exception):
    """The data could not be gathered this time; the message says why."""


@dataclass(frozen=True)
class Gathered:
    """The data of the page as gzip of JSON, and the CPU seconds that they took."""

    data: bytes
    seconds: float


class Gatherer:
    """One run's gathering process. `ask` from one thread; `close` from any, also meanwhile."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._closed = False

    def ask(self) -> Gathered:
        """Return the data of now; raises `GatheringFailed`."""
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(b"\n")
            process.stdin.flush()
            head = json.loads(process.stdout.readline())
            data = process.stdout.read(head["bytes"])
        except (OSError, ValueError) as error:
            self.rest()
            raise GatheringFailed("the gathering process has ended") from error
        if head["error"]:
            raise GatheringFailed(head["error"])
        return Gathered(data, head["seconds"])

    def _running(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise GatheringFailed("the page is closed")
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", MODULE, str(self.run)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, "OMP_NUM_THREADS": "1"},
                    # Ctrl-C is for the parent. No session of its own: between sessions Linux
                    # shares the processor out evenly, whatever their priorities are.
                    process_group=0,
                )
            return self._process

    def rest(self) -> None:
        """End the process until the next request, and give its memory back."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.kill()  # it only reads, and may be at it for long
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # a request that no process read
                        pipe.close()

    def close(self) -> None:
        """End the process for good."""
        with self._lock:
            self._closed = True
        self.rest()
