"""Values of genes: immutable plain data, written as JSON in one way.

None, bool, int, float, str, tuples and `Record`s of these: a value is its own JSON form up to
lists and tuples.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, NoReturn

Value = Any  # None | bool | int | float | str | tuple[Value, ...] | Record

# One encoder for all: making one for every call takes longer than most calls.
_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
)


def canonical(value: Any) -> str:
    """Write a value as JSON with sorted names and no spaces; equal values give equal text."""
    if type(value) is int:
        return str(value)
    return value.canonical() if isinstance(value, Record) else _CANONICAL.encode(value)


class Record(dict[str, Value]):
    """An immutable mapping of names to values; hashable, and JSON like any dict.

    A chromosome keeps its JSON: that is asked for again, and it passes whole to many a child.
    """

    __slots__ = ("_text",)
    _text: str

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a Record cannot be changed; use record.replacing(name=value)")

    __setitem__ = __delitem__ = _refuse
    clear = pop = popitem = setdefault = update = __ior__ = _refuse

    def replacing(self, **changes: Value) -> Record:
        """Return a copy with the named values replaced."""
        return Record({**self, **changes})

    def canonical(self) -> str:
        """Return the record as JSON with sorted names and no spaces."""
        text: str | None = getattr(self, "_text", None)
        if text is not None:
            return text
        if all([type(value) is Record for value in self.values()]):  # chromosomes of a genome
            parts = [f"{quoted(name)}:{self[name].canonical()}" for name in sorted(self)]
            return "{" + ",".join(parts) + "}"
        self._text = _CANONICAL.encode(self)
        return self._text

    def __reduce__(self) -> tuple[type[Record], tuple[dict[str, Value]]]:
        return Record, (dict(self),)


def freeze(plain: Any) -> Value:
    """Turn decoded JSON into a gene value: lists become tuples, dicts become `Record`s."""
    if isinstance(plain, dict):
        return Record({str(name): freeze(value) for name, value in plain.items()})
    if isinstance(plain, list | tuple):
        return tuple(freeze(value) for value in plain)
    return plain
