"""Who has the last data, with a clock of our own."""

from __future__ import annotations

from evo.watch.audience import AWAY_SECONDS, MOST, Audience


def test_all_that_asked_lately_have_to_show_the_edition() -> None:
    clock = [0.0]
    audience = Audience(lambda: clock[0])
    assert audience.all_show("x-2")  # nobody is there
    assert audience.is_new
    audience.heard("a1", "x-1")
    assert not audience.is_new
    audience.heard("b2", "x-2")
    assert not audience.all_show("x-2")
    clock[0] = AWAY_SECONDS
    audience.heard("b2", "x-2")
    assert not audience.all_show("x-2")
    clock[0] = AWAY_SECONDS + 1  # the first has not asked for long: it was closed
    assert audience.all_show("x-2")
    audience.heard("b2", "x-3")
    assert not audience.all_show("x-2")


def test_names_that_no_page_has_and_too_many_are_ignored() -> None:
    audience = Audience(lambda: 0.0)
    for name in ("", "../a", "A", "a" * 17, "<b>"):
        audience.heard(name, "x-1")
    assert audience.all_show("x-2")
    for number in range(MOST):
        audience.heard(f"{number:x}", "x-2")
    audience.heard("ffff", "x-1")  # one too many
    assert audience.all_show("x-2")
    audience.heard("0", "x-1")
    assert not audience.all_show("x-2")
