"""The optimizers: how each is made, and its scale of learning rates.

All that they remember has to be tensors, for checkpoints, and they see two flat tensors, of which
none has a weight's shape. `benchmarks/optimizers.py` compares those of torch.optim.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

MOMENTUM = 0.9

Groups = list[dict[str, Any]]


def _sgd(groups: Groups, learning_rate: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(groups, lr=learning_rate, momentum=MOMENTUM, nesterov=True, fused=True)


def _adamw(groups: Groups, learning_rate: float) -> torch.optim.Optimizer:
    return torch.optim.AdamW(groups, lr=learning_rate, fused=True)


def _nadam(groups: Groups, learning_rate: float) -> torch.optim.Optimizer:
    return torch.optim.NAdam(groups, lr=learning_rate, decoupled_weight_decay=True)


# The genes' learning rate is one for SGD with momentum; others take their share of it.
OPTIMIZERS: dict[str, tuple[Callable[[Groups, float], torch.optim.Optimizer], float]] = {
    "sgd": (_sgd, 1.0),
    "adamw": (_adamw, 0.1),
    "nadam": (_nadam, 0.3),  # Dozat (2016)
}
