"""Proxy `synflow`: how much flows from inputs to outputs along all paths of absolute weights.

Tanaka et al. (2020), https://arxiv.org/abs/2006.05467, equation 2, summed over weights as in
Abdelfattah et al. (2021), https://arxiv.org/abs/2101.08134: weight times gradient of R, the sum of
outputs for an input of ones through absolute weights, without normalisation. Activations are left
out, which changes nothing for ReLU: all numbers are positive. The others would bend the flow.
"""

import torch
from torch import Tensor, nn
from torch.func import functional_call

from fitness.data.resident import Examples
from fitness.training.sample_batch import log10_within, walk
from genomes.graph.operation import Operation
from genomes.networks.network import Network

LOW, HIGH = -30.0, 30.0


def measure(network: Network, batch: Examples) -> float:
    """Return log10 of the flow, within -30 and 30; of the batch only the shape is looked at."""
    absolute: list[Tensor] = []

    def positive(kind: Operation, module: nn.Module, x: Tensor, *others: Tensor) -> Tensor:
        if kind.reads_unmasked:  # what the first layer reads is an input of ones
            return torch.ones_like(module(x, *others), dtype=torch.float64)
        if kind.bends:
            return x
        values = {n: p.detach().double().abs() for n, p in module.named_parameters()}
        if kind.is_weighted:
            absolute.extend(value.requires_grad_() for value in values.values())
        flow: Tensor = functional_call(module, values, (x, *others))
        return flow

    with torch.enable_grad():
        ones = torch.ones_like(batch.x[:1], dtype=torch.float64)
        total = walk(network, ones, positive).sum()
        gradients = torch.autograd.grad(total, absolute, materialize_grads=True)  # of all, 0 too
    flows = [(w * g).sum() for w, g in zip(absolute, gradients, strict=True)]
    return log10_within(float(torch.stack(flows).sum().detach()), LOW, HIGH)


def passes(examples: int) -> int:
    """Forward and backward for one example, however many there are."""
    return 3
