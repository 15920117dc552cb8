"""The space of networks: five chromosomes, any genome of it decodes; contracts over families."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import replace

import pytest

from genomes.chromosomes.space import (
    FAMILIES,
    MAXIMUM_STAGES,
    bred_families,
    decode,
    given_weights,
    network_space,
    textbook,
)
from genomes.genes.gene import Record
from genomes.genes.genome import Genome, Space
from genomes.genes.registry import UnknownName
from genomes.graph.interface import Interface
from genomes.graph.normalization import Normalization
from tests.genomes.random_networks import interface_for, shape_for


def space(family: str = "cnn") -> Space:
    return network_space(
        family=family,
        interface=interface_for(family, shape_for(family)),
        augmentations=("none", "shift"),
        batch_sizes=(16, 32),
        juvenile_epochs=3,
    )


@pytest.mark.parametrize("family", bred_families())
def test_every_genome_of_a_family_survives_its_life_and_decodes(family: str) -> None:
    drawn, rng, shape = space(family), random.Random(0), shape_for(family)
    normalization = Normalization((8.0,) * shape[0], (4.0,) * shape[0])
    interface = interface_for(family, shape, normalization)
    assert list(drawn.chromosomes) == [
        "architecture", "epigenome", "pruning", "training", "predictor"
    ]  # fmt: skip
    parent = drawn.sample("a", "male", rng)
    for _ in range(40):
        other = drawn.sample("b", "male", rng)
        values = {}
        for name, gene in drawn.chromosomes.items():
            mixed = gene.crossover(parent.chromosomes[name], other.chromosomes[name], rng)
            values[name] = gene.mutate(mixed, rng)
        child = drawn.check(Genome("c", "male", type(parent.chromosomes)(values)))
        twin = Genome.from_json(json.loads(json.dumps(child.to_json())))
        assert twin == child
        spec = decode(child.expressed(), interface)
        assert spec == decode(twin.expressed(), interface)
        assert spec.outputs == interface.outputs
        assert len(spec.output.shape) == 1 + interface.per_position
        assert all(site.stage < MAXIMUM_STAGES for site in spec.sites)
        parent = child


def test_the_task_decides_on_batches_and_augmentations() -> None:
    training = space().chromosomes["training"].fields
    assert training["batch_size"].options == (16, 32)
    assert training["augmentation"].options == ("none", "shift")


def test_an_unknown_family_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="mean 'cnn'"):
        space("cnm")


def test_pins_reach_stages() -> None:
    pinned = space().pin({"architecture.stages.block": "separable", "training.optimizer": "adamw"})
    genome = pinned.sample("a", "male", random.Random(0))
    stages = genome.chromosomes["architecture"]["stages"]
    assert {stage["block"] for stage in stages} == {"separable"}
    assert genome.chromosomes["training"]["optimizer"] == "adamw"


def test_decoding_loads_neither_torch_nor_deap() -> None:
    code = (
        "import random, sys\n"
        "from genomes.architectures import cnn\nfrom genomes.genes.gene import Record\n"
        "from genomes.chromosomes.space import decode\n"
        "from genomes.graph.interface import Interface\n"
        "interface = Interface((1, 8, 8), 10)\n"
        "value = cnn.genes(interface).sample(random.Random(0))\n"
        "decode(Record(architecture=value), interface).flops()\n"
        "print([m for m in ('torch', 'deap', 'ray') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize(
    ("family", "shape"),
    [("cnn", (1, 8, 8)), ("cnn1d", (2, 24)), ("modular", (1, 8, 8)), ("mlp", (13,))],
)
def test_textbook_networks_are_plain_and_keep_what_is_pinned(
    family: str, shape: tuple[int, ...], number: int
) -> None:
    bred = network_space(family=family, interface=Interface(shape, 10))
    drawn = bred.sample("m", "male", random.Random(number))
    plain = textbook(number, drawn.chromosomes, bred)
    bred.check(replace(drawn, chromosomes=plain))
    assert set(plain["pruning"]["final_sparsity"]) == {0.0}
    assert set("".join(plain["epigenome"]["marks"])) == {"1"}
    assert plain["training"]["optimizer"] == ("adamw" if family == "mlp" else "sgd")
    pinned = bred.pin({"training.optimizer": "nadam"})
    drawn = pinned.sample("m", "male", random.Random(number))
    assert textbook(number, drawn.chromosomes, pinned)["training"]["optimizer"] == "nadam"


def test_textbook_networks_differ_and_start_again() -> None:
    bred = network_space(family="cnn", interface=Interface((1, 8, 8), 10))
    drawn = bred.sample("m", "male", random.Random(0)).chromosomes
    plain = [textbook(number, drawn, bred)["architecture"] for number in range(5)]
    assert plain[4] == plain[0]
    assert len(set(plain)) == 4


def test_weights_are_stated_by_families_whose_weights_evolve() -> None:
    genes = FAMILIES.load("neat").genes(Interface((2,), 2))
    drawn = genes.sample(random.Random(0))
    given = given_weights(
        Record(architecture=drawn.replacing(weights="evolved")), Interface((2,), 2)
    )
    assert given is not None
    assert {name: len(numbers) for name, numbers in given["logits"].items()} == {
        "weight": 4,
        "bias": 2,
    }
    trained = Record(architecture=drawn.replacing(weights="trained"))
    assert given_weights(trained, Interface((2,), 2)) is None
    plain = FAMILIES.load("mlp").genes(Interface((2,), 2)).sample(random.Random(0))
    assert given_weights(Record(architecture=plain), Interface((2,), 2)) is None
