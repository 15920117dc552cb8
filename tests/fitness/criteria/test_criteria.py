"""Contract of every criterion, and values computed by hand on a literal network."""

from dataclasses import replace

import pytest
import torch

from fitness.activation_probe import ActivationProbe
from fitness.criteria import activation_variance, magnitude, movement, taylor
from fitness.silencing.pruning_plan import CRITERIA
from tests.fitness import literal, tiny


def probe() -> ActivationProbe:
    return ActivationProbe(literal.network(), literal.batch(), seed=3)


@pytest.mark.parametrize("name", CRITERIA.names())
def test_every_criterion_scores_every_channel_and_weight(name: str) -> None:
    bench = tiny.evaluator()
    training_state = bench.training_state(tiny.job(tiny.expressed()))
    criterion, network = CRITERIA.load(name), training_state.network
    born = {
        name: w.clone() for name, w in ActivationProbe(network, literal.batch(), 3).weights.items()
    }
    for weight in ActivationProbe(network, literal.batch(), 3).weights.values():
        weight.mul_(1.5)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    looked = ActivationProbe(network, training_state.silencing.batch, seed=3, born=born)
    channels, weights = criterion.channel_scores(looked), criterion.weight_scores(looked)
    assert {k: tuple(v.shape) for k, v in channels.items()} == {
        site.name: (site.channels,) for site in network.spec.sites
    }
    assert {k: v.shape for k, v in weights.items()} == {
        k: v.shape for k, v in looked.weights.items()
    }
    for score in (*channels.values(), *weights.values()):
        assert bool((score >= 0).all())
        assert not score.requires_grad
    again = criterion.channel_scores(
        ActivationProbe(network, training_state.silencing.batch, seed=3, born=born)
    )
    assert all(torch.equal(channels[site], again[site]) for site in channels)
    after = network.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)  # looking changes nothing
    assert not training_state.parameters.gradients.any()


def test_magnitude() -> None:
    assert magnitude.channel_scores(probe())["stage0"].tolist() == [1.0, 2.0, 0.5]
    assert magnitude.weight_scores(probe())["logits"].tolist() == [[1, 1, 0], [0, 1, 1]]


def test_activation_variance() -> None:
    # Activations over the two images: 1 and 3; 0 and 0; 0.5 and 1.5.
    scores = activation_variance.channel_scores(probe())["stage0"]
    assert scores.tolist() == [1.0, 0.0, 0.25]
    weights = activation_variance.weight_scores(probe())
    assert weights["logits"].tolist() == [[1.0, 0.0, 0.0], [0.0, 0.0, 0.5]]
    assert weights["conv"].flatten().tolist() == [1.0, 2.0, 0.5]  # inputs 1 and 3 deviate by 1


def test_taylor_is_activation_times_gradient() -> None:
    # Logits of image k are (a, c) with a = k, c = k / 2; the loss's gradient by them is
    # (softmax - target) / 2, so by the activation of each of the 4 pixels a quarter of that.
    k = torch.tensor([1.0, 3.0])
    p = torch.softmax(torch.stack([k, k / 2], 1), 1) - torch.eye(2)
    a = (k * p[:, 0] / 2 / 4).abs().mean()
    c = (k / 2 * p[:, 1] / 2 / 4).abs().mean()
    scores = taylor.channel_scores(probe())["stage0"]
    assert scores.tolist() == pytest.approx([float(a), 0.0, float(c)])
    weights = taylor.weight_scores(probe())["logits"]
    assert weights[0, 0].item() == pytest.approx(float((k * p[:, 0] / 2).sum().abs()))


def test_movement_is_half_the_square_gained_since_birth() -> None:
    born = {"conv": torch.tensor([2.0, -1.0, 0.5]).view(3, 1, 1, 1), "logits": torch.ones(2, 3)}
    moved = ActivationProbe(literal.network(), literal.batch(), seed=3, born=born)
    # (1 - 4) / 2, (4 - 1) / 2 and 0: the first has moved towards zero, the second away from it
    assert movement.channel_scores(moved)["stage0"].tolist() == [0.0, 3.0, 1.5]
    assert movement.weight_scores(moved)["conv"].flatten().tolist() == [0.0, 3.0, 1.5]
    assert movement.weight_scores(moved)["logits"].tolist() == [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]]


def test_movement_is_what_the_paper_accumulates_as_steps_get_small() -> None:
    """Equation 6 of Sanh et al. (2020), learning rate included, over plain gradient steps."""
    network, batch, rate = literal.network().double(), literal.batch(), 1e-4
    batch = replace(batch, x=batch.x.double())
    born = {
        name: weight.clone() for name, weight in ActivationProbe(network, batch, 3).weights.items()
    }
    accumulated = {name: torch.zeros_like(weight) for name, weight in born.items()}
    for _ in range(300):
        step = ActivationProbe(network, batch, 3)
        for name, gradient in step.gradients.items():
            if name in accumulated:
                accumulated[name] -= rate * gradient * step.weights[name]
                step.weights[name].sub_(rate * gradient)
    scores = movement.weight_scores(ActivationProbe(network, batch, 3, born=born))
    for name, total in accumulated.items():
        assert torch.allclose(scores[name], total - total.min(), rtol=1e-3, atol=1e-6)
    assert float(accumulated["logits"].abs().max()) > 1e-3


def test_random_depends_on_the_seed_alone() -> None:
    scores = CRITERIA.load("random").channel_scores
    first, same = scores(probe())["stage0"], scores(probe())["stage0"]
    other = scores(ActivationProbe(literal.network(), literal.batch(), seed=4))["stage0"]
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
