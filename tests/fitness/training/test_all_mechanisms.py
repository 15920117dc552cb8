"""All mechanisms at once, as they are drawn: nobody fails, and parts equal one training."""

from __future__ import annotations

import random

import pytest

from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.inheritance import Inheritance
from fitness.training.numerics import Numerics
from fitness.training.sample_batch import PROXIES
from genomes.chromosomes.space import network_space
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from tests.fitness.tiny import CLASSES, SIDE, job

LARGEST = 30_000  # parameters, so that it takes no time


@pytest.fixture(scope="module")
def bench() -> NetworkEvaluator:
    names = tuple(PROXIES.names())
    return NetworkEvaluator(TaskReference("tests.fitness.tiny:make_task"), Numerics(), names)


def drawn(bench: NetworkEvaluator, family: str, rng: random.Random, **epigenome: object) -> Record:
    """Draw the expressed chromosomes of a small network from the whole space."""
    space = network_space(
        family=family,
        interface=Interface((1, SIDE, SIDE), CLASSES),
        augmentations=("none", "shift", "erase"),
        batch_sizes=(8, 16),
        proxies=bench.proxies,
    ).pin({f"epigenome.{name}": value for name, value in epigenome.items()})
    while True:
        genes = space.sample("m", "male", rng).expressed()
        if bench.spec(genes).dense_parameters() <= LARGEST:
            return genes


@pytest.mark.parametrize("family", ["cnn", "modular"])
@pytest.mark.parametrize("gate", ["none", "contextual"])
@pytest.mark.parametrize("apoptosis", [False, True])
@pytest.mark.parametrize("number", range(3))
def test_fathers_and_sons_of_any_mechanisms_train_in_parts_as_at_once(
    bench: NetworkEvaluator, family: str, gate: str, apoptosis: bool, number: int
) -> None:
    rng = random.Random(f"{gate}/{apoptosis}/{number}")
    father = drawn(bench, family, rng)
    son = drawn(bench, family, rng, gate=gate, apoptosis=apoptosis)
    trained = bench.evaluate(job(father, to_epoch=2, adult_epochs=2))
    assert trained.status in ("ok", "diverged"), trained.reason
    given = {}
    if trained.checkpoint is not None:
        birth = Inheritance(trained.job, 2, father).added_to(Record())
        given = {"birth": birth, "heritage": trained.checkpoint}
    straight = bench.evaluate(job(son, to_epoch=4, adult_epochs=4, **given))
    assert straight.status in ("ok", "diverged"), straight.reason
    young = bench.evaluate(job(son, to_epoch=2, adult_epochs=4, **given))
    if straight.status == "ok":
        assert set(young.features) == {name.replace("-", "_") for name in bench.proxies}
        late = {**given, "checkpoint": young.checkpoint}
        adult = bench.evaluate(job(son, 2, 4, adult_epochs=4, **late))
        assert young.curve + adult.curve == straight.curve
        assert adult.checkpoint == straight.checkpoint
        assert adult.objectives == straight.objectives
