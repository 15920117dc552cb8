from __future__ import annotations

from dataclasses import replace

from rich.console import Console

from evo.terminal.workers_view import ROWS, fleet_text, fleet_view
from runners.events import FleetStatus, Post
from tests.runners.toys import job


def posts(number: int) -> tuple[Post, ...]:
    return tuple(Post(f"worker {n}", job(f"g{n}"), float(n)) for n in range(1, number + 1))


def drawn(fleet_status: FleetStatus) -> list[str]:
    console = Console(width=80)
    with console.capture() as shown:
        for part in fleet_view(fleet_status):
            console.print(part)
    return [line.rstrip() for line in shown.get().splitlines()]


def test_the_crew_is_one_line_and_only_where_there_is_one() -> None:
    assert fleet_text(FleetStatus()) == ""
    assert drawn(FleetStatus()) == []
    assert drawn(FleetStatus(4, 3)) == ["workers 3 of 4 up, 0 busy"]
    assert fleet_text(FleetStatus(4, 3, posts(2), "lost: worker 7")) == (
        "workers 3 of 4 up, 2 busy; lost: worker 7"
    )


def test_who_trains_what_for_how_long_the_longest_first() -> None:
    _, first, second = drawn(FleetStatus(2, 2, posts(2)))
    assert first.split() == ["worker", "2", "g2", "epochs", "1", "to", "4", "2", "s"]
    assert second.split()[:3] == ["worker", "1", "g1"]


def test_a_single_epoch_is_no_range() -> None:
    fleet_status = FleetStatus(
        1, 1, (Post("worker 1", replace(job("g"), from_epoch=4, to_epoch=5), 1.0),)
    )
    assert "  epoch 5  " in drawn(fleet_status)[1]


def test_a_large_fleet_takes_a_few_lines() -> None:
    lines = drawn(FleetStatus(64, 64, posts(64)))
    assert len(lines) == ROWS + 2
    assert "g64" in lines[1]
    assert lines[-1] == f"  and {64 - ROWS} more"
