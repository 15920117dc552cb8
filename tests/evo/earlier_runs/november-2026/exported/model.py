"""A network for the task digits, genome m003-006, found by evo 0.1.0.

Input: (N, 1, 8, 8), in the units of the data (normalisation is part of the network).
Output: (N, 10) logits.

    from safetensors.torch import load_file

    network = Network().eval()
    network.load_state_dict(load_file("weights.safetensors"))
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Normalize(nn.Module):
    """Subtract the mean and divide by the standard deviation of the training data."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape))  # values are in weights.safetensors
        self.register_buffer("std", torch.ones(shape))

    def forward(self, x: Tensor) -> Tensor:
        return (x.to(self.mean.dtype) - self.mean) / self.std


class Network(nn.Module):
    """4,826 parameters, 68,618 FLOPs per example (a multiply-add is two)."""

    def __init__(self) -> None:
        super().__init__()
        self.normalize = Normalize(1, 1, 1)
        self.stage0_block0_conv = nn.Conv2d(1, 8, 3, padding=1, bias=False)
        self.stage0_block0_conv_norm = nn.BatchNorm2d(8)
        self.stage1_block0_conv = nn.Conv2d(8, 12, 3, padding=1, bias=False)
        self.stage1_block0_conv_norm = nn.BatchNorm2d(12)
        self.stage2_block0_conv = nn.Conv2d(12, 32, 3, padding=1, bias=False)
        self.stage2_block0_conv_norm = nn.BatchNorm2d(32)
        self.logits = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.normalize(x)
        x = F.relu(self.stage0_block0_conv_norm(self.stage0_block0_conv(x)))  # (N, 8, 8, 8)
        x = F.max_pool2d(x, 2)  # (N, 8, 4, 4)
        x = F.relu(self.stage1_block0_conv_norm(self.stage1_block0_conv(x)))
        x = F.max_pool2d(x, 2)  # (N, 12, 2, 2)
        x = F.relu(self.stage2_block0_conv_norm(self.stage2_block0_conv(x)))
        x = F.max_pool2d(x, 2)  # (N, 32, 1, 1)
        x = x.flatten(1)  # (N, 32)
        return self.logits(x)  # (N, 10)
