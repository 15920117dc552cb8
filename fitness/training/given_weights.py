"""Networks whose weights the genes give: nothing is trained, one measurement counts as one epoch.

A measurement is the same whenever it is taken, so juveniles and adults differ in nothing but the
epoch. Marks act as they are at birth; what happens during a training (pruning, changes
of marks, apoptosis) does not happen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch

from fitness.data.resident import ResidentData
from fitness.evaluation import Epoch
from fitness.metric import Metric
from fitness.training.loop import (
    TrainingResult,
    measure,
    measure_active_ratio,
    measure_gated,
    readable,
)
from fitness.training.state import TrainingState
from genomes.networks.network import Network

GivenWeights = Mapping[str, Mapping[str, Sequence[float]]]  # by node and tensor


@torch.no_grad()
def set_weights(network: Network, given: GivenWeights) -> None:
    """Copy numbers into a network's tensors; ValueError where their count does not fit."""
    for node, tensors in given.items():
        for name, numbers in tensors.items():
            parameter = network.get_parameter(f"{node}.{name}")
            if len(numbers) != parameter.numel():
                raise ValueError(
                    f"received {len(numbers)} numbers for {node}.{name}, expected "
                    f"{parameter.numel()}"
                )
            parameter.copy_(torch.tensor(numbers, dtype=parameter.dtype).view(parameter.shape))


def look(
    training_state: TrainingState, data: ResidentData, metric: Metric, to_epoch: int
) -> TrainingResult:
    """Measure a network as it is, as after `to_epoch`; the curve has this one epoch.

    Training examples pass through it forward only. A loss that is not finite is a divergence.
    """
    train_loss, _ = measure(training_state.network, data.train, training_state.numerics)
    if training_state.silencing.gating is None:
        ratio = measure_active_ratio(training_state.network)
        loss, outputs = measure(training_state.network, data.validation, training_state.numerics)
    else:
        loss, outputs, ratio = measure_gated(training_state, data.validation, to_epoch)
    trained, validated = torch.stack([train_loss, loss]).tolist()
    value = metric.value(readable(outputs, data.validation), data.truth, data.groups)
    epoch = Epoch(to_epoch, trained, validated, value, gradient_norm=0.0, active_ratio=ratio)
    finite = math.isfinite(epoch.train_loss) and math.isfinite(epoch.validation_loss)
    reason = "" if finite else f"validation_loss is {epoch.validation_loss} of weights as stated"
    return TrainingResult("ok" if finite else "diverged", reason, (epoch,), len(data.train))
