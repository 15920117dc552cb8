"""Learning rule `sign-concordant-feedback`: fixed random sizes, with the signs of the weights.

Liao, Leibo & Poggio 2016, https://arxiv.org/abs/1510.05067 (their "fixed random-magnitude").
"""

from __future__ import annotations

from torch import Tensor

from fitness.credit.feedback_alignment import Feedback
from genomes.networks.layers import Weighted


class SignConcordant(Feedback):
    """Sends errors back through weights that agree in sign with the layer's own."""

    def scaled(self, name: str, layer: Weighted) -> Tensor:
        return super().scaled(name, layer).abs() * layer.weight.detach().sign()


RULE = SignConcordant
