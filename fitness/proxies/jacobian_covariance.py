"""Proxy `jacobian-covariance`: does the network, untrained, treat different inputs differently?

Mellor et al. (2020), "Neural architecture search without training", its first version
(https://arxiv.org/abs/2006.04647v1), `jacob_cov` in Abdelfattah et al. (2021). Row i of the
Jacobian is the gradient of the summed logits by input i; v are the eigenvalues of the rows'
correlation matrix; the score is minus the sum of log(v + k) + 1 / (v + k). That sum runs from N,
where no two rows are alike, to N / k, so it is told as log10 of the mean. The binary codes of the
later version need ReLUs, this needs gradients alone.
"""

import math

import torch
from torch import Tensor, nn

from fitness.data.resident import Examples
from fitness.training.sample_batch import first_step, inputs, walk
from genomes.graph.operation import Operation
from genomes.networks.network import Network

K = 1e-5
WORST = math.log10(K)


def measure(network: Network, batch: Examples) -> float:
    """Return 0 if no two inputs are treated alike, down to -5; what is not finite is -5."""
    looked_up: list[Tensor] = []  # tokens have no gradient: what they stand for has

    def step(kind: Operation, module: nn.Module, *sources: Tensor) -> Tensor:
        found = first_step(kind, module, *sources)
        if kind.reads_tokens:
            found = found.detach().requires_grad_()
            looked_up.append(found)
        return found

    with torch.enable_grad():
        x = inputs(network, batch).detach().requires_grad_()
        logits = walk(network, x, step)
        (jacobian,) = torch.autograd.grad(logits.sum(), looked_up or x)
    return score(jacobian.flatten(1).double().cpu())


def score(jacobian: Tensor) -> float:
    """Score rows (N, D) in float64; a row without variation is like no other, itself included."""
    if not bool(torch.isfinite(jacobian).all()):
        return WORST
    centred = jacobian - jacobian.mean(1, keepdim=True)
    norms = centred.norm(dim=1, keepdim=True)
    rows = torch.where(norms > 0, centred / norms.clamp_min(1e-300), 0.0)
    eigenvalues = torch.linalg.eigvalsh(rows @ rows.T).clamp_min(0.0) + K
    total = float((eigenvalues.log() + 1.0 / eigenvalues).sum())
    return min(0.0, max(WORST, -math.log10(total / len(rows))))


def passes(examples: int) -> int:
    """Forward once, backward to activations alone."""
    return 2 * examples
