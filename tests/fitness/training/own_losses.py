"""Losses of a user: some that can be learnt by, some that cannot."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(outputs, targets)


def squared(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs - F.one_hot(targets, outputs.shape[1])).square().mean()


def number(outputs: Tensor, targets: Tensor) -> float:
    return F.cross_entropy(outputs, targets).item()


def vector(outputs: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(outputs, targets, reduction="none")


def infinite(outputs: Tensor, targets: Tensor) -> Tensor:
    return cross_entropy(outputs, targets) / 0.0


def detached(outputs: Tensor, targets: Tensor) -> Tensor:
    return cross_entropy(outputs.detach(), targets)


def level(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs * 0.0).sum()


def steep(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs * 0.0).sqrt().sum()


def for_values(outputs: Tensor, targets: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(outputs, targets.float())
