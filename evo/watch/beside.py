"""The page of a run that is about to begin, served by a process of its own beside it.

Whatever befalls that process, the run does not notice; it ends by itself when the run is over.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from evo.engine.listener import FleetListener, RunListener
from evo.errors import clause
from evo.watch.address import Address, listen
from runners.events import FleetStatus


class Beside:
    """Listens for the browser from now on; `start` it for a folder, `end` it with the run."""

    def __init__(self, address: Address | None = None) -> None:
        self.address = address or listen()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, folder: Path) -> str:
        """Start the process, which opens a browser; return a line for people."""
        descriptor = self.address.listening.fileno()
        command = [sys.executable, "-P", "-m", "evo.watch", str(folder.absolute())]
        try:
            self._process = subprocess.Popen(
                [*command, self.address.host, str(descriptor)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(descriptor,),
                process_group=0,  # Ctrl-C is for the run
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        except Exception as error:  # whatever it is, it must not keep the run from going on
            return f"The live page could not be started: {clause(error)}."
        finally:
            self.address.listening.close()
        return f"live page {self.address.url}"

    def end(self) -> None:
        """Tell the process that the run is over; it delivers the last data and leaves."""
        self.address.listening.close()
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()


class WithPage:
    """A listener that starts the page as soon as the run has a folder, and passes all on."""

    def __init__(self, listener: RunListener, page: Beside) -> None:
        self._listener, self._page = listener, page

    def started(self, folder: Path, text: str) -> None:
        """Start the page, too."""
        self._listener.started(folder, text)
        self._listener.note(self._page.start(folder))

    def generation(self, summary: Mapping[str, object]) -> None:
        """Pass it on."""
        self._listener.generation(summary)

    def progress(self, done: int, total: int, stage: str) -> None:
        """Pass it on."""
        self._listener.progress(done, total, stage)

    def note(self, text: str) -> None:
        """Pass it on."""
        self._listener.note(text)

    def fleet_status(self, look: Callable[[], FleetStatus]) -> None:
        """Pass it on, if the listener shows what the workers do."""
        if isinstance(self._listener, FleetListener):
            self._listener.fleet_status(look)
