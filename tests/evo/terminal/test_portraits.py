"""How genes are written for people: what does not act is left out, courses are drawn."""

from __future__ import annotations

import random

from evo.text.gene_lines import gene_lines
from genomes.chromosomes.training_genes import genes
from genomes.genes.gene import Record, freeze


def test_genes_that_do_not_act_are_not_shown() -> None:
    shown = "\n".join(gene_lines("training", Record(optimizer="sgd", schedule_course=None)))
    assert shown == "\ntraining\n  optimizer            sgd"


def test_courses_are_drawn_and_written_out() -> None:
    terms = [
        {"function": "linear", "coefficient": 0.5, "shape": 0.0},
        {"function": "warm-up", "coefficient": 0.5, "shape": 0.25},
    ]
    values = freeze({"schedule_course": terms, "dropout_course": []})
    _, _, drawn, linear, warm_up, dropout = gene_lines("training", values)
    bars = "▁▇██▇▇▇▆▆▆▅▅▅▄▄▄▃▃▃▂▂▂▁▁"
    assert drawn == f"  schedule course      {bars} 0.00 at first, 0.00 at last"
    assert linear == f"{'':<23}0.5 linear 0"
    assert warm_up == f"{'':<23}0.5 warm-up 0.25"
    assert dropout == "  dropout course       constant"


def test_initial_weights_are_a_line_for_each_kind_of_layer() -> None:
    start = {"family": "orthogonal", "gain": 1.25, "spread": None}
    values = freeze({"initial_weights": {"convolution": start, "head": start}})
    _, _, first, second = gene_lines("training", values)
    assert first == "  initial weights      convolution  orthogonal 1.25"
    assert second == f"{'':<23}head         orthogonal 1.25"


def test_modules_are_a_line_each_without_genes_that_do_not_act() -> None:
    modules = [
        {"id": "babababa", "inputs": ["input"], "kind": "conv", "width": 8},
        {"id": "bebebebe", "inputs": ["input", "babababa"], "kind": "pooling", "width": None},
    ]
    assert gene_lines("architecture", freeze({"modules": modules})) == [
        "",
        "architecture",
        "  modules              babababa input conv 8",
        f"{'':<23}bebebebe input, babababa pooling",
    ]


def test_all_that_can_be_drawn_fits_a_screen() -> None:
    rng, gene = random.Random(0), genes((16, 32), ("none", "shift-erase"))
    for _ in range(200):
        lines = gene_lines("training", gene.sample(rng))
        assert max(map(len, lines)) <= 80
        assert "None" not in "".join(lines)
        assert "{" not in "".join(lines)


def test_genes_that_do_not_act_are_left_out() -> None:
    genes = Record(marks=("11",), apoptosis=False, apoptosis_rate=None, plasticity=0.25)
    assert gene_lines("epigenome", genes) == [
        "",
        "epigenome",
        "  apoptosis            no",
        "  plasticity           0.25",
    ]


def test_bred_functions_are_written_as_formulas() -> None:
    stage = Record(block="conv", activation=("max", "x", "mul", "x", 0.25))
    assert "conv max(x, x * 0.25)" in gene_lines("architecture", Record(stages=(stage,)))[-1]
