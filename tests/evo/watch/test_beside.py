from __future__ import annotations

import io
from contextlib import closing

from rich.console import Console

from evo.engine.listener import FleetListener
from evo.terminal.screen import LiveView, Silence
from evo.watch.beside import Beside, WithPage
from runners.events import FleetStatus


def test_the_view_beside_a_page_still_shows_the_workers() -> None:
    page = Beside()
    with closing(page.address.listening):
        view = LiveView(Console(file=io.StringIO(), force_terminal=True))
        beside = WithPage(view, page)
        assert isinstance(beside, FleetListener)
        looked = FleetStatus()
        beside.fleet_status(lambda: looked)
        assert view.look_at_fleet() is looked
        WithPage(Silence(), page).fleet_status(lambda: looked)  # which shows none
