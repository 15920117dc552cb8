import torch

from fitness.activation_probe import ActivationProbe, per_channel, probe_batch
from fitness.data.resident import Examples
from fitness.targets.classes import Classes
from tests.fitness import literal


def test_outputs_are_those_of_the_network_under_its_masks() -> None:
    network, batch = literal.network(), literal.batch()
    network.set_channel_masks({"stage0": torch.tensor([False, True, True])})
    network.train()
    outputs = ActivationProbe(network, batch, seed=0).outputs
    assert torch.equal(outputs["logits"], network(batch.x))
    assert outputs["mask"][:, 0].abs().sum() == 0
    assert network.training  # as it was


def test_producers_and_masks_of_a_site() -> None:
    probe = ActivationProbe(literal.network(), literal.batch(), seed=0)
    assert [weight.flatten().tolist() for weight in probe.producers("stage0")] == [
        [1.0, -2.0, 0.5]
    ]
    assert list(probe.masked("stage0")) == ["mask"]
    assert set(probe.gradients) == {"mask", "conv", "logits"}


def test_bytes_are_read_as_numbers() -> None:
    batch = Examples(torch.ones(1, 1, 2, 2, dtype=torch.uint8), torch.tensor([0]), Classes(2))
    assert ActivationProbe(literal.network(), batch, seed=0).outputs["pool"].tolist() == [
        [1.0, 0.0, 0.5]
    ]


def test_batch_is_the_same_for_a_seed_and_of_moderate_size() -> None:
    train = Examples(torch.arange(10_000).view(-1, 1), torch.arange(10_000), Classes(10_000))
    first = probe_batch(train, seed=1)
    assert torch.equal(first.y, probe_batch(train, seed=1).y)
    assert not torch.equal(first.y, probe_batch(train, seed=2).y)
    assert torch.equal(first.x.flatten(), first.y)
    assert len(set(first.y.tolist())) == len(first) == 256
    few = train.chosen(slice(20))
    assert len(probe_batch(few, seed=1)) == 20


def test_per_channel_averages_over_examples_and_positions() -> None:
    values = torch.tensor([[[1.0, 3.0], [0.0, 0.0]], [[5.0, 7.0], [1.0, 1.0]]])  # (B, C, W)
    assert per_channel(values).tolist() == [4.0, 0.5]
    assert per_channel(values[:, :, 0]).tolist() == [3.0, 0.5]


def test_a_network_without_birth_weights_counts_as_newborn() -> None:
    newborn = ActivationProbe(literal.network(), literal.batch(), seed=0)
    assert newborn.birth_weights is newborn.weights
    born = {"conv": torch.zeros(3, 1, 1, 1)}
    assert (
        ActivationProbe(newborn.network, literal.batch(), seed=0, born=born).birth_weights is born
    )
