"""Finds out within seconds whether a Ray cluster answers at an address.

Ray itself waits for minutes at a dead address and then ends the process, so this asks beforehand:
a plain connection first, then a trial in a process of its own that can be stopped. Imports no ray.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time

CONNECT_SECONDS = 3.0
TRIAL_SECONDS = 6.5  # with the seconds that loading Ray takes it stays below ten
PACE = 4.0  # times the seconds of loading Ray, if that is more: a busy machine joins slowly, too
CLIENT_TRIAL_SECONDS = 25.0  # the far side of ray:// starts a process for each client
ADDRESS = re.compile(r"(?:ray://)?(?P<host>\[[0-9a-fA-F:]+\]|[^:/\s]+):(?P<port>\d{1,5})")
LOG_PREFIX = re.compile(r"^\[[^]]*\]\s*\S+:\d+:\s*")
TRIAL = (
    "import sys, ray; print(flush=True); "
    "ray.init(address=sys.argv[1], log_to_driver=False, logging_level='ERROR'); ray.shutdown()"
)


def probe(address: str) -> None:
    """Return if a cluster answers at `address` (`HOST:PORT`, `ray://HOST:PORT` or `auto`).

    Raises ValueError for another form, ConnectionError within ten seconds if nothing answers;
    something that listens but is no cluster is given longer at a `ray://` address, and on a
    machine that is busy otherwise.
    """
    if address != "auto":
        match = ADDRESS.fullmatch(address)
        if match is None:
            raise ValueError(
                f"received address {address!r}, expected auto, HOST:PORT or ray://HOST:PORT"
            )
        _connect(address, match["host"].strip("[]"), int(match["port"]))
    _try_out(address)


def _connect(address: str, host: str, port: int) -> None:
    try:
        socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise ConnectionError(
            f"nobody answers at {address} ({error}). Is a Ray cluster running there (`ray start "
            f"--head` starts one)? Without an address, a local Ray starts by itself."
        ) from error


def _try_out(address: str) -> None:
    """Join and leave in a process of its own; where loading Ray takes long, it may take longer."""
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-c", TRIAL, address],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as trial:
        assert trial.stdout is not None
        trial.stdout.readline()  # Ray is loaded: from here on it is the cluster that is waited for
        least = CLIENT_TRIAL_SECONDS if address.startswith("ray://") else TRIAL_SECONDS
        patience = max(least, PACE * (time.monotonic() - began))
        try:
            _, said = trial.communicate(timeout=patience)
        except subprocess.TimeoutExpired as expired:
            trial.kill()
            said = expired.stderr.decode(errors="replace") if expired.stderr else ""
            raise ConnectionError(_refused(address, said)) from None
    if trial.returncode != 0:
        raise ConnectionError(_refused(address, said))


def _refused(address: str, said: str) -> str:
    text = f"no Ray cluster can be joined at {address}"
    if "AuthToken" in said or "authentication" in said.lower():
        return (
            f"{text}: it asks for a token. Set RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN_PATH to "
            f"the file with the cluster's token (see Ray's page on token authentication)."
        )
    if "client connection timeout" in said:  # also if the far side wants a token: it is not asked
        return (
            f"{text}: Ray's client is not let in. If the cluster asks for a token, ray:// cannot "
            "join it: take HOST:PORT, or set RAY_AUTH_MODE=disabled on both sides."
        )
    lines = [LOG_PREFIX.sub("", line).strip() for line in said.splitlines() if line.strip()]
    return f"{text}: {lines[-1]}" if lines else f"{text}: something else answers there"
