"""Finds what within a value cannot be pickled, to tell people what to change.

Knows nothing of Ray: how values are pickled is handed in.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import FunctionType, MethodType

DEEPEST = 8  # steps from the whole to the part that is named


def culprit(value: object, pickles: Callable[[object], bool], name: str = "it") -> str:
    """Say which part of a value cannot be pickled: where it is, and of what type."""
    seen: set[int] = set()
    for _ in range(DEEPEST):
        seen.add(id(value))
        inner = next(
            (
                (f"{name}{step}", part)
                for step, part in _parts(value)
                if id(part) not in seen and not pickles(part)
            ),
            None,
        )
        if inner is None:
            break
        name, value = inner
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{name} is of type {module}{kind.__qualname__}"


def _parts(value: object) -> Iterator[tuple[str, object]]:
    """Yield what a value holds, each with the words that lead to it."""
    if isinstance(value, partial):
        value = {"func": value.func, "args": value.args, "keywords": value.keywords}
    if isinstance(value, MethodType):
        yield f", the object of its method {value.__name__!r}", value.__self__
    elif isinstance(value, FunctionType):
        held = inspect.getclosurevars(value)
        for variable, part in {**held.nonlocals, **held.globals}.items():
            yield f", its variable {variable!r}", part
        for place, part in enumerate(value.__defaults__ or ()):
            yield f", its default {place + 1}", part
    elif isinstance(value, Mapping):
        yield from ((f"[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from ((f"[{place}]", part) for place, part in enumerate(value))
    else:
        yield from ((f".{name}", part) for name, part in getattr(value, "__dict__", {}).items())
