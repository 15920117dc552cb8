"""Attacks on a network through its own gradients, within a distance that no value may exceed.

FGSM: Goodfellow et al. 2015, "Explaining and Harnessing Adversarial Examples". PGD: Madry et al.
2018, "Towards Deep Learning Models Resistant to Adversarial Attacks". Both are a few lines of
torch; libraries of attacks bring dozens of others and wrap networks for classes alone. Signs that
are drawn are the control: where gradients do no more harm than they do, the gradients are of no
use (Athalye et al. 2018, "Obfuscated Gradients Give a False Sense of Security"), and the network
is not thereby robust.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from fitness.stress.input_facts import InputFacts
from fitness.target import Target

STEPS = 10  # of PGD
REACH = 2.5  # of all its steps together, in epsilons
SHARES = (0.01, 0.02, 0.05, 0.1)  # of the range, that epsilon is unless others are given

Loss = Callable[[Tensor, Tensor], Tensor]  # inputs (N, ...) and targets to losses (N,)


@dataclass(frozen=True)
class Ball:
    """Inputs that are no further than `epsilon` from given ones, and within the range.

    All three fit one input, as those of `InputFacts` do.
    """

    epsilon: Tensor
    low: Tensor
    high: Tensor

    @classmethod
    def of(cls, facts: InputFacts, epsilon: Tensor) -> Ball:
        """Return the ball in the range of a task."""
        kind = epsilon.dtype
        low, high = (torch.as_tensor(end).to(kind) for end in (facts.low, facts.high))
        return cls(epsilon, low, high)

    def around(self, x: Tensor, found: Tensor) -> Tensor:
        """Bring found inputs (N, ...) back to those allowed around x."""
        near = torch.maximum(torch.minimum(found, x + self.epsilon), x - self.epsilon)
        # A test input may itself lie beyond the range of training; it may stay where it is.
        return torch.maximum(torch.minimum(near, self.high.maximum(x)), self.low.minimum(x))


def loss_of(network: Callable[[Tensor], Tensor], target: Target) -> Loss:
    """Return the loss that a network in use, whose outputs are readable, was trained by."""

    def loss(x: Tensor, y: Tensor) -> Tensor:
        outputs = network(x)
        if target.units is not None:
            scale, offset = (torch.tensor(v, dtype=outputs.dtype) for v in target.units)
            outputs = (outputs - offset) / scale
        return target.loss(outputs, y, reduction="none")

    return loss


def losses_and_gradient(loss: Loss, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Return the losses (N,) of inputs (N, ...), and where each rises."""
    x = x.detach().requires_grad_()
    losses = loss(x, y)
    (gradient,) = torch.autograd.grad(losses.sum(), x)
    return losses.detach(), gradient.detach()


def drawn_signs(loss: Loss, x: Tensor, y: Tensor, ball: Ball, draw: torch.Generator) -> Tensor:
    """Move every value by epsilon, up or down by chance: the control."""
    return ball.around(x, x + ball.epsilon * _signs(x, draw))


def fgsm(loss: Loss, x: Tensor, y: Tensor, ball: Ball, draw: torch.Generator) -> Tensor:
    """Move every value by epsilon to where the loss rises: x + epsilon * sign(gradient)."""
    return ball.around(x, x + ball.epsilon * losses_and_gradient(loss, x, y)[1].sign())


def pgd(loss: Loss, x: Tensor, y: Tensor, ball: Ball, draw: torch.Generator) -> Tensor:
    """Start anywhere in the ball, go up the loss in short steps; keep the worst of all places."""
    start = 2.0 * torch.rand(x.shape, generator=draw, dtype=x.dtype) - 1.0
    at = ball.around(x, x + ball.epsilon * start)
    worst, most = at, torch.full((len(x),), -torch.inf)
    for step in range(STEPS + 1):
        losses, gradient = losses_and_gradient(loss, at, y)
        higher = losses > most
        most = torch.where(higher, losses, most)
        worst = torch.where(higher.view(-1, *[1] * (x.ndim - 1)), at, worst)
        if step < STEPS:
            at = ball.around(x, at + REACH / STEPS * ball.epsilon * gradient.sign())
    return worst


def _signs(x: Tensor, draw: torch.Generator) -> Tensor:
    return 2.0 * torch.randint(2, x.shape, generator=draw).to(x.dtype) - 1.0


Attack = Callable[[Loss, Tensor, Tensor, Ball, torch.Generator], Tensor]
ATTACKS: dict[str, Attack] = {"random signs": drawn_signs, "FGSM": fgsm, "PGD": pgd}
