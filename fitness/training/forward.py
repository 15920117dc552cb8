"""Runs a network under numeric settings: device, precision, memory format."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from fitness.training.numerics import Numerics
from genomes.networks.network import Network


def forward(network: Network, x: Tensor, numerics: Numerics) -> Tensor:
    """Run a network in the chosen precision: (B, ...) to float32 outputs (B, outputs, ...)."""
    if numerics.precision == "float32":
        return cast(Tensor, network(x))
    with torch.autocast(numerics.device, torch.bfloat16):
        return cast(Tensor, network(x)).float()


def on_device(network: Network, numerics: Numerics) -> Network:
    """Move a network to its device, its filters into the chosen memory format."""
    network.to(numerics.device)
    for parameter in network.parameters():
        parameter.data = laid_out(parameter.data, numerics)
    return network


def laid_out(x: Tensor, numerics: Numerics) -> Tensor:
    """Put images (B, C, H, W) into the chosen memory format; vectors have but one."""
    if x.ndim == 4 and numerics.memory_format == "channels_last":
        return x.contiguous(memory_format=torch.channels_last)
    return x
