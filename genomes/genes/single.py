"""Genes of one value: a choice, a number, or what a pin has fixed."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import cached_property

from genomes.genes.errors import BadInput
from genomes.genes.number import NoNumber, finite_number, number, shown, whole_number
from genomes.genes.protocol import Columns, Compound, Gene, Path, Pinnable
from genomes.genes.scale import Scale, check_logarithmic, log_ratio
from genomes.genes.value import Record, Value, freeze


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
        object.__setattr__(self, "options", tuple(map(plain_option, options)))
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

    def pinned(self, value: Value) -> Choice | Fixed:
        """Return what a pin leaves: several options are a choice among them, one is fixed."""
        if isinstance(value, tuple):
            return Choice([self.check(option) for option in value])
        return Fixed(self.check(value))

    def encode(self) -> Columns:
        """One column an option; two options have one; numbers have their rank beside."""
        options = self.options
        if len(options) < 2:
            return Columns()
        if len(options) == 2:
            second = options[1]
            return Columns((f"={second}",), lambda value: [float(value == second)])
        names = tuple(f"={option}" for option in options)
        table = {o: [float(o == other) for other in options] for o in options}
        if all(isinstance(o, int | float) and not isinstance(o, bool) for o in options):
            ranks = {o: rank / (len(options) - 1) for rank, o in enumerate(sorted(options))}
            table = {o: [*row, ranks[o]] for o, row in table.items()}
            names = (*names, ".rank")
        nothing = [0.0] * len(names)
        return Columns(names, lambda value: table.get(value, nothing))

    def check(self, value: Value) -> Value:
        for option in self.options:
            if option == value and isinstance(option, bool) == isinstance(value, bool):
                return option
        allowed = ", ".join(map(str, self.options))
        raise ValueError(f"received {value!r}, expected one of {allowed}")


def plain_option(option: Value) -> Value:
    """Return an option as plain data: numpy's scalars as Python's, lists as tuples."""
    if isinstance(option, list | tuple):
        return tuple(map(plain_option, option))
    if isinstance(option, dict):
        return Record({str(name): plain_option(value) for name, value in option.items()})
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

    def encode(self) -> Columns:
        return _position_columns(self)

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
        if self.log:
            check_logarithmic(self.low)

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

    def encode(self) -> Columns:
        return _position_columns(self)

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


def _position_columns(gene: Real | Integer) -> Columns:
    """Encode a number as its position and its squared distance from the middle, both in [0, 1].

    The square lets a linear model place an optimum within the range instead of at an end.
    """
    if gene.low == gene.high:
        return Columns()

    def write(value: Value) -> list[float]:
        position = gene.position(value)
        return [position, (2.0 * position - 1.0) ** 2]

    return Columns(("", ".square"), write)


@dataclass(frozen=True)
class Fixed:
    """A gene that cannot vary: what `--pin` leaves of it."""

    value: Value

    def encode(self) -> Columns:
        return Columns()

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


def pin(gene: Gene, path: Path, value: Value) -> Gene:
    """Return a gene with one within it, or itself (`path` is ()), fixed as far as a value says.

    Raises KeyError for a name that does not exist, ValueError for a value that is not allowed.
    """
    if path:
        if not isinstance(gene, Compound):
            raise KeyError(path[0])
        return gene.pinned_within(path, value)
    return gene.pinned(value) if isinstance(gene, Pinnable) else Fixed(gene.check(value))
