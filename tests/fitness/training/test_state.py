import pytest
import torch
from torch import nn

from fitness.training.loop import train_epoch
from fitness.training.numerics import Numerics
from fitness.training.optimizers import OPTIMIZERS
from fitness.training.state import TrainingState, own_randomness, under
from genomes.genes.gene import freeze
from tests.fitness.tiny import evaluator, expressed, job


def trained(optimizer: str) -> TrainingState:
    bench = evaluator()
    some = bench.training_state(job(expressed(training__optimizer=optimizer)))
    train_epoch(some, bench.data.train, epoch=1)
    return some


def test_state_names_all_that_moves() -> None:
    sgd, adamw = trained("sgd").state(), trained("adamw").state()
    assert {"optimizer.0.momentum_buffer", "optimizer.1.momentum_buffer"} <= set(sgd)
    assert adamw["optimizer.0.step"].item() == 6.0
    assert "optimizer.1.exp_avg_sq" in adamw
    assert "model.stage0_block0_conv.weight" in sgd
    assert "model.masks.stage1__block0" in sgd
    assert "silencing.epigenome.marks" in sgd
    assert "silencing.pruning.head" in sgd


def test_loaded_state_is_the_saved_one_and_shares_nothing_with_it() -> None:
    old = trained("adamw")
    saved = {name: value.clone() for name, value in old.state().items()}
    new = evaluator().training_state(job(expressed(training__optimizer="adamw")))
    new.load(saved)
    assert set(new.state()) == set(saved)
    assert all(torch.equal(value, saved[name]) for name, value in new.state().items())
    train_epoch(new, evaluator().data.train, epoch=2)
    assert all(torch.equal(value, saved[name]) for name, value in old.state().items())


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_weights_return_from_zero_and_without_momentum(optimizer: str) -> None:
    bench = evaluator()
    some = bench.training_state(
        job(
            expressed(
                training__optimizer=optimizer,
                pruning__granularity="weight",
                pruning__start=0.0,
                pruning__regrowth=0.5,
            )
        )
    )
    some.prune(0.2)
    train_epoch(some, bench.data.train, epoch=2)
    before = {name: value.clone() for name, value in some.state().items()}
    assert some.prune(0.45)
    after, seen = some.state(), 0
    for name, returned in some.silencing.returned.items():
        weight = some.network.get_parameter(f"{name}.weight")
        assert not weight[returned].any()
        for key in [key for key in after if key.startswith("optimizer.0.")]:
            old, new = before[key], after[key]
            if old.shape != some.parameters.decayed.shape:
                assert torch.equal(old, new)  # the number of steps
                continue
            part = some.parameters.weight_part(new, weight)
            earlier = some.parameters.weight_part(old, weight)
            assert not part[returned].any()
            assert bool(earlier[returned].any())
            assert torch.equal(part[~returned], earlier[~returned])
            seen += int(returned.sum())
    assert seen > 0
    assert some.network.weight_masks().keys() >= some.silencing.returned.keys()


def test_learning_rate_reaches_both_groups() -> None:
    some = trained("sgd")
    some.set_learning_rate(0.05)
    assert [group["lr"] for group in some.optimizer.param_groups] == [0.05, 0.05]


def test_courses_are_set_by_the_epoch_alone() -> None:
    falling = freeze([{"function": "linear", "coefficient": 1.0, "shape": 0.0}])
    some = evaluator().training_state(
        job(
            expressed(
                training__weight_decay_course=falling,
                training__dropout_course=falling,
                training__augmentation="erase",
                training__augmentation_course=falling,
                training__batch_halvings=2,
                training__batch_course=falling,
                training__batch_size=32,
            )
        )
    )
    (dropout,) = [module for module in some.network.modules() if isinstance(module, nn.Dropout)]
    seen = []
    for epoch in (1, 3, 6, 1):  # of six
        some.begin(epoch)
        decays = [group["weight_decay"] for group in some.optimizer.param_groups]
        seen.append((some.batch_size, *decays, dropout.p))
    first, middle, last, again = seen
    peak, least = 11 / 12, 1 / 12  # what is left in the middle of the first epoch and of the last
    assert first == again == (32, pytest.approx(1e-3 * peak), 0.0, pytest.approx(0.25 * peak))
    assert middle[0] == 16
    assert last == (8, pytest.approx(1e-3 * least), 0.0, pytest.approx(0.25 * least))
    pruned = some.silencing.traces()
    assert some.traces() == pruned | {
        "learning_rate": pytest.approx(0.05),
        "batch_size": 32,
        "weight_decay_strength": pytest.approx(peak),
        "dropout_strength": pytest.approx(peak),
        "augmentation_strength": pytest.approx(peak),
    }


def test_augmentation_weakens_along_its_course() -> None:
    falling = freeze([{"function": "linear", "coefficient": 1.0, "shape": 0.0}])
    some = evaluator().training_state(
        job(expressed(training__augmentation="erase", training__augmentation_course=falling))
    )
    x = torch.ones(600, 1, 6, 6)
    touched = []
    for epoch in (1, 6):
        some.begin(epoch)
        assert some.augment is not None
        y = some.augment(x, torch.Generator().manual_seed(1))
        touched.append(int((y == 0).flatten(1).any(1).sum()))
    assert 510 < touched[0] < 590  # eleven twelfths are 550
    assert 20 < touched[1] < 80  # one twelfth is 50


def test_what_follows_no_course_stays_as_it_was() -> None:
    some = trained("sgd")
    augment, before = some.augment, some.optimizer.param_groups[0]["weight_decay"]
    some.begin(4)
    assert (some.batch_size, some.augment) == (16, augment)
    assert some.optimizer.param_groups[0]["weight_decay"] == before
    assert set(some.traces()) - set(some.silencing.traces()) == {"learning_rate"}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_states_are_tensors_and_go_where_they_were(optimizer: str) -> None:
    """Step counters of optimizers without a fused form stay on the host, or every step waits."""
    old = trained(optimizer)
    new = evaluator().training_state(job(expressed(training__optimizer=optimizer)))
    new.load({name: value.clone() for name, value in old.state().items()})
    assert set(new.state()) == set(old.state())
    for training_state in (old, new):
        assert training_state.optimizer.state
        train_epoch(training_state, evaluator().data.train, epoch=2)
    assert all(torch.equal(value, new.state()[name]) for name, value in old.state().items())


def test_global_randomness_is_left_alone() -> None:
    before = torch.random.get_rng_state()
    with own_randomness(Numerics()):
        torch.manual_seed(1)
        torch.rand(5)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_under_strips_the_prefix() -> None:
    tensors = {"model.a": torch.ones(1), "model.b.c": torch.ones(2), "other.a": torch.ones(3)}
    assert set(under("model.", tensors)) == {"a", "b.c"}
