"""Genes of several values: lists of a gene, structs of named ones, and what acts beside others."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from genomes.genes.errors import BadInput
from genomes.genes.number import whole_number
from genomes.genes.protocol import Columns, Gene, Path, Sibling, encode, names_of
from genomes.genes.single import Choice, Fixed, Integer, Real, pin, plain_option
from genomes.genes.value import Record, Value

MAXIMUM_POSITIONS = 4  # list items beyond this one are seen by predictors only in the mean


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

    def names(self) -> Iterable[str]:
        return ("", *filter(None, names_of(self.gene)))

    def pinned(self, value: Value) -> Gene:
        """Return what a pin leaves: a list is fixed, one value stands for all items."""
        if isinstance(value, tuple):
            return Fixed(self.check(value))
        return ListOf(Fixed(self.gene.check(value)), self.minimum, self.maximum)

    def pinned_within(self, path: Path, value: Value) -> ListOf:
        """Pin a gene in every item."""
        return ListOf(pin(self.gene, path, value), self.minimum, self.maximum)

    def encode(self) -> Columns:
        """Encode the length, the first items and the mean over all items."""
        varies = self.minimum < self.maximum
        positions = min(self.maximum, MAXIMUM_POSITIONS)
        item = encode(self.gene)
        width, write_item = len(item.names), item.write
        names = [".length"] * varies
        for position in range(positions):
            names += [f".{position}.present"] * varies
            names += item.under(f".{position}")
        names += item.under(".mean")
        present, absent = [1.0] * varies, [0.0] * (varies + width)
        span = float(max(1, self.maximum - self.minimum))

        def write(value: tuple[Value, ...]) -> list[float]:
            numbers = [(len(value) - self.minimum) / span] * varies
            rows = [write_item(inner) for inner in value]
            for row in rows[:positions]:
                numbers += present
                numbers += row
            numbers += absent * (positions - len(rows))
            # zip(*rows) walks the columns; an empty list has zeros for its mean
            means = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
            return numbers + (means or [0.0] * width)

        return Columns(tuple(names), write)

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
    return tuple(map(plain_option, given if isinstance(given, list | tuple) else (given,)))


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

    def names(self) -> Iterable[str]:
        return names_of(self.gene)

    def pinned(self, value: Value) -> Conditional:
        """Return the gene fixed where it acts."""
        return Conditional(pin(self.gene, (), value), self.when)

    def pinned_within(self, path: Path, value: Value) -> Conditional:
        return Conditional(pin(self.gene, path, value), self.when)

    def encode(self) -> Columns:
        """Encode whether the gene acts, then the gene itself, all zeros where it does not."""
        inner = encode(self.gene)
        inactive = [0.0] * (1 + len(inner.names))
        names = (".active", *inner.names)
        return Columns(names, lambda v: inactive if v is None else [1.0, *inner.write(v)])

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

    def names(self) -> Iterable[str]:
        for name, gene in self.fields.items():
            yield from (f"{name}.{inner}" if inner else name for inner in names_of(gene))

    def pinned(self, value: Value) -> Gene:
        """Refuse: its genes are pinned one by one."""
        raise KeyError

    def pinned_within(self, path: Path, value: Value) -> Struct:
        inner = pin(self.fields[path[0]], path[1:], value)
        return Struct({**self.fields, path[0]: inner})

    def encode(self) -> Columns:
        """Encode the genes one after the other, but for those that pins keep from ever acting."""
        fields = {name: gene for name, gene in self.fields.items() if not self._is_off(gene)}
        parts = [(name, encode(gene)) for name, gene in fields.items()]
        parts = [(name, columns) for name, columns in parts if columns.names]
        names = tuple(column for name, part in parts for column in part.under(f".{name}"))
        writers = [(name, columns.write) for name, columns in parts]

        def write(value: Mapping[str, Value]) -> list[float]:
            numbers: list[float] = []
            for name, write_field in writers:
                numbers += write_field(value[name])
            return numbers

        return Columns(names, write)

    def _is_off(self, gene: Gene) -> bool:
        if not isinstance(gene, Conditional):
            return False
        conditions = [(self.fields[name], allowed) for name, allowed in gene.when.items()]
        return any(isinstance(g, Fixed) and g.value not in allowed for g, allowed in conditions)

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
