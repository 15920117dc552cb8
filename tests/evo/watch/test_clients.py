"""Who still waits for the last data, with a clock of our own."""

from __future__ import annotations

from evo.watch.clients import AWAY_SECONDS, MOST, Audience


def test_all_that_asked_lately_have_to_leave() -> None:
    clock = [0.0]
    audience = Audience(lambda: clock[0])
    assert audience.is_gone  # nobody was there
    assert audience.is_new
    audience.asked("a1")
    assert not audience.is_new
    audience.asked("b2")
    audience.left("b2")
    assert not audience.is_gone
    clock[0] = AWAY_SECONDS
    assert not audience.is_gone
    clock[0] = AWAY_SECONDS + 1  # the first has not asked for long: it was closed
    assert audience.is_gone
    audience.asked("b2")  # it was loaded anew
    assert not audience.is_gone
    audience.left("b2")
    assert audience.is_gone
    assert not audience.is_new


def test_names_that_no_page_has_and_too_many_are_ignored() -> None:
    audience = Audience(lambda: 0.0)
    for name in ("", "../a", "A", "a" * 17, "<b>"):
        audience.asked(name)
        audience.left(name)
    assert audience.is_new
    for number in range(MOST):
        audience.asked(f"{number:x}")
    audience.asked("ffff")  # one too many
    for number in range(MOST):
        assert not audience.is_gone
        audience.left(f"{number:x}")
    assert audience.is_gone
