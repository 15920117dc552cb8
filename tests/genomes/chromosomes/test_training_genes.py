"""The training chromosome."""

from __future__ import annotations

import random

import pytest

from genomes.chromosomes.mechanism_registry import switching_off
from genomes.chromosomes.space import network_space
from genomes.chromosomes.training_genes import INITIALISATIONS, OPTIMIZERS, SCHEDULES, genes
from genomes.genes.encoding import Encoding
from genomes.graph.interface import Interface


def test_values_are_drawn_from_what_the_task_offers() -> None:
    rng = random.Random(0)
    gene = genes((16, 64), ("none",))
    values = [gene.sample(rng) for _ in range(60)]
    assert {value["batch_size"] for value in values} == {16, 64}
    assert {value["augmentation"] for value in values} == {"none"}
    assert {value["optimizer"] for value in values} == set(OPTIMIZERS)
    assert all(1e-3 <= value["learning_rate"] <= 0.3 for value in values)


def test_other_values_are_refused() -> None:
    gene = genes((16,), ("none",))
    value = gene.sample(random.Random(0))
    with pytest.raises(ValueError, match="batch_size: received 17, expected one of 16"):
        gene.check(value.replacing(batch_size=17))


def test_genes_of_what_is_off_do_not_act() -> None:
    rng, gene = random.Random(1), genes((16,), ("none", "shift"))
    for value in (gene.sample(rng) for _ in range(80)):
        assert (value["schedule_course"] is None) == (value["schedule"] != "bred")
        assert (value["batch_course"] is None) == (value["batch_halvings"] == 0)
        assert (value["augmentation_course"] is None) == (value["augmentation"] == "none")
        assert (value["initial_weights"] is None) == (value["initialisation"] != "layerwise")
        assert gene.check(value) == value


def test_without_mechanisms_training_is_as_it_was_and_costs_the_predictors_nothing() -> None:
    open_space = network_space(family="cnn", interface=Interface((1, 8, 8), 10))
    plain = open_space.pin(switching_off(["none"]))
    rng = random.Random(0)
    for _ in range(40):
        value = plain.sample("m", "male", rng).chromosomes["training"]
        assert value["schedule"] in SCHEDULES
        assert value["initialisation"] in INITIALISATIONS
        assert value["optimizer"] in ("sgd", "adamw")
        assert value["batch_halvings"] == 0
        assert not value["weight_decay_course"]
        assert not value["dropout_course"]
        assert not value["augmentation_course"]
    names = Encoding(plain.chromosomes["training"]).names
    assert not [name for name in names if "course" in name and not name.endswith(".active")]


def test_mechanisms_are_switched_one_by_one() -> None:
    open_space = network_space(family="cnn", interface=Interface((1, 8, 8), 10))
    bred = open_space.pin(switching_off(["bred-schedule", "dropout-course"]))
    rng = random.Random(0)
    values = [bred.sample("m", "male", rng).chromosomes["training"] for _ in range(60)]
    assert {value["schedule"] for value in values} == {*SCHEDULES, "bred"}
    assert {len(value["dropout_course"]) for value in values} == {0, 1, 2}
    assert {value["batch_halvings"] for value in values} == {0}
    assert "layerwise" not in {value["initialisation"] for value in values}
