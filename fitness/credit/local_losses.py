"""Learning rule `local-losses`: each layer has a loss of its own.

Nøkland & Eidnes 2019, https://arxiv.org/abs/1901.06656. What comes into a layer is asked two
things: how well a linear readout of it answers, and whether it finds two examples alike where they
are of one class (by the paper, the share of the second is .99). The readouts are fixed and random,
as in Mostafa et al. 2018, https://doi.org/10.3389/fnins.2018.00608: the network has no parameters
that nobody counts. Where targets are not classes, the first question is the only one.
"""

from __future__ import annotations

from math import sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

from fitness.training.credit.hidden import Hidden, at_positions, features
from fitness.training.credit.rule import LossOf

SHARE = 0.99  # of the likeness, where there are classes
MOST = 4  # positions a side that a readout tells apart
SMALL = 1e-8


class Local(Hidden):
    """Adds the losses of all hidden values."""

    def backward(self, paid: Tensor, outputs: Tensor, y: Tensor, loss_of: LossOf) -> None:
        classes = None
        if y.ndim == 1 and not y.is_floating_point():
            classes = alike(F.one_hot(y, outputs.shape[1]).float())
        total = paid
        for name, x in self.taken():
            loss = loss_of(self._readout(name, x.float(), outputs))
            if classes is not None:
                unlike = (alike(x.float()) - classes).square().mean()
                loss = (1.0 - SHARE) * loss + SHARE * unlike
            total = total + loss
        total.backward()  # type: ignore[no-untyped-call]

    def _readout(self, name: str, x: Tensor, outputs: Tensor) -> Tensor:
        """Return answers like the outputs (B, outputs, ...), from hidden values alone."""
        if at_positions(x, outputs):
            matrix = self.fixed(name, (outputs.shape[1], x.shape[1]), x)
            return torch.einsum("vc,bcl->bvl", matrix, x) / sqrt(x.shape[1])
        found = features(x, MOST)
        answers = outputs[0].numel()
        matrix = self.fixed(name, (found.shape[1], answers), x)
        return (found @ matrix / sqrt(found.shape[1])).view(outputs.shape)


def alike(x: Tensor) -> Tensor:
    """Return the cosine (B, B) of each two examples of (B, C, ...), less their means.

    Of images and sequences, what counts of a channel is its deviation over positions.
    """
    if x.ndim > 2:
        x = (x.flatten(2).var(2, unbiased=False) + SMALL).sqrt()
    x = F.normalize(x - x.mean(1, keepdim=True), dim=1)
    return x @ x.t()


RULE = Local
