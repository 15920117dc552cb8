"""A user's space: what he may write, and the form in which he gets values back."""

from __future__ import annotations

import random

import pytest

from genomes.genes.gene import Choice, Conditional, Integer, ListOf, Real, Record, Struct
from genomes.genes.topology import Topology
from genomes.genes.user_space import flat_parameters, parameter_struct, thawed

SPACE = {
    "layers": ListOf({"width": Integer(1, 4)}, 1, 2),  # type: ignore[arg-type]
    "training": {"optimizer": Choice(["sgd", "adam"])},
    "kernel": Choice([[3, 3], [5, 5]]),
    "extra": Conditional(Choice([1, 2]), {"kernel": [(3, 3)]}),
}


def test_mappings_become_structs_at_any_depth() -> None:
    struct = parameter_struct(SPACE)
    assert struct.fields["training"] == Struct({"optimizer": Choice(["sgd", "adam"])})
    assert struct.fields["layers"] == ListOf(Struct({"width": Integer(1, 4)}), 1, 2)
    assert parameter_struct(struct) == struct


def test_values_come_back_as_fresh_dicts_and_lists_and_options_as_tuples() -> None:
    struct = parameter_struct(SPACE)
    value = struct.check(
        Record(
            layers=(Record(width=2),), training=Record(optimizer="sgd"), kernel=(5, 5), extra=None
        )
    )
    plain = thawed(struct, value)
    assert plain == {
        "layers": [{"width": 2}],
        "training": {"optimizer": "sgd"},
        "kernel": (5, 5),
        "extra": None,
    }
    plain["training"]["optimizer"] = "mine to change"
    assert value["training"]["optimizer"] == "sgd"


def test_every_draw_comes_back() -> None:
    struct = parameter_struct(SPACE)
    for seed in range(20):
        plain = thawed(struct, struct.sample(random.Random(seed)))
        assert (plain["extra"] is None) == (plain["kernel"] == (5, 5))


def test_flat_names_are_dotted() -> None:
    assert flat_parameters({"a": {"b": 1, "c": {"d": [2]}}, "e": 3}) == {
        "a.b": 1,
        "a.c.d": [2],
        "e": 3,
    }


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({}, "empty space"),
        ({"a": {"b": 3}}, r"parameter a\.b: received 3, expected a gene"),
        ({"a": Choice([len])}, "parameter a: received the option <built-in function len>"),
        ({"a": ListOf(Choice([object]), 1, 2)}, "parameter a: received the option <class"),
    ],
)
def test_what_is_no_gene_is_named(space: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parameter_struct(space)


def test_a_value_that_is_a_record_stays_in_one_piece() -> None:
    gene = Topology(2, 1)
    struct = parameter_struct({"network": gene, "inner": {"rate": Real(0.0, 1.0)}})
    value = struct.sample(random.Random(0))
    flat = flat_parameters(thawed(struct, value))
    assert flat == {"network": value["network"], "inner.rate": value["inner"]["rate"]}
    assert gene.check(flat["network"]) == value["network"]
