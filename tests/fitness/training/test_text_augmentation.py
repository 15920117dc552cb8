"""Texts are augmented in training alone, by the seed, and not at all where the genes are zero."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch

from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.numerics import Numerics
from fitness.training.text_augmentation import noisy_embeddings, replacement
from genomes.chromosomes.mechanism_registry import switching_off
from genomes.chromosomes.space import network_space, textbook
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.networks.network import build
from tests.fitness.tiny import job
from tests.fitness.tiny_text import LENGTH, TOKENS, control

TEXTS = Interface((LENGTH,), TOKENS, None, tokens=TOKENS, per_position=True)


@pytest.fixture(scope="module")
def bench() -> NetworkEvaluator:
    return NetworkEvaluator(TaskReference("tests.fitness.tiny_text:make_task"), Numerics())


def genes(**training: Any) -> Record:
    plain = control(control=False)
    return plain.replacing(training=plain["training"].replacing(**training))


@pytest.mark.parametrize("kind", [torch.uint8, torch.float32])
def test_a_share_of_the_tokens_is_replaced_by_any_of_them(kind: torch.dtype) -> None:
    x = torch.full((200, 50), 3, dtype=kind)
    found = replacement(0.1, 5)(x, torch.Generator().manual_seed(1))
    assert found.dtype == kind
    assert set(found.flatten().tolist()) == {0, 1, 2, 3, 4}
    assert (found != x).double().mean().item() == pytest.approx(0.1 * 4 / 5, abs=0.01)
    assert torch.equal(found, replacement(0.1, 5)(x, torch.Generator().manual_seed(1)))


def test_noise_is_that_of_embeddings_and_in_training_alone(bench: NetworkEvaluator) -> None:
    network, x = build(bench.spec(genes())), torch.zeros(64, LENGTH, dtype=torch.uint8)
    heard: list[torch.Tensor] = []
    network.get_submodule("block0_norm").register_forward_hook(
        lambda _, given, __: heard.append(given[0].detach())
    )
    with torch.no_grad(), noisy_embeddings(network, 0.03):
        network.train()(x)
        network.eval()(x)
    network.train()(x)
    noisy, *others = heard
    assert (noisy - others[0]).std().item() == pytest.approx(0.03, rel=0.05)
    assert torch.equal(others[0], others[1])


@pytest.mark.parametrize("changes", [{"token_replacement": 0.1}, {"embedding_noise": 0.03}])
def test_training_in_parts_equals_training_at_once(
    bench: NetworkEvaluator, changes: dict[str, float]
) -> None:
    augmented = genes(**changes)
    straight = bench.evaluate(job(augmented, to_epoch=2, adult_epochs=2))
    young = bench.evaluate(job(augmented, to_epoch=1, adult_epochs=2))
    adult = bench.evaluate(job(augmented, 1, 2, adult_epochs=2, checkpoint=young.checkpoint))
    assert straight.status == "ok", straight.reason
    assert adult.checkpoint == straight.checkpoint
    none = dict.fromkeys(changes, 0.0)
    plain, off = (
        bench.evaluate(job(one, to_epoch=1, adult_epochs=2)) for one in (genes(), genes(**none))
    )
    assert plain.curve == off.curve
    assert plain.curve != young.curve


def test_genes_are_those_of_texts_and_their_mechanism_switches_them() -> None:
    names = {"training.token_replacement", "training.embedding_noise"}
    for family in ("transformer", "gru"):
        space = network_space(family=family, interface=TEXTS)
        off, on = (space.pin(switching_off([name])) for name in ("marks", "text-augmentation"))
        assert names <= set(off.gene_names())
        drawn = [(one.sample("m", "male", random.Random(1)).chromosomes, one) for one in (off, on)]
        assert drawn[0][0]["training"]["embedding_noise"] == 0.0
        rng, training = random.Random(2), on.chromosomes["training"]
        values = {training.sample(rng)["token_replacement"] for _ in range(40)}
        assert values == {0.0, 0.02, 0.05, 0.1}
        founder = textbook(0, *drawn[1])["training"]
        assert (founder["token_replacement"], founder["embedding_noise"]) == (0.0, 0.0)
    images = network_space(family="cnn", interface=Interface((1, 8, 8), 10))
    assert not names & set(images.pin(switching_off(["none"])).gene_names())
