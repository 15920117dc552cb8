"""What strangers met: `Real(1e6, 1e6 + 10)` had one value and `Real(.99999, 1)` two, for values
were rounded to five digits. Ranges of nan, text or 4.5 were taken, and broke a run later."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import evo
from genomes.genes.encoding import Encoding
from genomes.genes.gene import Struct

WHOLE = st.integers(-(2**63) + 1, 2**63 - 1)


def real(low: float, high: float, *, log: bool) -> evo.Real | None:
    try:
        return evo.Real(low, high, log=log)
    except evo.BadInput:
        return None


@pytest.mark.parametrize(
    "gene",
    [
        evo.Real(1e6, 1e6 + 10),
        evo.Real(0.99999, 1.0),
        evo.Real(0.99999, 1.0, log=True),
        evo.Real(1e-300, 1e300, log=True),
        evo.Real(-1e-12, 1e-12),
        evo.Real(1e15, 1e15 + 1e4),
        evo.Real(1.0, 1.0 + 1e-9, log=True),
        evo.Integer(10**6, 10**6 + 5000),
        evo.Integer(1, 10**9, log=True),
        evo.Integer(2**62, 2**62 + 5000),
        evo.Integer(2**62, 2**62 + 5000, log=True),
    ],
    ids=repr,
)
def test_a_narrow_or_distant_range_has_as_many_values_as_any(gene: Any) -> None:
    rng = random.Random(0)
    middle = gene.sample(rng)
    drawn = {gene.sample(rng) for _ in range(500)}
    moved = {gene.mutate(middle, rng) for _ in range(500)}
    mixed = {gene.crossover(gene.low, gene.high, rng) for _ in range(500)}
    assert min(map(len, (drawn, moved))) > 400
    assert len(mixed) > 100  # two thirds are either parent
    assert all(gene.check(value) == value for value in drawn | moved | mixed)
    positions = sorted(map(gene.position, drawn))
    assert 0.0 <= positions[0] < 0.02
    assert 0.98 < positions[-1] <= 1.0
    assert 0.4 < positions[len(positions) // 2] < 0.6


@pytest.mark.parametrize("digit", range(10))
def test_a_log_range_of_whole_numbers_reaches_every_last_digit(digit: int) -> None:
    rng = random.Random(0)
    assert any(evo.Integer(1, 10**9, log=True).sample(rng) % 10 == digit for _ in range(200))


@settings(max_examples=200, deadline=None)
@given(
    low=st.floats(allow_nan=False, allow_infinity=False),
    high=st.floats(allow_nan=False, allow_infinity=False),
    position=st.floats(0.0, 1.0),
    log=st.booleans(),
)
def test_positions_and_values_belong_together(
    low: float, high: float, position: float, log: bool
) -> None:
    gene = real(low, high, log=log)
    assume(gene is not None)
    assert gene is not None
    value = gene._scale.at(position)
    assert low <= value <= high
    assert gene.position(value) == pytest.approx(position, abs=1e-3)  # a range has 1000 steps
    if not log:
        exact = Fraction(low) + Fraction(position) * (Fraction(high) - Fraction(low))
        assert abs(Fraction(value) - exact) <= 3 * math.ulp(max(abs(low), abs(high)))
    encoded = Encoding(Struct({"x": gene})).vector({"x": value})
    assert np.isfinite(encoded).all()
    assert encoded[0] == pytest.approx(position, abs=1e-3)


@settings(max_examples=100, deadline=None)
@given(a=WHOLE, b=WHOLE, log=st.booleans(), seed=st.integers(0, 2**32))
def test_whole_numbers_stay_whole_at_any_distance(a: int, b: int, log: bool, seed: int) -> None:
    low, high = min(a, b), max(a, b)
    assume(not log or low > 0)
    gene, rng = evo.Integer(low, high, log=log), random.Random(seed)
    for value in (gene.sample(rng), gene.mutate(low, rng), gene.crossover(low, high, rng)):
        assert type(value) is int
        assert gene.check(value) == value
        assert 0.0 <= gene.position(value) <= 1.0


@pytest.mark.parametrize(
    "make",
    [
        lambda: evo.Real(math.nan, 1.0),
        lambda: evo.Real(0.0, math.inf),
        lambda: evo.Real("0", 1.0),  # type: ignore[arg-type]
        lambda: evo.Real(None, 1.0),  # type: ignore[arg-type]
        lambda: evo.Real(True, 2.0),
        lambda: evo.Real(0.0, 1j),  # type: ignore[arg-type]
        lambda: evo.Real(np.array([0.0, 1.0]), 1.0),  # type: ignore[arg-type]
        lambda: evo.Real(1.0, 1.0),
        lambda: evo.Real(1.0, math.nextafter(1.0, 2.0)),
        lambda: evo.Real(1e16, 1e16 + 10),
        lambda: evo.Real(1e16, 1e16 + 10, log=True),
        lambda: evo.Real(-1.7e308, 1.7e308),
        lambda: evo.Real(0.0, 1.0, log=True),
        lambda: evo.Real(0.0, 1.0, skew=math.nan),
        lambda: evo.Integer(1.0, 4),  # type: ignore[arg-type]
        lambda: evo.Integer(1, 4.5),  # type: ignore[arg-type]
        lambda: evo.Integer(1, math.inf),  # type: ignore[arg-type]
        lambda: evo.Integer(False, 4),
        lambda: evo.Integer("1", 4),  # type: ignore[arg-type]
        lambda: evo.Integer(0, 2**63),
        lambda: evo.Integer(0, 4, log=True),
        lambda: evo.Integer(4, 1),
        lambda: evo.Choice("adam"),
        lambda: evo.Choice({"sgd", "adam"}),  # its order differs from process to process
        lambda: evo.Choice(3),  # type: ignore[arg-type]
        lambda: evo.Choice([]),
        lambda: evo.Choice([1.0, math.nan]),
        lambda: evo.Choice([(1.0, math.inf)]),
        lambda: evo.Choice(["a", "b"], [1.0, math.nan]),
        lambda: evo.Choice(["a", "b"], [1.0]),
        lambda: evo.Choice(["a", "b"], [1.0, 0.0]),
        lambda: evo.ListOf(evo.Integer(0, 1), 0.5, 2),  # type: ignore[arg-type]
        lambda: evo.ListOf(evo.Integer(0, 1), 3, 2),
        lambda: evo.Conditional(evo.Integer(0, 1), {}),
        lambda: evo.Topology(2.0, 1),  # type: ignore[arg-type]
        lambda: evo.Topology(2, 1, start=math.nan),
        lambda: evo.Topology(2, 1, functions="tanh"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_range_is_refused_at_once(make: Any) -> None:
    with pytest.raises(evo.BadInput, match=r"received|needs"):
        make()


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64, np.uint8, np.array, Fraction])
def test_numbers_of_any_type_are_bounds(kind: Any) -> None:
    gene = evo.Real(kind(1), kind(4))
    assert gene == evo.Real(1.0, 4.0)
    assert repr(gene) == "Real(low=1.0, high=4.0, log=False, skew=1.0)"
    assert evo.Integer(np.int16(1), np.array(4)) == evo.Integer(1, 4)
    assert repr(evo.Choice(np.arange(2))) == repr(evo.Choice([0, 1]))
    assert evo.ListOf(gene, np.int64(1), 2) == evo.ListOf(gene, 1, 2)


def test_a_set_of_conditions_is_the_same_in_every_process() -> None:
    gene = evo.Conditional(evo.Real(0.0, 1.0), {"optimizer": {"sgd", "adam", "lion"}})
    assert gene.when["optimizer"] == ("adam", "lion", "sgd")
