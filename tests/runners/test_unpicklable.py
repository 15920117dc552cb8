"""What cannot be pickled is found by name, with Python's own pickle and with Ray's."""

from __future__ import annotations

import pickle
import threading
from functools import partial
from typing import Any

import pytest

from runners.unpicklable import culprit

LOCK = threading.Lock()


class Holder:
    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    def work(self) -> None:
        """Do nothing."""


def uses_a_global() -> object:
    return LOCK


def closure() -> Any:
    lock = threading.Lock()
    return lambda: lock


def nested() -> Any:
    inner = closure()
    return lambda: inner()


def pickles(value: object) -> bool:
    """Tell whether this can be pickled; functions by value, as they are where Ray sends them."""
    if isinstance(value, type(closure)):
        held = [cell.cell_contents for cell in value.__closure__ or ()]
        return all(map(pickles, held)) and value is not uses_a_global
    try:
        pickle.dumps(value)
    except Exception:
        return False
    return True


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (threading.Lock(), "it is of type _thread.lock"),
        (Holder(a=1, b=[1, {"c": LOCK}]), "it.b[1]['c'] is of type _thread.lock"),
        (closure(), "it, its variable 'lock' is of type _thread.lock"),
        (nested(), "it, its variable 'inner', its variable 'lock' is of type _thread.lock"),
        (uses_a_global, "it, its variable 'LOCK' is of type _thread.lock"),
        (Holder(a=LOCK).work, "it, the object of its method 'work'.a is of type _thread.lock"),
        (partial(max, 1, key=LOCK), "it['keywords']['key'] is of type _thread.lock"),
    ],
)
def test_the_part_is_named(value: Any, words: str) -> None:
    assert culprit(value, pickles) == words


def test_what_holds_itself_comes_to_an_end() -> None:
    holder = Holder(lock=LOCK)
    holder.lock = holder
    assert (
        culprit(holder, lambda _: False) == "it is of type tests.runners.test_unpicklable.Holder"
    )
