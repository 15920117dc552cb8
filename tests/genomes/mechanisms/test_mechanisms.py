"""Mechanisms: each can be switched off by pins that exist, and runs choose by name."""

from __future__ import annotations

import random

import pytest

from genomes.chromosomes.mechanism_registry import MECHANISMS, chosen, switching_off, usual
from genomes.chromosomes.space import network_space
from genomes.genes.genome import Space
from genomes.graph.interface import Interface


@pytest.fixture
def space() -> Space:
    return network_space(family="cnn", interface=Interface((1, 8, 8), 10))


@pytest.mark.parametrize("name", MECHANISMS.names())
def test_each_has_genes_that_switch_it_off(name: str, space: Space) -> None:
    module = MECHANISMS.load(name)
    assert isinstance(module.DEFAULT, bool)
    assert module.__doc__
    pins = module.OFF
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


def test_names_are_checked() -> None:
    assert chosen(["pruning", "marks", "pruning"]) == ("marks", "pruning")
    assert chosen(["none"]) == ()
    assert set(usual()) <= set(chosen(["all"]))
    with pytest.raises(ValueError, match=r"unknown mechanism 'prunning'. Did you mean 'pruning'"):
        chosen(["prunning"])
    with pytest.raises(ValueError, match="go alone"):
        chosen(["all", "pruning"])
