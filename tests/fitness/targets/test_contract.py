"""The contract of every kind of target, by data that each of them can learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fitness.data.text.vocabulary import Vocabulary
from fitness.metric import METRICS, Metric, metric_for, metric_names
from fitness.target import TARGETS, Adopted, Array, Target, new_target

N = 90
X = np.random.default_rng(0).normal(size=(N, 3))
FOLLOWS = np.random.default_rng(1).choice(3, size=(N, 6), p=(0.8, 0.1, 0.1))
TOKENS = np.cumsum(FOLLOWS, axis=1) % 4  # most often the same again
Y: dict[str, Array] = {
    "classes": np.digitize(X[:, 0], [-0.5, 0.5]),
    "values": np.column_stack([1000.0 + 5.0 * X[:, 0], X[:, 1] - 2.0 * X[:, 2]]),
    "labels": np.column_stack([X[:, 0] > 0, X[:, 1] > 0.3, X[:, 2] > -0.3]),
    "next-token": TOKENS[:, 1:],
}
SETTINGS = {"next-token": {"vocabulary": Vocabulary("character", (b"a", b"b", b"c", b"d"))}}


def adopted(kind: str) -> Adopted:
    y, settings = Y[kind], SETTINGS.get(kind, {})
    return new_target(kind, **settings).adopted({"train": y, "validation": y[:40], "test": y[40:]})


def inputs(target: Target) -> Array:
    return TOKENS[:, :-1] if target.reads_tokens else X.astype(np.float32)


def tensors(target: Target, y: Array) -> tuple[torch.Tensor, torch.Tensor]:
    """Return random outputs for targets, and the targets as the loss takes them."""
    shape = target.output_shape(inputs(target).shape[1:])
    outputs = torch.randn(len(y), *shape, generator=torch.Generator().manual_seed(0))
    return outputs, torch.from_numpy(target.encoded(y))


@pytest.fixture(params=TARGETS.names())
def found(request: pytest.FixtureRequest) -> Adopted:
    return adopted(request.param)


def test_it_says_what_it_is(found: Adopted) -> None:
    target = found.target
    assert target.kind in TARGETS
    assert target.primary in metric_names(target.kind)
    assert target.answers
    assert target.described(found.y["train"])
    assert metric_for(None, target).name == target.primary


def test_adopting_again_changes_nothing(found: Adopted) -> None:
    again = found.target.adopted(found.y)
    assert again.target == found.target
    assert again.target.identity == found.target.identity
    for name, y in found.y.items():
        assert np.array_equal(again.y[name], y)


def test_the_losses_of_examples_make_up_the_loss(found: Adopted) -> None:
    outputs, y = tensors(found.target, found.y["train"])
    each = found.target.loss(outputs, y, reduction="none")
    assert each.shape == (N,)
    assert torch.allclose(each.mean(), found.target.loss(outputs, y))
    assert torch.allclose(each.sum(), found.target.loss(outputs, y, reduction="sum"))


def test_steps_against_the_gradient_lower_the_loss(found: Adopted) -> None:
    outputs, y = tensors(found.target, found.y["train"])
    outputs.requires_grad_()
    loss = found.target.loss(outputs, y)
    (gradient,) = torch.autograd.grad(loss, outputs)
    assert found.target.loss(outputs - gradient, y) < loss


def test_who_says_what_a_teacher_says_is_not_pulled(found: Adopted) -> None:
    """Elsewhere steps against the gradient lead towards the teacher."""
    target = found.target
    said, y = tensors(target, found.y["train"])
    answer = target.softened(said, 3.0)
    same = said.clone().requires_grad_()
    (pull,) = torch.autograd.grad(target.teaching_loss(same, answer, y, 3.0), same)
    assert pull.abs().max() < 1e-7
    other = said.flip(0).requires_grad_()
    loss = target.teaching_loss(other, answer, y, 3.0)
    (pull,) = torch.autograd.grad(loss, other)
    assert loss > 0.01
    assert target.teaching_loss(other - pull, answer, y, 3.0) < loss
    assert target.teaching_loss(same, answer, y, 3.0).item() == pytest.approx(0.0, abs=1e-6)


def test_the_constant_answer_is_better_than_knowing_nothing(found: Adopted) -> None:
    """It is better than its neighbours too, and its loss is what torch computes."""
    target, y = found.target, found.y["train"]
    loss = target.constant_loss(y, y)
    assert loss <= target.guessing_loss + 1e-9
    answer = target.constant(y)
    scale, offset = target.units or (np.ones(target.outputs), np.zeros(target.outputs))
    shape = target.output_shape(inputs(target).shape[1:])
    single = torch.tensor((answer - np.array(offset)) / np.array(scale)).float()
    outputs = single.view(1, -1, *[1] * (len(shape) - 1)).expand(N, *shape)
    encoded = torch.from_numpy(target.encoded(y))
    assert target.loss(outputs, encoded).item() == pytest.approx(loss, rel=1e-5)
    for k in range(target.outputs):
        moved = outputs.clone()
        moved[:, k] += 0.3
        assert target.loss(moved, encoded).item() > loss


def test_strata_are_numbers_that_hold_several_examples(found: Adopted) -> None:
    strata = found.target.strata(found.y["train"])
    assert strata.shape == (N,)
    assert 1 <= len(np.unique(strata)) < N / 2
    assert found.target.per_position == (len(np.unique(strata)) == 1)  # windows are of no kind


def test_a_linear_model_beats_the_constant_answer(found: Adopted) -> None:
    target, y = found.target, found.y["train"]
    metric = metric_for(None, target)
    x = inputs(target)
    model = target.fit_linear(x, y, strength=1.0, iterations=200)
    outputs = model.predict(x)
    assert outputs.shape == (N, *target.output_shape(x.shape[1:]))
    encoded = torch.from_numpy(target.encoded(y))
    kept = target.for_metrics(torch.from_numpy(outputs), encoded).numpy()
    value, constant = metric.value(kept, y), metric.constant(target, y, y)
    assert value > constant if metric.rises else value < constant


@pytest.mark.parametrize("name", METRICS.names())
def test_right_answers_reach_the_ideal_of_every_metric(name: str) -> None:
    metric = Metric.load(name.replace("-", "_"))
    for kind in metric.targets:
        right, y = right_answers(kind)
        groups = np.arange(len(y)) % 2
        assert metric.value(right, y, groups) == pytest.approx(metric.ideal, abs=1e-6)
        wrong = metric.value(wrong_answers(kind, right), y, groups)
        assert wrong < metric.ideal if metric.rises else wrong > metric.ideal
        assert np.isnan(metric.value(np.full_like(right, np.nan), y, groups))
        assert metric.label
        assert metric.unit


def right_answers(kind: str) -> tuple[Array, Array]:
    """Return outputs that could not be better, and the targets."""
    y = adopted(kind).y["train"]
    if kind == "classes":
        return np.where(y[:, None] == np.arange(3), 50.0, -50.0), y
    if kind == "next-token":
        return kept_of(kind, np.where(y[:, None] == np.arange(4)[:, None], 50.0, -50.0)), y
    return (y, y) if kind == "values" else (np.where(y == 1, 50.0, -50.0), y)


def wrong_answers(kind: str, right: Array) -> Array:
    """Return the right answers to other examples."""
    if kind != "next-token":
        return np.random.default_rng(1).permutation(right)
    y = adopted(kind).y["train"]
    return kept_of(kind, np.where(y[::-1, None] == np.arange(4)[:, None], 50.0, -50.0))


def kept_of(kind: str, outputs: Array) -> Array:
    """Return what metrics take of outputs to the examples of train."""
    found = adopted(kind)
    encoded = torch.from_numpy(found.target.encoded(found.y["train"]))
    return found.target.for_metrics(torch.from_numpy(outputs), encoded).numpy()


def test_a_metric_of_another_kind_is_refused_with_those_that_fit() -> None:
    with pytest.raises(ValueError, match=r"r2 is for values, .* are classes; expected one of acc"):
        metric_for("r2", adopted("classes").target)
