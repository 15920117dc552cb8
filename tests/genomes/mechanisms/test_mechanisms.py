"""Mechanisms: each can be switched off by pins that exist, and runs choose by name."""

from __future__ import annotations

import random

import pytest

from genomes.genome import Space
from genomes.mechanisms import MECHANISMS, chosen, spelled_out, switching_off, usual
from genomes.space import network_space


@pytest.fixture
def space() -> Space:
    return network_space(family="cnn", input_shape=(1, 8, 8), classes=10)


@pytest.mark.parametrize("name", MECHANISMS.names())
def test_each_has_genes_that_switch_it_off(name: str, space: Space) -> None:
    module = MECHANISMS.load(name)
    assert isinstance(module.DEFAULT, bool)
    assert module.__doc__
    pins = spelled_out(module.OFF, space.gene_names())
    assert pins
    pinned = space.pin(pins)
    genome = pinned.sample("m", "male", random.Random(1))
    pinned.check(genome)
    space.check(genome)  # what is switched off is a value of the open space as well


def test_switching_off_pins_all_but_the_chosen() -> None:
    assert "pruning.final_sparsity" in switching_off(["marks"])
    assert not any(gene.startswith("epigenome.marks") for gene in switching_off(["marks"]))
    assert switching_off(["all"]) == {}
    assert set(switching_off(["none"])) >= {"pruning.final_sparsity", "epigenome.plasticity"}


def test_patterns_are_spelled_out_as_families_name_their_parts() -> None:
    names = ["a.stages.width", "a.layers.width", "a.depth", "b.width"]
    assert spelled_out({"a.*.width": 3, "b.width": 1, "c.*.width": 2}, names) == {
        "a.stages.width": 3, "a.layers.width": 3, "b.width": 1,
    }  # fmt: skip
    assert spelled_out({"c.width": 2}, names) == {"c.width": 2}  # for `pin` to complain of


def test_names_are_checked() -> None:
    assert chosen(["pruning", "marks", "pruning"]) == ("marks", "pruning")
    assert chosen(["none"]) == ()
    assert set(usual()) <= set(chosen(["all"]))
    with pytest.raises(ValueError, match=r"unknown mechanism 'prunning'. Did you mean 'pruning'"):
        chosen(["prunning"])
    with pytest.raises(ValueError, match="go alone"):
        chosen(["all", "pruning"])
