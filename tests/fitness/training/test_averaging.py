"""Averages of weights: by hand, in parts, under masks, with batch statistics of their own."""

from __future__ import annotations

import math

import pytest
import torch

from fitness.metric import Metric
from fitness.regimen import Regimen
from fitness.training.averaging import (
    HORIZON,
    RULES,
    equal_share,
    measure_statistics,
    moving_share,
    normalisations,
)
from fitness.training.checkpoint import unpack
from fitness.training.loop import train, train_epoch
from fitness.training.numerics import Numerics
from fitness.training.state import TrainingState, under
from genomes.genes.gene import Record
from tests.fitness.tiny import evaluator, expressed, job

ACCURACY = Metric.load("accuracy")
BENCH = evaluator()
LINEAR = Record({"family": "mlp", "layers": (), "dropout": 0.0})


def averaging(kind: str, **changes: object) -> TrainingState:
    return BENCH.training_state(job(expressed(**changes), regimen=Regimen(kind)))


def linear(kind: str) -> TrainingState:
    """A linear network of one step an epoch, over two epochs."""
    genes = expressed(training__batch_size=100).replacing(architecture=LINEAR)
    return BENCH.training_state(job(genes, adult_epochs=2, regimen=Regimen(kind)))


def weights(state: TrainingState) -> torch.Tensor:
    return state.network.get_parameter("logits.weight").detach().clone()


def test_two_steps_of_a_moving_average_by_hand() -> None:
    some = linear("ema")
    share = 1.0 - math.exp(-1.0 / (HORIZON * 2))
    expected = weights(some)
    for epoch in (1, 2):
        train_epoch(some, BENCH.data.train, epoch)
        trained = weights(some)
        expected = (1.0 - share) * expected + share * trained
        some.settle(BENCH.data.train)
        assert torch.allclose(weights(some), expected, atol=1e-7)
        assert not torch.equal(weights(some), trained)
    some.begin(2)
    assert torch.equal(weights(some), trained)  # what goes on is what was trained


def test_the_weights_of_a_moving_average_forget_by_the_share_of_training() -> None:
    left = math.prod(1.0 - moving_share(step, 10, 1, 6) for step in range(1, 7))
    assert left == pytest.approx(math.exp(-6 / 60 / HORIZON))


def test_the_mean_of_the_last_epochs_by_hand() -> None:
    shares = [equal_share(3, 3, epoch, 8) for epoch in range(1, 9)]
    assert shares == [1.0] * 7 + [0.5]  # epochs 7 and 8 are the last quarter
    assert equal_share(2, 3, 8, 8) == 0.0
    assert [equal_share(1, 1, epoch, 12) for epoch in (9, 10, 11, 12)] == [1, 1, 1 / 2, 1 / 3]
    assert equal_share(1, 1, 1, 1) == 1.0


def test_the_learning_rate_stays_where_the_mean_begins() -> None:
    some = averaging("swa")
    rates = []
    for progress in (0.5, 0.75, 0.9, 1.0):
        some.set_learning_rate(progress)
        rates.append(some.optimizer.param_groups[0]["lr"])
    assert rates[0] > rates[1] == rates[2] == rates[3] > 0


@pytest.mark.parametrize("kind", sorted(RULES))
@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_in_parts_as_at_once(kind: str, optimizer: str) -> None:
    genes = expressed(training__optimizer=optimizer, pruning__granularity="weight")
    whole = BENCH.evaluate(job(genes, regimen=Regimen(kind)))
    assert whole.status == "ok", whole.reason
    first = BENCH.evaluate(job(genes, 0, 4, regimen=Regimen(kind)))
    part = job(genes, 4, 6, regimen=Regimen(kind), checkpoint=first.checkpoint)
    assert BENCH.evaluate(part).checkpoint == whole.checkpoint
    plain = BENCH.evaluate(job(genes))
    assert plain.curve != whole.curve


@pytest.mark.parametrize("kind", sorted(RULES))
def test_masked_weights_are_zero_in_the_average(kind: str) -> None:
    some = averaging(kind, pruning__granularity="weight", pruning__regrowth=0.2, pruning__end=1.0)
    train(some, BENCH.data, ACCURACY, 0, 6)
    masks = some.network.weight_masks()
    assert any(not bool(mask.all()) for mask in masks.values())
    for name, mask in masks.items():
        assert not some.network.get_parameter(f"{name}.weight")[~mask].any()


def test_the_checkpoint_holds_the_network_that_was_measured() -> None:
    genes = expressed()
    found = BENCH.evaluate(job(genes, regimen=Regimen("ema")))
    assert found.checkpoint is not None
    again = BENCH.measure(genes, found.checkpoint, "validation")
    assert again == found.curve[-1].metric == found.objectives["accuracy"]
    assert "weights" in under("average.", unpack(found.checkpoint, {}))


def test_batch_statistics_are_those_of_the_average() -> None:
    some = averaging("swa", training__augmentation="shift")
    train(some, BENCH.data, ACCURACY, 0, 6)
    found = {name: value.clone() for name, value in some.network.state_dict().items()}
    measure_statistics(some.network, BENCH.data.train.chosen(slice(None)).x, Numerics())
    for name in normalisations(some.network):
        for statistic in ("running_mean", "running_var"):
            now = some.network.state_dict()[f"{name}.{statistic}"]
            assert torch.allclose(found[f"{name}.{statistic}"], now, rtol=1e-3, atol=1e-4)


def test_statistics_by_hand() -> None:
    """The first normalisation sees what the layers before it make of the inputs."""
    network = averaging("none").network
    x = BENCH.data.train.chosen(slice(8)).x
    measure_statistics(network, x, Numerics())
    name, module = next(iter(normalisations(network).items()))
    seen: list[torch.Tensor] = []
    hook = module.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network(x)
    hook.remove()
    mean, variance = seen[0].mean((0, 2, 3)), seen[0].var((0, 2, 3))
    assert torch.allclose(network.get_buffer(f"{name}.running_mean"), mean, atol=1e-5)
    assert torch.allclose(network.get_buffer(f"{name}.running_var"), variance, rtol=1e-4)


def test_a_checkpoint_of_last_weights_is_refused() -> None:
    genes = expressed()
    first = BENCH.evaluate(job(genes, 0, 4))
    part = job(genes, 4, 6, regimen=Regimen("ema"), checkpoint=first.checkpoint)
    found = BENCH.evaluate(part)
    assert (found.status, "without averaged weights" in found.reason) == ("failed", True)


def test_only_known_averages() -> None:
    with pytest.raises(ValueError, match="Did you mean 'ema'"):
        Regimen("emma")
    assert Regimen("swa").identity == " average swa"
    assert Regimen().identity == ""
