"""Who still waits for the last data, with a clock of our own."""

from __future__ import annotations

from evo.watch.clients import AWAY_SECONDS, MOST, Clients


def test_all_that_asked_lately_have_to_leave() -> None:
    clock = [0.0]
    clients = Clients(lambda: clock[0])
    assert clients.is_gone  # nobody was there
    assert clients.is_new
    clients.asked("a1")
    assert not clients.is_new
    clients.asked("b2")
    clients.left("b2")
    assert not clients.is_gone
    clock[0] = AWAY_SECONDS
    assert not clients.is_gone
    clock[0] = AWAY_SECONDS + 1  # the first has not asked for long: it was closed
    assert clients.is_gone
    clients.asked("b2")  # it was loaded anew
    assert not clients.is_gone
    clients.left("b2")
    assert clients.is_gone
    assert not clients.is_new


def test_names_that_no_page_has_and_too_many_are_ignored() -> None:
    clients = Clients(lambda: 0.0)
    for name in ("", "../a", "A", "a" * 17, "<b>"):
        clients.asked(name)
        clients.left(name)
    assert clients.is_new
    for number in range(MOST):
        clients.asked(f"{number:x}")
    clients.asked("ffff")  # one too many
    for number in range(MOST):
        assert not clients.is_gone
        clients.left(f"{number:x}")
    assert clients.is_gone
