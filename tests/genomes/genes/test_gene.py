"""Genes: each operator gives allowed values, and is a pure function of its generator."""

from __future__ import annotations

import copy
import json
import pickle
import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genomes.genes.gene import (
    Choice,
    Conditional,
    Fixed,
    Gene,
    Integer,
    ListOf,
    Real,
    Record,
    Struct,
    canonical,
    freeze,
    leaves,
)

GENES: list[Gene] = [
    Choice(("a", "b", "c")),
    Choice((True, False)),
    Choice((None, 1, 2.5)),
    Integer(1, 3),
    Integer(4, 64, log=True),
    Integer(7, 7),
    Real(0.0, 0.5),
    Real(1e-6, 1e-2, log=True),
    Real(-3.0, -1.0),
    Fixed("x"),
    ListOf(Real(0.0, 1.0), 0, 3),
    ListOf(Integer(0, 9), 2, 2),
    Struct({"a": Integer(0, 5), "b": ListOf(Choice((1, 2)), 1, 2), "c": Fixed(0)}),
    Struct({"a": Choice((1, 2)), "b": Conditional(Integer(0, 9), {"a": 1})}),
]


@pytest.mark.parametrize("gene", GENES, ids=repr)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_operators_stay_within_the_gene_and_are_pure(gene: Gene, seed: int) -> None:
    def life(rng: random.Random) -> list[object]:
        a, b = gene.sample(rng), gene.sample(rng)
        return [a, b, gene.mutate(a, rng), gene.crossover(a, b, rng)]

    values = life(random.Random(seed))
    assert values == life(random.Random(seed))
    for value in values:
        assert gene.check(value) == value
        assert gene.check(freeze(json.loads(json.dumps(value)))) == value
        hash(value)


@pytest.mark.parametrize(
    ("gene", "value"),
    [
        (Choice(("a", "b")), "a"),
        (Choice((True, False)), True),
        (Integer(1, 2), 1),
        (Integer(1, 2), 2),
        (Integer(4, 64, log=True), 64),
        (Struct({"a": Integer(0, 1), "b": Fixed(3)}), Record(a=0, b=3)),
        (ListOf(Integer(0, 1), 0, 1), ()),
    ],
)
def test_mutation_gives_another_value(gene: Gene, value: object) -> None:
    rng = random.Random(0)
    assert all(gene.mutate(value, rng) != value for _ in range(50))


def test_every_allowed_value_is_drawn() -> None:
    rng = random.Random(0)
    assert {Integer(1, 3).sample(rng) for _ in range(60)} == {1, 2, 3}
    assert {Integer(4, 7, log=True).sample(rng) for _ in range(200)} == {4, 5, 6, 7}
    assert {len(ListOf(Fixed(0), 1, 3).sample(rng)) for _ in range(60)} == {1, 2, 3}


def test_a_log_scale_draws_as_often_below_as_above_the_geometric_mean() -> None:
    rng = random.Random(0)
    below = sum(Real(1e-4, 1.0, log=True).sample(rng) < 1e-2 for _ in range(1000))
    assert 450 < below < 550


def test_real_mutation_reflects_at_the_ends() -> None:
    rng = random.Random(0)
    mutants = [Real(0.0, 1.0).mutate(1.0, rng) for _ in range(200)]
    assert max(mutants) <= 1.0
    assert sum(mutant == 1.0 for mutant in mutants) < 5


def test_crossover_mixes_field_by_field_and_position_by_position() -> None:
    rng = random.Random(0)
    gene = Struct({"a": Choice((0, 1)), "b": Choice((0, 1))})
    children = {
        tuple(gene.crossover(Record(a=0, b=0), Record(a=1, b=1), rng).values()) for _ in range(40)
    }
    assert children == {(0, 0), (0, 1), (1, 0), (1, 1)}
    lists = {ListOf(Fixed(0), 0, 3).crossover((0,), (0, 0, 0), rng) for _ in range(40)}
    assert lists == {(0,), (0, 0, 0)}


def test_integer_crossover_lies_between_its_parents() -> None:
    rng = random.Random(0)
    children = {Integer(0, 100).crossover(10, 13, rng) for _ in range(200)}
    assert children == {10, 11, 12, 13}


@pytest.mark.parametrize(
    ("gene", "value", "message"),
    [
        (Choice(("a", "b")), "c", "expected one of a, b"),
        (Choice((0, 1)), True, "expected one of 0, 1"),
        (Integer(1, 3), 4, "whole number from 1 to 3"),
        (Integer(1, 3), 1.5, "whole number from 1 to 3"),
        (Integer(1, 3), True, "whole number"),
        (Real(0.0, 1.0), 1.1, "from 0.0 to 1.0"),
        (Real(0.0, 1.0), float("nan"), "from 0.0 to 1.0"),
        (Real(0.0, 1.0), "0.5", "from 0.0 to 1.0"),
        (Fixed(3), 4, "pinned to 3"),
        (ListOf(Integer(0, 1), 1, 2), (), "expected 1 to 2"),
        (ListOf(Integer(0, 1), 1, 2), 3, "expected a list"),
        (Struct({"a": Integer(0, 1)}), Record(a=5), "a: received 5"),
        (Struct({"a": Integer(0, 1)}), Record(b=5), "expected a"),
        (Struct({"a": Integer(0, 1)}), 3, "named values"),
    ],
)
def test_check_says_what_is_allowed(gene: Gene, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        gene.check(value)


def test_check_returns_the_canonical_type() -> None:
    assert type(Integer(1, 3).check(2.0)) is int
    assert type(Real(0, 3).check(2)) is float
    assert type(ListOf(Integer(0, 1), 0, 1).check([1])) is tuple
    assert type(Struct({"a": Integer(0, 1)}).check({"a": 1})) is Record


@pytest.mark.parametrize(
    "make",
    [
        lambda: Choice(()),
        lambda: Real(1.0, 1.0),
        lambda: Real(0.0, 1.0, log=True),
        lambda: Integer(2, 1),
        lambda: Integer(0, 1, log=True),
        lambda: ListOf(Fixed(0), 2, 1),
        lambda: Conditional(Fixed(0), {}),
    ],
)
def test_impossible_genes_are_refused(make: object) -> None:
    with pytest.raises(ValueError, match=r"received|needs"):
        make()  # type: ignore[operator]


def test_a_record_is_immutable_and_hashable() -> None:
    record = Record(a=1, b=(2, Record(c=3)))
    with pytest.raises(TypeError, match="replacing"):
        record["a"] = 2
    with pytest.raises(TypeError, match="cannot be changed"):
        record |= {"a": 2}
    assert record.replacing(a=5) == {"a": 5, "b": (2, {"c": 3})}
    assert hash(record) == hash(Record(b=(2, Record(c=3)), a=1))
    for twin in (pickle.loads(pickle.dumps(record)), copy.deepcopy(record)):
        assert twin == record
        assert type(twin) is Record
    assert freeze({"a": 1, "b": [2, {"c": 3}]}) == record


def test_leaves_counts_single_values() -> None:
    assert leaves(Record(a=1, b=(2, 3), c=())) == 4
    assert leaves(Record()) == 1


def test_what_is_fixed_within_a_list_draws_no_mutations() -> None:
    inner = {"kind": Choice(("none", "on")), "size": Conditional(Real(0.0, 1.0), {"kind": "on"})}
    gene = Struct(
        {
            "items": ListOf(Struct({"width": Choice(range(50)), "part": Struct(inner)}), 1, 1),
            "depth": Choice(range(50)),
        }
    )
    rng = random.Random(0)
    part = Record(kind="none", size=None)
    value = Record(items=(Record(width=0, part=part),), depth=0)
    changed = [gene.mutate(value, rng) for _ in range(3000)]
    assert 650 < sum(c["depth"] != 0 for c in changed) < 850  # one of four
    assert 1400 < sum(c["items"][0]["part"]["kind"] == "on" for c in changed) < 1600
    fixed = Struct({"kind": Fixed("none"), "size": Conditional(Fixed(0.5), {"kind": "on"})})
    still = Struct(
        {
            "items": ListOf(Struct({"width": Choice(range(50)), "part": fixed}), 1, 1),
            "depth": Choice(range(50)),
        }
    )
    changed = [still.mutate(value, rng) for _ in range(3000)]
    assert 1400 < sum(c["depth"] != 0 for c in changed) < 1600
    assert all(c["items"][0]["part"] == part for c in changed)
    assert all(c != value for c in changed)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text()
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner).map(Record),
        max_leaves=12,
    )
)
def test_records_write_the_json_that_json_writes(value: object) -> None:
    expected = json.dumps(value, sort_keys=True, separators=(",", ":"))
    for _ in range(2):  # made, then remembered
        assert canonical(value) == expected


def test_what_a_record_remembers_is_no_part_of_it() -> None:
    record = Record(b=1, a=Record(c=2.5))
    before = pickle.dumps(record)
    assert record.canonical() == '{"a":{"c":2.5},"b":1}'
    assert pickle.dumps(record) == before
    assert record.replacing(b=2).canonical() == '{"a":{"c":2.5},"b":2}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        Record(a=float("nan")).canonical()


MOMENTUM = Conditional(Real(0.5, 0.99), {"optimizer": ["sgd", "nesterov"]})
OPTIMIZER = Struct({"optimizer": Choice(("sgd", "nesterov", "adam")), "momentum": MOMENTUM})


def test_a_conditional_gene_is_none_where_it_does_not_act_and_drawn_where_it_begins_to() -> None:
    rng = random.Random(0)
    value = OPTIMIZER.sample(rng)
    seen = set()
    for _ in range(200):
        value = OPTIMIZER.mutate(value, rng)
        seen.add(value["optimizer"])
        assert (value["momentum"] is None) == (value["optimizer"] == "adam")
        assert OPTIMIZER.check(value) == value
    assert seen == {"sgd", "nesterov", "adam"}


def test_crossover_keeps_the_value_of_the_parent_in_which_the_gene_acts() -> None:
    rng = random.Random(0)
    a, b = Record(optimizer="sgd", momentum=0.9), Record(optimizer="adam", momentum=None)
    children = {OPTIMIZER.crossover(a, b, rng) for _ in range(40)}
    assert children == {a, b}


def test_mutation_passes_over_a_gene_that_does_not_act() -> None:
    rng = random.Random(0)
    value = Record(optimizer="adam", momentum=None)
    assert all(OPTIMIZER.mutate(value, rng)["optimizer"] != "adam" for _ in range(20))


def test_overriding_empties_what_no_longer_acts_and_keeps_what_is_fixed() -> None:
    rate = Conditional(Real(0.0, 1.0), {"kind": "b"})
    struct = Struct({"kind": Choice(("a", "b")), "rate": rate, "width": Integer(1, 9)})
    value = Record(kind="b", rate=0.5, width=3)
    plain = struct.overriding(value, {"kind": "a", "width": 99})
    assert plain == Record(kind="a", rate=None, width=3)
    assert struct.check(plain) == plain
    pinned = Struct({"kind": Fixed("b"), "rate": rate, "width": Integer(1, 9)})
    assert pinned.overriding(value, {"kind": "a", "width": 4}) == value.replacing(width=4)


def test_conditions_chain() -> None:
    chained = Struct(
        {
            "a": Choice((True, False)),
            "b": Conditional(Choice((1, 2)), {"a": True}),
            "c": Conditional(Struct({"d": Real(0.0, 1.0)}), {"b": 2}),
        }
    )
    rng = random.Random(1)
    values = [chained.sample(rng) for _ in range(60)]
    assert {(v["a"], v["b"], v["c"] is not None) for v in values} == {
        (False, None, False),
        (True, 1, False),
        (True, 2, True),
    }


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Record(optimizer="adam", momentum=0.9), "expected None, for it does not act here"),
        (Record(optimizer="sgd", momentum=None), "expected a value, for it acts here"),
        (Record(optimizer="sgd", momentum=2.0), r"momentum: received 2\.0"),
    ],
)
def test_check_compares_a_conditional_gene_with_its_condition(value: Record, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        OPTIMIZER.check(value)


def test_overriding_leaves_no_value_where_a_gene_no_longer_acts() -> None:
    drawn = Record(optimizer="sgd", momentum=0.6)
    assert OPTIMIZER.overriding(drawn, {"optimizer": "nesterov"})["momentum"] == 0.6
    changed = OPTIMIZER.overriding(drawn, {"optimizer": "adam", "momentum": 0.9})
    assert changed == Record(optimizer="adam", momentum=None)
    assert OPTIMIZER.check(changed) == changed


def test_a_condition_names_a_gene_that_comes_before() -> None:
    with pytest.raises(ValueError, match="momentum depends on optimizer; expected a gene that"):
        Struct({"momentum": MOMENTUM, "optimizer": Choice(("sgd", "adam"))})


def test_options_given_as_lists_are_frozen() -> None:
    assert Choice([[3, 3], [5, 5]]).options == ((3, 3), (5, 5))
    assert Choice([[3, 3]]).check((3, 3)) == (3, 3)


def test_overriding_keeps_conditional_genes_in_step() -> None:
    struct = Struct(
        {
            "kind": Choice(("a", "b")),
            "of_a": Conditional(Integer(1, 9), when={"kind": "a"}),
            "of_b": Conditional(Integer(1, 9), when={"kind": "b"}),
        }
    )
    drawn = Record(kind="b", of_a=None, of_b=4)
    wished = struct.overriding(drawn, {"kind": "a", "of_a": 7})
    assert wished == Record(kind="a", of_a=7, of_b=None)
    unsaid = struct.overriding(drawn, {"kind": "a"})
    assert struct.check(unsaid) == unsaid == struct.overriding(drawn, {"kind": "a"})
    fixed = Struct({**struct.fields, "kind": Fixed("b")})
    assert fixed.overriding(drawn, {"kind": "a", "of_a": 7}) == drawn  # pinned: nothing changes


@dataclass(frozen=True)
class Follower:
    """A gene that becomes what its sibling is."""

    said: int = 0

    def beside(self, siblings):
        return Follower(siblings["leader"])

    def sample(self, rng):
        return 0

    def mutate(self, value, rng):
        return self.said

    def crossover(self, a, b, rng):
        return a

    def check(self, value):
        return value


def test_a_gene_may_vary_by_what_its_siblings_are():
    struct = Struct({"leader": Fixed(7), "follower": Follower()})
    assert struct.mutate(Record(leader=7, follower=0), random.Random(0))["follower"] == 7
