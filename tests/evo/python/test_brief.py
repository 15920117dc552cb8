"""Garbage waits for the end of a short command, and is collected afterwards as before."""

from __future__ import annotations

import gc

import pytest

from evo.cli.brief import uncollected


def test_nothing_is_collected_inside_and_all_is_as_before_afterwards() -> None:
    assert gc.isenabled()
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(KeyError), uncollected():
        raise KeyError
    assert gc.isenabled()
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()  # whoever had it so keeps it so
    finally:
        gc.enable()
