"""A space as data: what a config holds reads back to an equal one, whatever its genes are."""

from __future__ import annotations

import random
import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

import evo
from evo.settings.space_data import space_from_data, space_in_words, space_to_data
from genomes.genes.gene import Choice, Fixed, Gene, Integer, ListOf, Real, Struct
from genomes.genes.topology import Topology
from genomes.genes.user_space import parameter_struct

texts = st.text(st.characters(codec=None), max_size=6)  # lone surrogates among them
single = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
plain = st.recursive(
    single,
    lambda inner: st.tuples(inner, inner) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
names = st.text("abkgeint_j. ", min_size=1, max_size=5).filter(str.strip)
choices = st.lists(plain, min_size=1, max_size=4)
simple = st.one_of(
    st.builds(lambda low, span, log: Integer(low, low + span, log=log),
              st.integers(1, 10**9), st.integers(0, 10**9), st.booleans()),
    st.builds(lambda low, span, log, skew: Real(low, low + span, log=log, skew=skew),
              st.floats(1e-6, 1e6), st.floats(1, 1e9), st.booleans(), st.sampled_from([1.0, 2.5])),
    st.builds(Choice, choices),
    st.builds(lambda options: Choice(options, [0.1 + i for i in range(len(options))]), choices),
    st.builds(Fixed, st.none() | st.integers() | st.text("ab")),
    st.builds(Topology, st.integers(1, 3), st.integers(1, 2), st.just(("tanh", "relu")),
              st.sampled_from([0.5, 1.0])),
)  # fmt: skip


def grouped(genes: st.SearchStrategy[Gene]) -> st.SearchStrategy[Gene]:
    return st.one_of(
        st.builds(Struct, st.dictionaries(names, genes, max_size=3)),
        st.builds(ListOf, genes, st.integers(0, 2), st.integers(2, 4)),
    )


@given(fields=st.dictionaries(names, st.recursive(simple, grouped, max_leaves=5), min_size=1))
def test_a_space_survives_the_file(fields: dict[str, Gene]) -> None:
    space = Struct(fields)
    read = space_from_data(tomllib.loads(tomli_w.dumps({"space": space_to_data(space)}))["space"])
    assert read == space
    assert list(read.fields) == list(space.fields)  # in the order in which values are drawn
    assert read.sample(random.Random(0)) == space.sample(random.Random(0))


def test_conditions_and_what_toml_has_no_word_for_survive_too() -> None:
    space = parameter_struct(
        {
            "optimizer": evo.Choice([None, "sgd", True, 1, ("a", None)]),
            "momentum": evo.Conditional(evo.Real(0.5, 0.9), when={"optimizer": [None, "sgd"]}),
            "group": {"kind": evo.Integer(1, 2), "none": {}},
            "graph": evo.Topology(2, 1),
        }
    )
    data = tomllib.loads(tomli_w.dumps(space_to_data(space)))
    assert space_from_data(data) == space
    assert data["optimizer"]["options_json"] == '[null, "sgd", true, 1, ["a", null]]'
    kinds = [type(option) for option in space_from_data(data).fields["optimizer"].options]
    assert kinds == [type(None), str, bool, int, tuple]
    assert space_in_words(data) == {name: repr(gene) for name, gene in space.fields.items()}


class Mine(Integer):
    """A gene of a user's own."""


def test_a_gene_of_ones_own_class_is_described_and_not_read() -> None:
    data = space_to_data(Struct({"group": Struct({"x": Mine(1, 2)})}))
    assert data["group"]["fields"]["x"]["kind"] == "own"
    with pytest.raises(
        evo.BadInput, match=r"space\.group\.x: Mine.* is a gene of a class of your"
    ):
        space_from_data(data)
    assert space_in_words({"x": data["group"]["fields"]["x"], "y": "Integer(1, 2)"}) == {
        "x": "Mine(low=1, high=2, log=False)",
        "y": "Integer(1, 2)",
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], r"space: received \[\], expected a table of genes"),
        ({"x": 1}, r"space\.x: received 1, expected a table with the gene's kind"),
        ({"x": {"kind": "intger"}}, r"space\.x: unknown kind of gene 'intger'. Did you mean 'int"),
        ({"x": {"kind": "integer", "low": 3}}, r"space\.x: .*missing 1 required .*'high'"),
        ({"x": {"kind": "integer", "low": 3, "high": 1}}, r"space\.x: received low=3, high=1"),
        ({"x": {"kind": "choice", "options_json": "[nul]"}}, r"space\.x: Expecting value"),
        ({"g": {"kind": "group", "fields": {"x": {}}}}, r"space\.g\.x: unknown kind"),
    ],
)
def test_data_that_are_no_space_are_told(data: Any, message: str) -> None:
    with pytest.raises(evo.BadInput, match=message):
        space_from_data(data)
