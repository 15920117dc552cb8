"""Proxy `initial-gradient-norm`: how steep the loss is where training begins.

Abdelfattah et al. (2021), https://arxiv.org/abs/2101.08134, `grad_norm`: the sum over layers of
the Euclidean norm of the loss's gradient by the layer's weight, on one batch.
"""

import torch

from fitness.data.resident import Examples
from fitness.training.sample_batch import first_step, inputs, log10_within, walk
from genomes.graph.operation import operation_of
from genomes.networks.network import Network

LOW, HIGH = -6.0, 6.0


def measure(network: Network, batch: Examples) -> float:
    """Return log10 of the sum of norms, within -6 and 6; overflow is 6."""
    weights = [
        network.get_parameter(f"{node.name}.weight")
        for node in network.spec.nodes
        if operation_of(node).is_weighted
    ]
    with torch.enable_grad():
        outputs = walk(network, inputs(network, batch), first_step)
        gradients = torch.autograd.grad(batch.target.loss(outputs, batch.y), weights)
    norms = torch.stack([gradient.double().norm() for gradient in gradients])
    return log10_within(float(norms.sum()), LOW, HIGH)


def passes(examples: int) -> int:
    """Forward once, backward to weights and activations."""
    return 3 * examples
