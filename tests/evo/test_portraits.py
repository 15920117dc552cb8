"""Individuals as text: what mechanisms left, and genes that do not act."""

from __future__ import annotations

from evo.cli.portraits import _genes, _life
from fitness.evaluation import Epoch, Evaluation
from genomes.gene import Record


def test_genes_that_do_not_act_are_left_out() -> None:
    genes = Record(marks=("11",), apoptosis=False, apoptosis_rate=None, plasticity=0.25)
    assert _genes("epigenome", genes) == [
        "",
        "epigenome",
        "  apoptosis            no",
        "  plasticity           0.25",
    ]


def test_the_last_traces_of_mechanisms_are_told_within_the_width() -> None:
    traces = {f"units_{name}": 0.25 for name in ("healthy", "redundant", "harmful", "dead")}
    curve = (Epoch(1, 2.0, 2.0, 0.1, 1.0, 1.0), Epoch(2, 1.0, 1.0, 0.5, 1.0, 0.9, traces))
    lines = _life([Evaluation("k-0002", "g", "k", 0, 2, "ok", curve=curve)])
    assert lines[3:] == [
        "  in the last epoch: units healthy 0.25, units redundant 0.25, units harmful",
        "    0.25, units dead 0.25",
    ]
    before = Evaluation("k-0001", "g", "k", 0, 1, "ok", curve=curve[:1])
    assert not any("in the last epoch" in line for line in _life([before]))
