from __future__ import annotations

from evo.lineage.changes import (
    Change,
    changes,
    differing_signs,
    dominant_parent,
    gene_count,
    written,
)
from genomes.genes.gene import freeze
from genomes.genes.genome import Genome


def male(name: str, **chromosomes: object) -> Genome:
    return Genome(name, "male", freeze(chromosomes))


def test_a_son_takes_after_his_father_and_a_daughter_after_her_mother() -> None:
    assert dominant_parent("male", ("mother", "father")) == "father"
    assert dominant_parent("female", ("mother", "father")) == "mother"
    assert dominant_parent("male", ("only",)) == "only"
    assert dominant_parent("male", ()) is None


def test_genes_are_told_by_where_they_come_from() -> None:
    mother = male("f", training={"rate": 0.3, "optimizer": "sgd", "decay": 0.0})
    father = male("m", training={"rate": 0.1, "optimizer": "adamw", "decay": 0.0})
    child = male("c", training={"rate": 0.2, "optimizer": "sgd", "decay": 0.0})
    assert changes(child, father, mother) == [
        Change("training.rate", "0.1", "0.2", "new"),
        Change("training.optimizer", "adamw", "sgd", "other"),
    ]
    assert gene_count(child) == 3
    assert changes(child, child, None) == []
    assert [c.source for c in changes(child, father, None)] == ["new", "new"]


def test_lists_are_compared_item_by_item_if_they_are_as_long() -> None:
    father = male("m", architecture={"stages": [{"width": 8, "kernel": 3}, {"width": 16}]})
    mother = male("f", architecture={"stages": [{"width": 8, "kernel": 5}]})
    mutant = male("c", architecture={"stages": [{"width": 8, "kernel": 5}, {"width": 24}]})
    assert changes(mutant, father, mother) == [
        Change("architecture.stages.0.kernel", "3", "5", "new"),  # hers is no list like his
        Change("architecture.stages.1.width", "16", "24", "new"),
    ]
    assert gene_count(mutant) == 3
    sparsity = male("m", pruning={"final": [0.5, 0.25, 1]})
    changed = male("c", pruning={"final": [0.5, 0.75, 1]})
    assert changes(changed, sparsity, None) == [Change("pruning.final.1", "0.25", "0.75", "new")]
    assert gene_count(changed) == 3
    shorter = male("c", architecture={"stages": [{"width": 8, "kernel": 5}]})
    assert changes(shorter, father, mother) == [
        Change("architecture.stages", "2 items", "1 item", "other")
    ]


def test_modules_are_compared_by_their_ids() -> None:
    def graph(*modules: tuple[str, str, int]) -> dict[str, object]:
        return {"modules": [{"id": i, "kind": kind, "width": width} for i, kind, width in modules]}

    father = male("m", architecture=graph(("a", "conv", 8), ("b", "dense", 4)))
    mother = male("f", architecture=graph(("a", "conv", 6), ("c", "conv", 8)))
    child = male("c", architecture=graph(("c", "conv", 8), ("a", "conv", 6), ("d", "excite", 2)))
    assert changes(child, father, mother) == [
        Change("architecture.modules.a.width", "8", "6", "other"),
        Change("architecture.modules.b", "dense", "none", "other"),
        Change("architecture.modules.c", "none", "conv", "other"),
        Change("architecture.modules.d", "none", "excite", "new"),
    ]


def test_what_is_only_carried_is_left_out() -> None:
    father = male("m", training={"rate": 0.1}, predictor={"kind": "ridge"})
    child = male("c", training={"rate": 0.1}, predictor={"kind": "forest"})
    assert changes(child, father, None) == []
    daughter = Genome("d", "female", child.chromosomes)
    assert changes(daughter, father, None) == [Change("predictor.kind", "ridge", "forest", "new")]


def test_a_gene_that_begins_to_act_is_new() -> None:
    father = male("m", pruning={"regulation": None, "rate": 0.1})
    child = male("c", pruning={"regulation": {"basal": 1, "decay": 2}, "rate": 0.1})
    assert changes(child, father, None) == [Change("pruning.regulation", "none", "2 genes", "new")]


def test_marks_are_one_gene_whose_signs_are_counted() -> None:
    father = male("m", epigenome={"marks": ["1110", "11"]})
    child = male("c", epigenome={"marks": ["1101", "11"]})
    assert changes(child, father, None) == [
        Change("epigenome.marks", "5 of 6 open", "5 of 6 open, 2 changed", "new")
    ]
    assert gene_count(child) == 1


def test_formulas_are_one_gene() -> None:
    father = male("m", predictor={"juvenile_expression": ["add", "loss", 0.5]})
    child = male("c", predictor={"juvenile_expression": ["add", "loss", 1.5]})
    daughter = Genome("d", "female", child.chromosomes)
    assert changes(daughter, father, None) == [
        Change("predictor.juvenile_expression", "loss + 0.5", "loss + 1.5", "new")
    ]


def test_a_bred_activation_function_is_one_gene() -> None:
    father = male("m", architecture={"stages": [{"activation": "relu"}]})
    child = male("c", architecture={"stages": [{"activation": ["max", "x", "mul", "x", 0.5]}]})
    gene = "architecture.stages.0.activation"
    assert changes(child, father, None) == [Change(gene, "relu", "max(x, x * 0.5)", "new")]
    assert changes(father, child, None) == [Change(gene, "max(x, x * 0.5)", "relu", "new")]


def test_a_gene_that_ceases_to_act_is_new_unless_the_other_had_none() -> None:
    father = male("m", pruning={"rate": 0.1})
    child = male("c", pruning={"rate": None})
    for other, source in ((None, "new"), (father, "new"), (child, "other")):
        assert changes(child, father, other) == [Change("pruning.rate", "0.1", "none", source)]


def test_values_are_written_in_few_characters() -> None:
    assert written("x", 0.123456) == "0.1235"
    assert written("x", True) == "yes"
    assert written("x", ()) == "0 items"
    assert written("x", (0.5, 1.0)) == "0.5, 1"
    assert written("predictor.juvenile_expression", ("add", "metric_last", 0.5)) == (
        "metric_last + 0.5"
    )
    assert written("epigenome.marks", ("1101", "11")) == "5 of 6 open"
    assert written("x", "a" * 40) == "a" * 27 + "…"


def test_signs_are_counted_between_networks_of_one_size() -> None:
    assert differing_signs(("1101", "11"), ("1011", "10")) == 3
    assert differing_signs(("11",), ("111",)) is None


def test_a_list_of_tuples_is_told_by_its_length() -> None:
    assert written("connections", (("i0", "o0", 1.0, True), ("b", "o0", 1.0, True))) == "2 items"
