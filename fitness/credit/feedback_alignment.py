"""Learning rule `feedback-alignment`: errors go back through fixed random weights.

Lillicrap et al. 2016, https://doi.org/10.1038/ncomms13276. Each layer has random weights of the
shape of its own, with the deviation of He et al. (2015); the error that reaches the layers before
is what these would send back. Weights learn to agree with them. Masked weights send nothing.
"""

from __future__ import annotations

from math import prod, sqrt

from torch import Tensor

from fitness.training.credit.rule import TRAINING_TO_FORWARD, Credit
from genomes.networks.layers import Weighted


class Feedback(Credit):
    """Adds to each layer a pass through other weights, whose value is taken off again."""

    passes = TRAINING_TO_FORWARD + 1

    _given: Tensor | None = None  # what came into the layer that is at work

    def enters(self, name: str, x: Tensor) -> None:
        self._given = x

    def leaves(self, name: str, y: Tensor) -> Tensor:
        x, self._given = self._given, None
        if x is None:
            return y
        layer = self.layers[name]
        fed = layer.function(x, self.weight(name, layer), None)
        return y + (fed - fed.detach())

    def weight(self, name: str, layer: Weighted) -> Tensor:
        """Return the weights by which errors go back, of the shape of the layer's own."""
        found = self.scaled(name, layer)
        return found if layer.factor is None else found * layer.factor

    def scaled(self, name: str, layer: Weighted) -> Tensor:
        """Return the random weights of a layer."""
        shape = tuple(layer.weight.shape)
        read = prod(shape) // shape[0]
        return self.fixed(name, shape, layer.weight) * sqrt(2.0 / read)


RULE: type[Credit] = Feedback
