import math

import pytest
import torch

from fitness.data.resident import Examples
from fitness.evaluation import Epoch
from fitness.metric import Metric
from fitness.targets.classes import Classes
from fitness.training.loop import batches, batches_of, divergence, measure, train, train_epoch
from fitness.training.numerics import Numerics
from fitness.training.state import TrainingState
from genomes.genes.gene import Record, freeze
from tests.fitness import literal
from tests.fitness.tiny import evaluator, expressed, job

ACCURACY = Metric.load("accuracy")
GUESS = math.log(10)


def training_state(**changes: object) -> TrainingState:
    return evaluator().training_state(job(expressed(**changes)))


def test_batches_are_full_and_meet_each_example_once() -> None:
    some = training_state()
    train_data = Examples(torch.arange(100).view(100, 1), torch.arange(100), Classes(100))
    found = [y.tolist() for _, y in batches(some, train_data, epoch=1)]
    assert batches_of(some, 100) == (6, 16)
    assert [len(y) for y in found] == [16] * 6
    met = [label for y in found for label in y]
    assert len(set(met)) == 96
    assert met != sorted(met)
    assert all(torch.equal(x.flatten(), y) for x, y in batches(some, train_data, epoch=1))


def test_an_epoch_may_draw_some_of_the_examples_anew() -> None:
    some = training_state()
    train_data = Examples(
        torch.arange(100).view(100, 1), torch.arange(100), Classes(100), epoch_examples=40
    )
    drawn = [
        {label for _, y in batches(some, train_data, epoch) for label in y.tolist()}
        for epoch in (1, 2)
    ]
    assert [len(labels) for labels in drawn] == [32, 32]  # two full batches of 40 examples
    assert drawn[0] != drawn[1]
    assert max(drawn[0] | drawn[1]) > 40


def test_order_depends_on_seed_and_epoch() -> None:
    some = training_state()
    train_data = Examples(torch.arange(100).view(100, 1), torch.arange(100), Classes(100))

    def order(epoch: int) -> list[int]:
        return [label for _, y in batches(some, train_data, epoch) for label in y.tolist()]

    assert order(1) == order(1)
    assert order(1) != order(2)
    some.seed += 1
    first_of_other_seed = order(1)
    some.seed -= 1
    assert first_of_other_seed != order(1)


def test_more_examples_than_a_chunk_holds() -> None:
    some = training_state(training__batch_size=64)
    many = Examples(torch.arange(9000).view(-1, 1), torch.arange(9000), Classes(9000))
    sizes = [len(y) for _, y in batches(some, many, epoch=3)]
    assert sizes == [64] * 140


def test_a_batch_larger_than_the_data_is_all_of_it() -> None:
    some = training_state(training__batch_size=128)
    assert batches_of(some, 100) == (1, 100)


def test_examples_are_counted_as_batches_change() -> None:
    falling = freeze([{"function": "step", "coefficient": 1.0, "shape": 0.5}])
    some = training_state(
        training__batch_size=64, training__batch_halvings=2, training__batch_course=falling
    )
    result = train(some, evaluator().data, ACCURACY, 0, 6)
    assert [epoch.traces["batch_size"] for epoch in result.curve] == [64] * 3 + [16] * 3
    assert result.examples == 3 * 64 + 3 * 96  # of 100, full batches only


def test_one_step_is_what_torch_does() -> None:
    """One batch, no masks, SGD: the textbook's step with Nesterov momentum and weight decay."""
    architecture = Record({"family": "mlp", "layers": (), "dropout": 0.0})
    genes = expressed(
        training__batch_size=100, training__label_smoothing=0.0, training__weight_decay=0.1
    ).replacing(architecture=architecture)
    bench = evaluator()
    some = bench.training_state(job(genes, adult_epochs=2))
    same = bench.training_state(job(genes, adult_epochs=2)).network
    weight, bias = same.get_parameter("logits.weight"), same.get_parameter("logits.bias")
    x, y = bench.data.train.x, bench.data.train.y
    loss = torch.nn.functional.cross_entropy(same(x), y)
    weight_gradient, bias_gradient = torch.autograd.grad(loss, [weight, bias])
    rate = 0.01 * 0.05  # a hundredth at the very start
    norm = math.sqrt(float((weight_gradient**2).sum() + (bias_gradient**2).sum()))
    assert norm < 5.0  # not clipped

    found_loss, found_norm, _ = train_epoch(some, bench.data.train, epoch=1)

    assert float(found_loss) == pytest.approx(loss.item(), rel=1e-5)
    assert float(found_norm) == pytest.approx(norm, rel=1e-4)
    expected = weight - rate * 1.9 * (weight_gradient + 0.1 * weight)
    assert torch.allclose(some.network.get_parameter("logits.weight"), expected, atol=1e-7)
    expected = bias - rate * 1.9 * bias_gradient
    assert torch.allclose(some.network.get_parameter("logits.bias"), expected, atol=1e-7)


def test_silenced_weights_stay_zero_through_momentum() -> None:
    some = training_state(pruning__granularity="weight", pruning__start=0.0, pruning__end=0.5)
    train(some, evaluator().data, ACCURACY, 0, 6)
    masks = some.network.weight_masks()
    assert not all(bool(mask.all()) for mask in masks.values())
    for name, mask in masks.items():
        assert not some.network.get_parameter(f"{name}.weight")[~mask].any()


def test_measure_counts_and_averages_over_all_examples() -> None:
    network = literal.network().train()
    x = torch.tensor([1.0, 3.0]).view(2, 1, 1, 1).expand(2, 1, 2, 2).repeat(1000, 1, 1, 1)
    y = torch.tensor([0, 1]).repeat(1000)  # logits are (a, a / 2): always class 0
    loss, outputs = measure(network, Examples(x, y, Classes(2)), Numerics())
    by_hand = (math.log(1 + math.exp(-0.5)) + math.log(1 + math.exp(1.5))) / 2
    assert outputs.argmax(1).tolist() == [0] * 2000
    assert float(loss) == pytest.approx(by_hand, rel=1e-5)


def test_divergence_words() -> None:
    fine = Epoch(3, 1.0, 2.0, 0.5, 1.0, 1.0)
    assert divergence(fine, GUESS) == ""
    assert (
        divergence(Epoch(3, math.nan, 2.0, 0.5, 1.0, 1.0), GUESS)
        == "train_loss is nan after epoch 3"
    )
    assert "validation_loss is inf" in divergence(Epoch(3, 1.0, math.inf, 0.5, 1.0, 1.0), GUESS)
    assert "train_loss is 24" in divergence(Epoch(3, 24.0, 2.0, 0.5, 1.0, 1.0), GUESS)


def test_active_ratio_follows_the_masks() -> None:
    some = training_state(epigenome__plasticity=0.0, pruning__final_sparsity=(0.8,) * 6)
    ratios = [epoch.active_ratio for epoch in train(some, evaluator().data, ACCURACY, 0, 6).curve]
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[0] > ratios[-1]
