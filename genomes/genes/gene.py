"""Genes: one typed value each, with its own sample, mutate and crossover.

Values are immutable plain data (None, bool, int, float, str, tuples and `Record`s of these), so a
value is its own JSON form up to lists and tuples. Operators are pure functions of an explicit
`random.Random`. This module must not know what any gene is for.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, NoReturn, Protocol, runtime_checkable

from genomes.genes.errors import BadInput
from genomes.genes.number import NoNumber, finite_number, number, shown, whole_number
from genomes.genes.scale import Scale, log_ratio

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


@runtime_checkable
class Gene(Protocol):
    """One typed value: how it is drawn, varied, mixed and checked."""

    def sample(self, rng: random.Random) -> Value:
        """Draw a value."""

    def mutate(self, value: Value, rng: random.Random) -> Value:
        """Return a neighbour of `value`, different from it wherever the gene allows."""

    def crossover(self, a: Value, b: Value, rng: random.Random) -> Value:
        """Return a mix of two values of this gene."""

    def check(self, value: Value) -> Value:
        """Return `value` in canonical type; raise ValueError saying what is allowed if not."""


@runtime_checkable
class Pinnable(Protocol):
    """A gene that decides by itself what a pin leaves of it."""

    def pinned(self, value: Value) -> Gene:
        """Return the gene under a pin; raise ValueError for a value that is not allowed."""


@runtime_checkable
class Sibling(Protocol):
    """A gene that varies in another way beside other values of the same `Struct`."""

    def beside(self, siblings: Mapping[str, Value]) -> Gene:
        """Return the gene as it is beside these values."""


def _number(value: Value, wanted: str) -> float:
    try:
        found = number(value)
    except NoNumber:
        found = math.nan
    if not math.isfinite(found):
        raise BadInput(f"received {value!r}, expected {wanted}")
    return found


@dataclass(frozen=True)
class Choice:
    """One of a fixed set of options; `weights` are their chances in a fresh draw, else equal."""

    options: tuple[Value, ...]
    weights: tuple[float, ...] | None

    def __init__(self, options: Iterable[Value], weights: Iterable[float] | None = None) -> None:
        if isinstance(options, str | bytes | Set) or not isinstance(options, Iterable):
            raise BadInput(f"received the options {shown(options)}, expected a list of them")
        object.__setattr__(self, "options", tuple(map(_option, options)))
        object.__setattr__(self, "weights", None if weights is None else _chances(weights))
        if not self.options:
            raise BadInput("Choice needs at least one option")
        if self.weights is not None and len(self.weights) != len(self.options):
            raise BadInput(
                f"received {len(self.weights)} weights, expected {len(self.options)} positive "
                "numbers, one for each option"
            )

    def sample(self, rng: random.Random) -> Value:
        if self.weights is None:
            return rng.choice(self.options)
        return rng.choices(self.options, self.weights)[0]

    def mutate(self, value: Value, rng: random.Random) -> Value:
        others = [option for option in self.options if option != value]
        return rng.choice(others) if others else value

    def crossover(self, a: Value, b: Value, rng: random.Random) -> Value:
        return a if rng.random() < 0.5 else b

    def check(self, value: Value) -> Value:
        for option in self.options:
            if option == value and isinstance(option, bool) == isinstance(value, bool):
                return option
        allowed = ", ".join(map(str, self.options))
        raise ValueError(f"received {value!r}, expected one of {allowed}")


def _option(option: Value) -> Value:
    """Return an option as plain data: numpy's scalars as Python's, lists as tuples."""
    if isinstance(option, list | tuple):
        return tuple(map(_option, option))
    if isinstance(option, dict):
        return Record({str(name): _option(value) for name, value in option.items()})
    plain = option.item() if _is_numpy_scalar(option) else freeze(option)
    if isinstance(plain, float) and not math.isfinite(plain):
        raise BadInput(f"received the option {plain}, expected finite numbers; name it by a str")
    return plain


def _is_numpy_scalar(value: Value) -> bool:
    return getattr(value, "shape", None) == () and hasattr(value, "item")


def _chances(weights: Iterable[float]) -> tuple[float, ...]:
    found = tuple(finite_number(weight, "the weight") for weight in weights)
    if found and min(found) <= 0:
        raise BadInput(f"received weights {found}, expected positive numbers")
    return found


@dataclass(frozen=True)
class Real:
    """A real number in [low, high], searched on a log scale if `log`.

    A `skew` above 1 makes fresh draws favour the low end: the position is a uniform draw to that
    power. Values are as fine as floating point: no digit of them is rounded away.
    """

    low: float
    high: float
    log: bool = False
    skew: float = 1.0

    def __post_init__(self) -> None:
        for name in ("low", "high", "skew"):
            object.__setattr__(self, name, finite_number(getattr(self, name), f"{name} ="))
        _ = self._scale  # checks the range
        if self.skew <= 0:
            raise BadInput(f"received skew={self.skew}, expected a positive number")

    @cached_property
    def _scale(self) -> Scale:
        return Scale(self.low, self.high, self.log)

    def position(self, value: float) -> float:
        """Return where a value lies between the ends, from 0 to 1 on the gene's scale."""
        return self._scale.position(value)

    def sample(self, rng: random.Random) -> float:
        return self._scale.at(rng.random() ** self.skew)

    def mutate(self, value: Value, rng: random.Random) -> float:
        """Take a normal step of a fifth of the range; a step beyond an end is reflected."""
        position = self.position(value) + rng.gauss(0.0, 0.2)
        position = position % 2.0  # reflect at both ends
        return self._scale.at(2.0 - position if position > 1.0 else position)

    def crossover(self, a: Value, b: Value, rng: random.Random) -> float:
        """Return either value, or a point between the two, with equal chances."""
        draw = rng.random() * 3.0
        if draw < 1.0 or a == b:
            return float(a)
        if draw < 2.0:
            return float(b)
        low, high = self.position(a), self.position(b)
        return self._scale.at(low + (high - low) * (draw - 2.0))

    def check(self, value: Value) -> float:
        wanted = f"a number from {self.low} to {self.high}"
        found = _number(value, wanted)
        if not self.low <= found <= self.high:
            raise BadInput(f"received {value!r}, expected {wanted}")
        return found


@dataclass(frozen=True)
class Integer:
    """A whole number in [low, high], both included, searched on a log scale if `log`."""

    low: int
    high: int
    log: bool = False

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            object.__setattr__(self, name, whole_number(getattr(self, name), f"{name} ="))
        if self.low > self.high:
            raise BadInput(f"received low={self.low}, high={self.high}; low must not exceed high")
        if max(abs(self.low), abs(self.high)) >= 2**63:
            raise BadInput(f"received low={self.low}, high={self.high}; expected below 2**63")
        if self.log and self.low <= 0:
            raise BadInput(f"received low={self.low}; a log scale needs low above zero")

    @cached_property
    def _first(self) -> int:
        """What is taken off before a number is scaled; on a log scale nothing may be.

        On one that spans next to nothing it makes no difference, and digits would be lost.
        """
        return 0 if self.log and self.high > 1.001 * self.low else self.low

    @cached_property
    def _scaled(self) -> Real:
        # Half a unit beyond each end gives the end values the same chance as the others.
        low, high = self.low - self._first - 0.5 + 1e-9, self.high - self._first + 0.5 - 1e-9
        return Real(low, high, log=self._first == 0 and self.log)

    def position(self, value: float) -> float:
        """Return where a value lies between the ends, from 0 to 1 on the gene's scale."""
        if self.low == self.high:
            return 0.0
        if self.log:
            return log_ratio(value, self.low) / self._span
        return (value - self.low) / self._span

    @cached_property
    def _span(self) -> float:
        return log_ratio(self.high, self.low) if self.log else self.high - self.low

    def _whole(self, scaled: float) -> int:
        return min(self.high, max(self.low, self._first + round(scaled)))

    def sample(self, rng: random.Random) -> int:
        if self.log:
            return self._whole(self._scaled.sample(rng))
        return rng.randint(self.low, self.high)

    def mutate(self, value: Value, rng: random.Random) -> int:
        if self.low == self.high:
            return self.low
        moved = self._whole(self._scaled.mutate(value - self._first, rng))
        if moved != value:
            return moved
        step = rng.choice((-1, 1))
        return int(value + step if self.low <= value + step <= self.high else value - step)

    def crossover(self, a: Value, b: Value, rng: random.Random) -> int:
        if self.low == self.high:
            return self.low
        scaled = self._scaled.crossover(a - self._first, b - self._first, rng)
        # Rounding may leave the range between the two.
        return int(sorted((a, b, self._whole(scaled)))[1])

    def check(self, value: Value) -> int:
        wanted = f"a whole number from {self.low} to {self.high}"
        found = value if type(value) is int else _number(value, wanted)
        if found != int(found) or not self.low <= found <= self.high:
            raise BadInput(f"received {value!r}, expected {wanted}")
        return int(found)


@dataclass(frozen=True)
class Fixed:
    """A gene that cannot vary: what `--pin` leaves of it."""

    value: Value

    def sample(self, rng: random.Random) -> Value:
        return self.value

    def mutate(self, value: Value, rng: random.Random) -> Value:
        return self.value

    def crossover(self, a: Value, b: Value, rng: random.Random) -> Value:
        return self.value

    def check(self, value: Value) -> Value:
        if value != self.value:
            raise ValueError(f"received {value!r}, but this gene is pinned to {self.value!r}")
        return self.value


@dataclass(frozen=True)
class ListOf:
    """Between `minimum` and `maximum` values of one gene; items come and go by mutation."""

    gene: Gene
    minimum: int
    maximum: int

    def __post_init__(self) -> None:
        for name in ("minimum", "maximum"):
            object.__setattr__(self, name, whole_number(getattr(self, name), f"{name} ="))
        if not 0 <= self.minimum <= self.maximum:
            raise BadInput(
                f"received lengths {self.minimum} to {self.maximum}, expected 0 or more, and the "
                "minimum not above the maximum"
            )

    def sample(self, rng: random.Random) -> tuple[Value, ...]:
        length = rng.randint(self.minimum, self.maximum)
        return tuple(self.gene.sample(rng) for _ in range(length))

    def mutate(self, value: Value, rng: random.Random) -> tuple[Value, ...]:
        items = list(value)
        draw = rng.random()
        if self.minimum < self.maximum and (draw < 0.25 or not items):
            shrink = len(items) > self.minimum and (len(items) == self.maximum or draw < 0.125)
            position = rng.randrange(len(items) if shrink else len(items) + 1)
            if shrink:
                del items[position]
            else:
                twin = items and rng.random() < 0.5
                new = items[min(position, len(items) - 1)] if twin else self.gene.sample(rng)
                items.insert(position, new)
        elif items:
            position = rng.randrange(len(items))
            items[position] = self.gene.mutate(items[position], rng)
        return tuple(items)

    def crossover(self, a: Value, b: Value, rng: random.Random) -> tuple[Value, ...]:
        """Take the length of either parent; mix items position by position where both have one."""
        length = len(a) if rng.random() < 0.5 else len(b)
        shared = [self.gene.crossover(x, y, rng) for x, y in zip(a, b, strict=False)]
        longer = a if len(a) >= len(b) else b
        return (*shared[:length], *longer[len(shared) : length])

    def check(self, value: Value) -> tuple[Value, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(f"received {value!r}, expected a list")
        if not self.minimum <= len(value) <= self.maximum:
            raise ValueError(
                f"received {len(value)} items, expected {self.minimum} to {self.maximum}"
            )
        return tuple(self.gene.check(item) for item in value)


def _allowed(given: Value) -> tuple[Value, ...]:
    """Return the values of a condition; a set in an order that is the same in every process."""
    if isinstance(given, Set):
        given = sorted(given, key=repr)
    return tuple(map(_option, given if isinstance(given, list | tuple) else (given,)))


@dataclass(frozen=True)
class Conditional:
    """A gene that acts only where genes before it in the same `Struct` have certain values.

    `when` maps their names to a value or a list of values, all of which have to hold. Where they
    do not, the value is None; where they come to hold, `Struct` draws one.
    """

    gene: Gene
    when: Record  # name -> tuple of values

    def __init__(self, gene: Gene, when: Mapping[str, Value]) -> None:
        if not isinstance(when, Mapping) or not when:
            raise BadInput("Conditional needs the name of a gene and its values: when={...}")
        if isinstance(gene, Choice) and None in gene.options:
            raise BadInput("None says that a conditional gene does not act; name it otherwise")
        values = {name: _allowed(allowed) for name, allowed in when.items()}
        object.__setattr__(self, "gene", gene)
        object.__setattr__(self, "when", Record(values))

    def active(self, siblings: Mapping[str, Value]) -> bool:
        """Tell whether the gene acts beside these values of the genes before it."""
        return all(siblings[name] in allowed for name, allowed in self.when.items())

    def sample(self, rng: random.Random) -> Value:
        return self.gene.sample(rng)

    def mutate(self, value: Value, rng: random.Random) -> Value:
        return None if value is None else self.gene.mutate(value, rng)

    def crossover(self, a: Value, b: Value, rng: random.Random) -> Value:
        if a is None or b is None:
            return b if a is None else a
        return self.gene.crossover(a, b, rng)

    def check(self, value: Value) -> Value:
        return None if value is None else self.gene.check(value)


@dataclass(frozen=True)
class Struct:
    """A fixed set of named genes; the value is a `Record` with the same names."""

    fields: Record

    def __init__(self, fields: Mapping[str, Gene]) -> None:
        object.__setattr__(self, "fields", Record(fields))
        for position, (name, gene) in enumerate(self.fields.items()):
            absent = set(getattr(gene, "when", ())) - set(list(self.fields)[:position])
            if isinstance(gene, Conditional) and absent:
                raise BadInput(
                    f"{name} depends on {', '.join(sorted(absent))}; expected a gene that comes "
                    "before it in the same mapping"
                )

    @cached_property
    def _free(self) -> tuple[str, ...]:
        return tuple(n for n, gene in self.fields.items() if not _is_fixed(gene))

    @cached_property
    def _conditional(self) -> dict[str, Conditional]:
        return {n: gene for n, gene in self.fields.items() if isinstance(gene, Conditional)}

    @cached_property
    def _related(self) -> dict[str, Sibling]:
        return {n: gene for n, gene in self.fields.items() if isinstance(gene, Sibling)}

    @cached_property
    def _is_flat(self) -> bool:
        """Tell whether all fields hold a single value, so that each is as likely to mutate."""
        return all(map(_is_single, self.fields.values()))

    def sample(self, rng: random.Random) -> Record:
        return self._settled({name: gene.sample(rng) for name, gene in self.fields.items()}, rng)

    def mutate(self, value: Value, rng: random.Random) -> Record:
        """Mutate one field, chosen in proportion to how many single values it holds."""
        names, weights = self._changeable(value)
        if not names:
            return Record(value)
        name = rng.choices(names, weights)[0]
        gene = self._related[name].beside(value) if name in self._related else self.fields[name]
        return self._settled({**value, name: gene.mutate(value[name], rng)}, rng)

    def _changeable(self, value: Value) -> tuple[Sequence[str], list[int] | None]:
        """Return the fields that can mutate, and how many single values each of them holds."""
        if self._is_flat:
            return self._free, None
        names = [n for n in self._free if n not in self._conditional or value[n] is not None]
        return names, [_variables(self.fields[name], value[name]) for name in names]

    def crossover(self, a: Value, b: Value, rng: random.Random) -> Record:
        fields = self.fields.items()
        mixed = {name: gene.crossover(a[name], b[name], rng) for name, gene in fields}
        return self._settled(mixed, rng)

    def check(self, value: Value) -> Record:
        if not isinstance(value, Mapping):
            raise ValueError(f"received {value!r}, expected named values")
        if set(value) != set(self.fields):
            expected, received = ", ".join(self.fields), ", ".join(value)
            raise ValueError(f"received fields {received}; expected {expected}")
        checked: dict[str, Value] = {}
        for name, gene in self.fields.items():
            try:
                checked[name] = gene.check(value[name])
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
            if name in self._conditional:
                acts = self._conditional[name].active(checked)
                if acts != (checked[name] is not None):
                    wanted = "a value, for it acts" if acts else "None, for it does not act"
                    raise ValueError(f"{name}: received {value[name]!r}, expected {wanted} here")
        return Record(checked)

    def _settled(self, values: dict[str, Value], rng: random.Random) -> Record:
        """Make conditional genes None where they do not act, and draw those that have begun to."""
        for name, gene in self._conditional.items():
            if not gene.active(values):
                values[name] = None
            elif values[name] is None:
                values[name] = gene.sample(rng)
        return Record(values)

    def overriding(self, value: Value, wanted: Mapping[str, Value]) -> Record:
        """Return the value with the wanted fields, but for those that their genes do not allow.

        Conditional genes that do not act beside them become None; those that begin to, and are
        not wished for, take a value that is always the same.
        """
        allowed = {}
        for name, wish in wanted.items():
            with suppress(ValueError, KeyError):
                allowed[name] = self.fields[name].check(wish)
        values = {**value, **allowed}
        for name, gene in self._conditional.items():
            if not gene.active(values):
                values[name] = None
            elif values[name] is None:
                values[name] = gene.sample(random.Random(0))
        return Record(values)


def _is_fixed(gene: Gene) -> bool:
    inner = gene.gene if isinstance(gene, Conditional) else gene
    if isinstance(inner, Struct):
        return all(map(_is_fixed, inner.fields.values()))
    return isinstance(inner, Fixed)


def _is_single(gene: Gene) -> bool:
    """Tell whether every value of a gene is a single one."""
    if isinstance(gene, Choice):
        return not any(isinstance(option, _NESTED) for option in gene.options)
    return isinstance(gene, Real | Integer)


def _variables(gene: Gene, value: Value) -> int:
    """Count the `leaves` of a gene's value without those that the gene has fixed.

    So a mechanism that is pinned off within a list draws nothing away from the other genes.
    """
    if isinstance(gene, ListOf) and isinstance(gene.gene, Struct):
        return sum([_variables(gene.gene, item) for item in value]) or 1
    if not isinstance(gene, Struct) or not isinstance(value, dict):
        return leaves(value)
    return sum([_variables(gene.fields[name], value[name]) for name in gene._free]) or 1


def leaves(value: Value) -> int:
    """Count the single values in a value; an empty list counts as one, so it can still mutate."""
    if not isinstance(value, _NESTED):
        return 1
    items = value.values() if isinstance(value, dict) else value
    return sum([leaves(item) if isinstance(item, _NESTED) else 1 for item in items]) or 1


_NESTED = (tuple, dict)
