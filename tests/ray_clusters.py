"""A Ray cluster of this machine that outlives its drivers, for tests that join one."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.command_line import PATIENCE_SECONDS


@contextmanager
def cluster(environment: Mapping[str, str]) -> Iterator[str]:
    """Start a Ray of two cores that outlives its drivers; yield its address once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    head = subprocess.Popen(
        [
            *(sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block"),
            *("--port", str(port), "--num-cpus", "2", "--include-dashboard=false"),
            *("--disable-usage-stats",),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not answers(port):
            assert time.monotonic() < deadline, "the cluster did not start"
            time.sleep(0.5)
        time.sleep(3.0)  # the node itself comes up a little later than its port
        yield f"127.0.0.1:{port}"
    finally:
        head.terminate()
        head.wait(timeout=PATIENCE_SECONDS)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
