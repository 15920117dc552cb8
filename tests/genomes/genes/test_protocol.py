"""What holds for every kind of gene: its names can be pinned, its values fill its columns."""

from __future__ import annotations

import random

import pytest

from genomes.chromosomes import regulation_genes
from genomes.chromosomes.epigenome import Marks
from genomes.genes.activation_gene import ActivationGene
from genomes.genes.expression import Expression
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
    encode,
    names_of,
    pin,
)
from genomes.genes.module_graph import ModuleGraph
from genomes.genes.topology import Topology

STAGE = Struct({"width": Integer(1, 9), "shape": Choice(("a", "b", "c"))})
GENES: list[tuple[Gene, tuple[str, ...]]] = [
    (Choice((1, 2, 3)), ("",)),
    (Real(0.0, 1.0), ("",)),
    (Integer(1, 9, log=True), ("",)),
    (Fixed(3), ("",)),
    (ListOf(Real(0.0, 1.0), 1, 3), ("",)),
    (ListOf(STAGE, 1, 3), ("", "width", "shape")),
    (STAGE, ("width", "shape")),
    (Struct({"stages": ListOf(STAGE, 1, 2)}), ("stages", "stages.width", "stages.shape")),
    (ModuleGraph(STAGE, 4, 2, 3), ("", "width", "shape")),
    (ActivationGene(), ("",)),
    (Expression(("x",)), ("",)),
    (Topology(2, 1), ("",)),
    (Marks(2, 4), ("",)),
    (regulation_genes.genes(), ("",)),
]


@pytest.mark.parametrize(("gene", "names"), GENES)
def test_names_within_can_be_pinned(gene: Gene, names: tuple[str, ...]) -> None:
    assert names_of(gene) == names
    rng = random.Random(0)
    for name in names:
        path = tuple(filter(None, name.split(".")))
        value = {"width": 4, "shape": "b"}.get(name.split(".")[-1], gene.sample(rng))
        if name == "stages":
            value = value["stages"]
        pinned = pin(gene, path, value)
        pinned.check(pinned.sample(rng))
        assert len(encode(pinned).names) <= len(encode(gene).names)
    with pytest.raises(KeyError):
        pin(gene, ("nothing",), 1)


@pytest.mark.parametrize("gene", [gene for gene, _ in GENES])
def test_values_fill_the_columns_with_shares(gene: Gene) -> None:
    columns, rng = encode(gene), random.Random(1)
    assert len(set(columns.names)) == len(columns.names)
    value = gene.sample(rng)
    for _ in range(20):
        numbers = columns.write(value)
        assert len(numbers) == len(columns.names)
        assert all(0.0 <= number <= 1.0 for number in numbers)
        value = gene.mutate(value, rng)


def test_pins_reach_into_lists_graphs_and_conditions() -> None:
    lists = pin(ListOf(STAGE, 2, 2), ("width",), 5)
    assert [stage["width"] for stage in lists.sample(random.Random(0))] == [5, 5]
    graph = pin(ModuleGraph(STAGE, 4, 2, 3), ("shape",), "b")
    assert {module["shape"] for module in graph.sample(random.Random(0))} == {"b"}
    conditional = Conditional(STAGE, {"a": 1})
    assert names_of(conditional) == ("width", "shape")
    acts = pin(conditional, ("width",), 5)
    assert acts.sample(random.Random(0))["width"] == 5
    assert acts.check(None) is None
    wide = pin(Conditional(Integer(1, 9), {"a": 1}), (), 7)
    assert wide.sample(random.Random(0)) == 7


def test_a_list_is_pinned_whole_or_in_every_item() -> None:
    gene = ListOf(Integer(1, 9), 1, 3)
    assert pin(gene, (), (2, 3)) == Fixed((2, 3))
    assert pin(gene, (), 4) == ListOf(Fixed(4), 1, 3)
    with pytest.raises(ValueError, match="expected a whole number from 1 to 9"):
        pin(gene, (), 10)


def test_a_struct_is_pinned_gene_by_gene() -> None:
    with pytest.raises(KeyError):
        pin(STAGE, (), Record(width=1, shape="a"))
