"""The process beside a run that serves its page: see `evo.watch.beside`, which starts it.

Its arguments are the run's folder, the host and the descriptor of a socket that listens; when its
input ends, the run has ended or died, and it leaves as soon as the last data are delivered.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from evo.record.run_folder import RunFolder
from evo.watch.address import Address
from evo.watch.browser import open_page
from evo.watch.serving import finish, serving


def main() -> None:
    """Serve until the input ends, and a little longer."""
    run, host, descriptor = sys.argv[1:]
    address = Address.of(socket.socket(fileno=int(descriptor)), host)
    with serving(RunFolder(Path(run)), address) as server:
        is_opening = open_page(address.url)
        sys.stdin.buffer.read()
        finish(server, is_opening=is_opening)


if __name__ == "__main__":
    main()
