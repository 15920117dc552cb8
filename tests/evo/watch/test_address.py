"""Ports and names: a taken port is said, a strange name is turned away."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from evo.errors import BadInput
from evo.watch import address
from evo.watch.address import Address, listen


@pytest.fixture
def private() -> Iterator[Address]:
    found = listen(port=0)
    with closing(found.listening):
        yield found


def test_by_default_it_is_this_machine_alone(private: Address) -> None:
    assert private.is_private
    assert private.url == f"http://127.0.0.1:{private.port}/"
    with closing(socket.create_connection(("127.0.0.1", private.port))) as client:
        assert client.getpeername() == ("127.0.0.1", private.port)


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ("127.0.0.1:7117", True),
        ("localhost", True),
        ("LOCALHOST:9000", True),  # by a tunnel
        ("[::1]:7117", True),
        ("127.8.8.8", True),
        ("", False),
        ("evil.example:7117", False),
        ("localhost.evil.example", False),
        ("192.168.0.7:7117", False),
        ("[", False),
    ],
)
def test_names_of_this_machine_alone(private: Address, header: str, known: bool) -> None:
    assert private.knows(header) == known


def test_on_all_interfaces_numbers_and_the_machines_name_are_known() -> None:
    found = listen("0.0.0.0", 0)
    with closing(found.listening):
        assert not found.is_private
        assert found.url == f"http://{socket.gethostname()}:{found.port}/"
        assert found.knows("192.168.0.7:7117")
        assert found.knows(f"{socket.gethostname()}:7117")
        assert not found.knows("evil.example:7117")


def test_a_port_that_is_taken_is_said(private: Address) -> None:
    with pytest.raises(BadInput, match=f"--port: {private.port} is taken on 127.0.0.1"):
        listen(port=private.port)


def test_the_next_free_port_is_the_default(
    private: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "PORT", private.port)
    other = listen()
    with closing(other.listening):
        assert other.port != private.port
    monkeypatch.setattr(address, "NEXT", 1)  # only the taken one: then any
    other = listen()
    with closing(other.listening):
        assert other.port not in (0, private.port)


@pytest.mark.parametrize("host", ["no such host", "203.0.113.77", "x" * 300])
def test_a_host_that_is_not_here(host: str) -> None:
    with pytest.raises(BadInput, match="cannot listen on --host"):
        listen(host, 0)
