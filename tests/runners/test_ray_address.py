from __future__ import annotations

import socket
import time

import pytest

from runners import ray_address
from runners.ray_address import probe


@pytest.mark.parametrize("address", ["", "nonsense", "host:port", "http://host:1", "a b:1"])
def test_other_forms_are_refused(address: str) -> None:
    with pytest.raises(ValueError, match="expected auto, HOST:PORT or ray://HOST:PORT"):
        probe(address)


@pytest.mark.parametrize("port", [1, 99999])
def test_a_dead_address_is_a_clear_error(port: int) -> None:
    with pytest.raises(ConnectionError, match=f"nobody answers at 127.0.0.1:{port}"):
        probe(f"127.0.0.1:{port}")


@pytest.mark.slow
def test_something_else_that_answers_is_an_error_within_ten_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        began = time.monotonic()
        with pytest.raises(ConnectionError, match="no Ray cluster can be joined"):
            probe(f"127.0.0.1:{server.getsockname()[1]}")
        limit = ray_address.CONNECT_SECONDS + ray_address.TRIAL_SECONDS
        assert limit < 10
        assert time.monotonic() - began < limit + 10  # on a machine that is busy otherwise


def test_a_cluster_that_asks_for_a_token_says_so() -> None:
    said = "[2026-01-01 W 1 1] gcs_client.cc:210: Failed: InvalidAuthToken: missing or incorrect"
    assert "RAY_AUTH_MODE=token" in ray_address._refused("h:1", said)


def test_the_reason_is_rays_last_line() -> None:
    said = "noise\n[2026-01-01 W 1 1] rpc_client.h:153: Failed to connect to GCS\n\n"
    assert ray_address._refused("h:1", said) == (
        "no Ray cluster can be joined at h:1: Failed to connect to GCS"
    )


def test_a_client_that_is_not_let_in_is_told_of_tokens() -> None:
    said = "Traceback\nConnectionError: ray client connection timeout\n"
    assert "RAY_AUTH_MODE=disabled on both sides" in ray_address._refused("ray://h:1", said)
