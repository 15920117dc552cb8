"""The training loop: one network, from one epoch to another of a training laid out in advance.

No step waits for the device. Everything random is seeded by (seed, epoch), and schedules span the
adult epochs, so training in parts equals training at once, bit for bit on the CPU.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import torch
from torch import Tensor

from fitness.data.resident import AnyExamples, ResidentData, drawn
from fitness.evaluation import Epoch, Status
from fitness.metric import Metric
from fitness.seeds import derived
from fitness.silencing.gating import COUNTED, COUNTED_AT_LAST
from fitness.silencing.pruning_plan import update_steps
from fitness.training.forward import forward, laid_out
from fitness.training.numerics import Numerics
from fitness.training.own_loss import OwnLoss
from fitness.training.state import TrainingState, own_randomness
from fitness.training.text_augmentation import noisy_embeddings
from genomes.networks.network import Network
from genomes.networks.remembering.watching import watching
from genomes.networks.shrinking import counts

MAXIMUM_GRADIENT_NORM = 5.0
EXPLODED = 10.0  # times the loss of guessing
EVALUATION_BATCH = 1024


@dataclass(frozen=True)
class TrainingResult:
    """How a training ended: status, the reason unless it is ok, curve, examples processed."""

    status: Status
    reason: str
    curve: tuple[Epoch, ...]
    examples: int


def train(
    training_state: TrainingState,
    data: ResidentData,
    metric: Metric,
    from_epoch: int,
    to_epoch: int,
    seconds_limit: float | None = None,
) -> TrainingResult:
    """Train the epochs after `from_epoch` up to `to_epoch`; stop if it diverges or lasts too long.

    After each epoch `metric` is measured on validation data. The clock is read at the ends of
    epochs only.
    """
    started = time.monotonic()
    curve: list[Epoch] = []
    status: Status = "ok"
    reason = ""
    examples = 0
    active_ratio = measure_active_ratio(training_state.network)
    for epoch in range(from_epoch + 1, to_epoch + 1):
        train_loss, gradient_norm, pruned = train_epoch(training_state, data.train, epoch)
        examples += math.prod(batches_of(training_state, drawn(data.train)))
        if training_state.silencing.live(epoch) or pruned:
            active_ratio = measure_active_ratio(training_state.network)
        training_state.settle(data.train)
        if training_state.silencing.gating is None:
            loss, outputs = measured(training_state, data.validation)
        else:
            loss, outputs, active_ratio = measure_gated(training_state, data.validation, epoch)
        losses = torch.stack([train_loss, loss, gradient_norm]).tolist()  # waits for the device
        value = metric.value(readable(outputs, data.validation), data.truth, data.groups)
        curve.append(_epoch(epoch, losses, value, active_ratio, training_state.traces()))
        own = training_state.own_loss  # whose size means nothing
        guess = data.train.target.guessing_loss if own is None else math.inf
        if reason := divergence(curve[-1], guess):
            status = "diverged"
            break
        training_state.silencing.sense(curve[-1].train_loss, curve[-1].gradient_norm)
        seconds = time.monotonic() - started
        if seconds_limit is not None and seconds > seconds_limit and epoch < to_epoch:
            status = "timed_out"
            reason = f"{seconds:.1f} s after epoch {epoch}, {seconds_limit:g} s allowed"
            break
    return TrainingResult(status, reason, tuple(curve), examples)


def train_epoch(
    training_state: TrainingState, train: AnyExamples, epoch: int
) -> tuple[Tensor, Tensor, bool]:
    """Train one epoch (counted from one); return mean loss, mean gradient norm, mask changes.

    The first two are 0-dim tensors on the device.
    """
    network, parameters, optimizer = (
        training_state.network,
        training_state.parameters,
        training_state.optimizer,
    )
    training_state.begin(epoch)
    steps, _ = batches_of(training_state, drawn(train))
    updates, gating = update_steps(steps), training_state.silencing.gating
    loss_sum, norm_sum = torch.zeros((2,), device=train.y.device, dtype=torch.float64)
    masks_changed = False
    network.train()
    noise = training_state.recipe.embedding_noise
    with own_randomness(training_state.numerics), noisy_embeddings(network, noise):
        torch.manual_seed(derived(training_state.seed, epoch, "dropout"))
        for step, (x, y) in enumerate(batches(training_state, train, epoch), start=1):
            training_state.set_learning_rate(
                (epoch - 1 + (step - 1) / steps) / training_state.adult_epochs
            )
            parameters.gradients.zero_()
            outputs = training_state.forward(x)
            loss = training_state.loss(train.target, outputs, y)
            training_state.backward(training_state.paid(loss, outputs, x, y), outputs, y)
            norm_sum += parameters.clip_gradients_(MAXIMUM_GRADIENT_NORM)
            optimizer.step()
            network.apply_weight_masks_()
            loss_sum += loss.detach()
            if gating is not None:
                losses = train.target.loss(outputs.detach(), y, reduction="none")
                gating.remember(losses, step)
            if step in updates:
                progress = (epoch - 1 + step / steps) / training_state.adult_epochs
                masks_changed |= training_state.prune(progress)
            passed = (epoch - 1) * steps + step
            masks_changed |= training_state.silencing.tend(
                passed, passed / steps / training_state.adult_epochs
            )
            if training_state.average is not None:
                training_state.average.follow(step, steps, epoch)
    return loss_sum / steps, norm_sum / steps, masks_changed


def batches_of(training_state: TrainingState, examples: int) -> tuple[int, int]:
    """Return the number of steps in the epoch that has begun, and its batch size.

    All batches are full: shapes change between epochs at most, and no step meets a batch of one.
    What is left over differs from epoch to epoch.
    """
    batch = min(training_state.batch_size, examples)
    return examples // batch, batch


def batches(
    training_state: TrainingState, train: AnyExamples, epoch: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield an epoch's shuffled and augmented batches (B, ...) and targets (B, ...).

    Gathering and augmenting many batches at once costs a fraction of doing it one by one.
    """
    generator = torch.Generator().manual_seed(derived(training_state.seed, epoch, "order"))
    steps, batch = batches_of(training_state, drawn(train))
    order = torch.randperm(len(train), generator=generator)[: steps * batch]
    at_once = max(1, train.most_at_once // batch) * batch
    for x, y in train.gathered(order, at_once, derived(training_state.seed, epoch, "examples")):
        if training_state.augment is not None:
            x = training_state.augment(x, generator)
        x = laid_out(x, training_state.numerics)
        yield from zip(torch.split(x, batch), torch.split(y, batch), strict=True)


@torch.inference_mode()
def measure(
    network: Network,
    examples: AnyExamples,
    numerics: Numerics,
    own_loss: OwnLoss | None = None,
) -> tuple[Tensor, Tensor]:
    """Return mean loss (0-dim) and all outputs as metrics take them, (N, numbers), on the device.

    In evaluation mode. The loss is the target's, or the user's.
    """
    network.eval()
    loss_sum = torch.zeros((), device=examples.y.device, dtype=torch.float64)
    target, found = examples.target, []
    for x, y in examples.in_order(target.held_at_once(examples.input_shape, EVALUATION_BATCH)):
        outputs = forward(network, laid_out(x, numerics), numerics)
        found.append(target.for_metrics(outputs, y))
        if own_loss is None:
            loss_sum += target.loss(outputs, y, reduction="sum")
        else:
            loss_sum += own_loss(outputs, y) * len(y)
    return loss_sum / len(examples), torch.cat(found)


def measured(training_state: TrainingState, examples: AnyExamples) -> tuple[Tensor, Tensor]:
    """Return what `measure` does of a network in training."""
    network, own_loss = training_state.network, training_state.own_loss
    with watching(network, training_state.remembered):
        return measure(network, examples, training_state.numerics, own_loss)


def readable(outputs: Tensor, examples: AnyExamples) -> npt.NDArray[Any]:
    """Return outputs (N, numbers) on the host, in the units that metrics are computed in."""
    return examples.target.readable(outputs.float().cpu().numpy())


def measure_gated(
    training_state: TrainingState, validation: AnyExamples, epoch: int
) -> tuple[Tensor, Tensor, float]:
    """Return loss, outputs and the mean active ratio of a network with gates.

    After the last epoch, channels that no validation input opens are masked before.
    """
    silencing, is_last = training_state.silencing, epoch == training_state.adult_epochs
    gating = silencing.gating
    assert gating is not None
    with gating.watching() as marks:
        loss, outputs = measured(training_state, validation)
    if is_last and silencing.close(gating.never_open(marks)):
        with gating.watching() as marks:
            loss, outputs = measured(training_state, validation)
    most = COUNTED_AT_LAST if is_last else COUNTED
    return loss, outputs, gating.active_ratio(marks, most)


def _epoch(
    epoch: int,
    losses: Sequence[float],
    value: float,
    active_ratio: float,
    traces: Mapping[str, float],
) -> Epoch:
    train_loss, loss, norm = losses
    return Epoch(epoch, train_loss, loss, value, norm, active_ratio, traces)


def measure_active_ratio(network: Network) -> float:
    """Return active over dense parameters under the masks of the moment."""
    counted = counts(network)
    return counted.active / counted.dense


def divergence(epoch: Epoch, guess: float) -> str:
    """Say why an epoch's numbers mean that the training has diverged; empty if they do not.

    `guess` is the loss of who knows nothing.
    """
    for name in ("train_loss", "validation_loss", "gradient_norm", "metric"):
        if not math.isfinite(value := getattr(epoch, name)):
            return f"{name} is {value} after epoch {epoch.epoch}"
    if epoch.train_loss > EXPLODED * guess:
        return f"train_loss is {epoch.train_loss:.3g} after epoch {epoch.epoch}"
    return ""
