import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from genomes.chromosomes import pruning_genes
from genomes.chromosomes.epigenome import Marks
from genomes.chromosomes.space import network_space
from genomes.genes.activation import ACTIVATIONS
from genomes.genes.activation_gene import ActivationGene
from genomes.genes.encoding import Encoding, genes_shown
from genomes.genes.expression import Expression
from genomes.genes.gene import Choice, Conditional, Fixed, Integer, ListOf, Real, Record, Struct
from genomes.genes.topology import Topology
from tests.genomes.random_networks import interface_for, shape_for


def encoded(gene, value):
    encoding = Encoding(Struct({"g": gene}))
    vector = encoding.vector(Record(g=value))
    assert vector.shape == (len(encoding.names),)
    return dict(zip(encoding.names, vector.tolist(), strict=True))


def test_choices():
    assert encoded(Choice((True, False)), False) == {"g=False": 1.0}
    assert encoded(Choice(("a", "b")), "a") == {"g=b": 0.0}
    assert encoded(Choice(tuple("abc")), "b") == {"g=a": 0.0, "g=b": 1.0, "g=c": 0.0}
    sizes = encoded(Choice((0, 64, 16)), 16)
    assert sizes == {"g=0": 0.0, "g=64": 0.0, "g=16": 1.0, "g.rank": 0.5}
    assert encoded(Choice(("only",)), "only") == {}


def test_an_option_of_a_wider_space_is_all_zeros():
    assert set(encoded(Choice(tuple("abc")), "d").values()) == {0.0}


def test_numbers_are_positions_in_their_range_and_squared_distances_from_its_middle():
    assert encoded(Real(1.0, 3.0), 1.5) == {"g": 0.25, "g.square": 0.25}
    assert encoded(Real(1.0, 3.0), 3.0) == {"g": 1.0, "g.square": 1.0}
    assert encoded(Integer(2, 6), 4) == {"g": 0.5, "g.square": 0.0}
    np.testing.assert_allclose(encoded(Real(1e-4, 1.0, log=True), 1e-3)["g"], 0.25)
    assert encoded(Integer(4, 4), 4) == {}


def test_fixed_is_nothing():
    assert encoded(Fixed(3), 3) == {}
    assert encoded(ListOf(Fixed(3), 2, 2), (3, 3)) == {}


def test_lists_have_length_presence_items_and_mean():
    gene = ListOf(Struct({"w": Real(0.0, 1.0)}), 1, 3)
    assert encoded(gene, (Record(w=0.25), Record(w=0.75))) == {
        "g.length": 0.5,
        "g.0.present": 1.0,
        "g.0.w": 0.25,
        "g.0.w.square": 0.25,
        "g.1.present": 1.0,
        "g.1.w": 0.75,
        "g.1.w.square": 0.25,
        "g.2.present": 0.0,
        "g.2.w": 0.0,
        "g.2.w.square": 0.0,
        "g.mean.w": 0.5,
        "g.mean.w.square": 0.25,
    }


def test_lists_of_fixed_length_need_neither_and_items_beyond_the_fourth_only_count_in_the_mean():
    values = encoded(ListOf(Choice(("a", "b")), 6, 6), ("a", "a", "a", "a", "b", "a"))
    assert list(values) == ["g.0=b", "g.1=b", "g.2=b", "g.3=b", "g.mean=b"]
    np.testing.assert_allclose(list(values.values()), [0.0, 0.0, 0.0, 0.0, 1 / 6])


def test_an_empty_list_is_zeros():
    values = encoded(ListOf(Choice(tuple("abc")), 0, 2), ())
    assert len(values) == 1 + 2 * 4 + 3
    assert set(values.values()) == {0.0}


def test_formulas_count_nodes():
    assert encoded(Expression(("x",), maximum_nodes=10), ("neg", "x")) == {"g.nodes": 0.2}


class Strange:
    def __init__(self, value):
        self.value = value

    def sample(self, rng):
        return self.value


def test_unknown_genes_are_read_by_their_values():
    assert encoded(Strange(7.0), 3) == {"g": 3.0}
    assert encoded(Strange("text"), "other") == {}


def test_marks_are_seen_by_the_share_that_is_on():
    assert encoded(Marks(2, 2), ("10", "11")) == {"g.0.on": 0.5, "g.1.on": 1.0}


def test_nested_names_are_dotted():
    gene = Struct({"inner": Struct({"rate": Real(0.0, 2.0)})})
    assert encoded(gene, Record(inner=Record(rate=1.0))) == {
        "g.inner.rate": 0.5,
        "g.inner.rate.square": 0.0,
    }


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32), st.sampled_from(["cnn", "cnn1d", "mlp", "neat", "transformer", "gru"])
)
def test_every_genome_of_a_network_space_has_a_finite_vector_of_one_length(seed, family):
    space = network_space(family=family, interface=interface_for(family, shape_for(family)))
    encoding = Encoding(Struct(space.chromosomes))
    rng = random.Random(seed)
    for _ in range(3):
        vector = encoding.vector(space.sample("a", "male", rng).chromosomes)
        assert vector.shape == (len(encoding.names),)
        assert np.isfinite(vector).all()
        assert vector.min() >= 0.0
        assert vector.max() <= 1.0
    assert len(set(encoding.names)) == len(encoding.names)


def test_a_conditional_gene_tells_whether_it_acts():
    gene = Struct({"a": Choice((1, 2)), "b": Conditional(Real(0.0, 1.0), {"a": 1})})
    encoding = Encoding(gene)
    assert encoding.names == ("a=2", "b.active", "b", "b.square")
    assert encoding.vector(Record(a=1, b=0.25)).tolist() == [0.0, 1.0, 0.25, 0.25]
    assert encoding.vector(Record(a=2, b=None)).tolist() == [1.0, 0.0, 0.0, 0.0]


def test_a_conditional_gene_that_pins_keep_from_acting_is_nothing():
    b = Conditional(Real(0.0, 1.0), {"a": 1})
    assert Encoding(Struct({"a": Fixed(2), "b": b})).names == ()
    assert Encoding(Struct({"a": Fixed(1), "b": b})).names == ("b.active", "b", "b.square")
    nested = ListOf(Struct({"a": Fixed(2), "b": b, "c": Choice((1, 2))}), 1, 1)
    assert list(encoded(nested, (Record(a=2, b=None, c=2),))) == ["g.0.c=2", "g.mean.c=2"]


def test_a_regulatory_network_is_seen_only_as_acting_or_not():
    names = Encoding(pruning_genes.genes()).names
    assert [name for name in names if name.startswith("regulation")] == ["regulation.active"]


def test_activation_functions_are_seen_by_name_size_and_values():
    relu = encoded(ActivationGene(), "relu")
    assert list(relu) == [
        "g=relu", "g=gelu", "g=silu", "g=tanh", "g=elu", "g.nodes",
        "g(-3)", "g(-1)", "g(0)", "g(1)", "g(3)",
    ]  # fmt: skip
    assert relu["g=relu"] == 1.0
    np.testing.assert_allclose(relu["g.nodes"], 0.2)
    np.testing.assert_allclose(relu["g(3)"], 0.5 + 0.5 * np.tanh(1.5))
    bred = encoded(ActivationGene(), ("mul", "x", -1.5))
    assert {bred[f"g={name}"] for name in ACTIVATIONS} == {0.0}
    np.testing.assert_allclose(bred["g(-1)"], 0.5 + 0.5 * np.tanh(0.75))
    assert bred["g(0)"] == relu["g(0)"] == 0.5


def test_without_bred_functions_columns_are_those_of_a_choice():
    pinned = ActivationGene().pinned(ACTIVATIONS)
    assert encoded(pinned, "tanh") == encoded(Choice(ACTIVATIONS), "tanh")
    assert encoded(ActivationGene().pinned(("tanh", "x")), "tanh") == {}


def test_a_gene_may_tell_its_numbers():
    gene = Topology(2, 1)
    value = gene.sample(random.Random(0))
    assert encoded(gene, value) == {
        "g.neurons": 0.0, "g.connections": 0.5, "g.depth": 0.2,
    }  # fmt: skip


def test_genes_have_names_as_pins_do_and_columns_show_them():
    item = Struct({"width": Integer(1, 4), "kind": Choice(tuple("abc"))})
    struct = Struct({"stages": ListOf(item, 1, 2), "rate": Real(0.0, 1.0), "off": Fixed(1)})
    encoding = Encoding(struct)
    assert encoding.genes == ("stages", "stages.width", "stages.kind", "rate")
    showing = [name for name in encoding.names if "stages.width" in genes_shown(name)]
    assert showing == [
        f"stages.{place}.width{what}" for place in (0, 1, "mean") for what in ("", ".square")
    ]
    assert "rate" in genes_shown("rate.square")
    assert "rate" not in genes_shown("rate_of_decay")
