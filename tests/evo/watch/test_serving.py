"""When a server that ends with its run may leave; what it asks is played."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from evo.watch import serving as module
from evo.watch.clients import AWAY_SECONDS, Clients
from evo.watch.serving import OPENING_SECONDS, finish


@dataclass
class Played:
    """A server and a clock that goes on when somebody sleeps; events happen at their seconds.

    A page leaves if it asks when it shows the last data, and the server ends.
    """

    complete_at: float
    pages: dict[float, str] = field(default_factory=dict)  # when a page asks, what it shows
    now: float = 0.0
    ends: bool = False

    def __post_init__(self) -> None:
        self.clients = Clients(lambda: self.now)
        self.page_cache = SimpleNamespace(is_complete=lambda: self.now >= self.complete_at)
        self.ask(-1e9)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        before, self.now = self.now, self.now + seconds
        self.ask(before)

    def ask(self, after: float) -> None:
        for second in sorted(self.pages):
            if after < second <= self.now:
                self.clients.asked("a1")
                if self.ends and second >= self.complete_at and self.pages[second] == "x-2":
                    self.clients.left("a1")


@pytest.mark.parametrize(
    ("complete_at", "pages", "is_opening", "leaves_at"),
    [
        (0.0, {}, False, 0.0),
        (7.0, {}, False, 7.0),
        (0.0, {}, True, OPENING_SECONDS),
        (0.0, {5.0: "", 6.0: "x-2"}, True, 6.0),
        (3.0, {1.0: "x-1", 4.0: "x-1", 6.0: "x-2"}, False, 6.0),
        (0.0, {-1.0: "x-2", 1.0: "x-2"}, False, 1.0),  # it does not know yet that it has all
        (3.0, {1.0: "x-1"}, False, AWAY_SECONDS),  # it was closed
        (1e9, {}, False, AWAY_SECONDS),  # the record cannot be read
    ],
)
def test_it_leaves_when_all_have_the_last_data_or_after_long(
    monkeypatch: pytest.MonkeyPatch,
    complete_at: float,
    pages: dict[float, str],
    is_opening: bool,
    leaves_at: float,
) -> None:
    played = Played(complete_at, pages)
    monkeypatch.setattr(module, "time", played)
    finish(cast(Any, played), is_opening=is_opening)
    assert played.ends
    assert played.now == pytest.approx(leaves_at, abs=2 * module.GLANCE_SECONDS)
