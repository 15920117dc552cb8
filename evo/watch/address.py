"""Where the page is served: a socket on a free port, its address, and who may be called so."""

from __future__ import annotations

import errno
import ipaddress
import socket
from dataclasses import dataclass

from evo.errors import BadInput

LOOPBACK = "127.0.0.1"
PORT = 7117  # where a browser finds the page again; nothing well known lives there
NEXT = 20  # ports after it that are tried


@dataclass(frozen=True)
class Address:
    """A listening socket, the host that was asked for, and the number and port it is bound to."""

    listening: socket.socket
    host: str
    number: ipaddress.IPv4Address | ipaddress.IPv6Address
    port: int

    @classmethod
    def of(cls, listening: socket.socket, host: str) -> Address:
        """Return the address of a socket; what it says stays known when the socket is closed."""
        number, port = listening.getsockname()[:2]
        return cls(listening, host, ipaddress.ip_address(number.partition("%")[0]), port)

    @property
    def is_private(self) -> bool:
        """Whether only this machine can reach it."""
        return self.number.is_loopback

    @property
    def url(self) -> str:
        """What a browser is given; on all interfaces the machine is called by its name."""
        host = socket.gethostname() if self.number.is_unspecified else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    def knows(self, header: str) -> bool:
        """Tell whether a request's Host header is one under which this server may be asked.

        A page of another site that makes its own name point here (DNS rebinding) is turned away:
        https://en.wikipedia.org/wiki/DNS_rebinding. Any port goes, for the sake of tunnels.
        """
        name = _without_port(header).lower()
        if name in {"localhost", self.host.lower()}:
            return True
        try:
            found = ipaddress.ip_address(name.partition("%")[0])
        except ValueError:  # a name
            own = socket.gethostname().lower()
            return not self.is_private and name in {own, f"{own}.local"}
        return found.is_loopback or not self.is_private


def listen(host: str = LOOPBACK, port: int | None = None) -> Address:
    """Listen on a port, by default the first free one from `PORT` on; raises `BadInput`."""
    if port is not None:
        return Address.of(_bound(host, port), host)
    for number in range(PORT, PORT + NEXT):
        try:
            return Address.of(_bound(host, number), host)
        except PortTaken:
            continue
    return Address.of(_bound(host, 0), host)


class PortTaken(BadInput):
    """Somebody else listens on the port."""


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"--port: {port} is taken on {host}; give another, or none to have one chosen"
            ) from error
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise BadInput(f"cannot listen on --host {host} --port {port}: {why}") from error


def _without_port(header: str) -> str:
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]
