"""What the rules of learning have in common that tell each hidden layer by itself what to do."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from fitness.training.credit.rule import Credit
from genomes.networks.network import Network


class Hidden(Credit):
    """Keeps what comes into layers, once where several read it."""

    def __init__(self, network: Network, seed: int) -> None:
        super().__init__(network, seed)
        self.seen: dict[int, tuple[str, Tensor]] = {}

    def enters(self, name: str, x: Tensor) -> None:
        self.seen.setdefault(id(x), (name, x))

    def taken(self) -> list[tuple[str, Tensor]]:
        """Return the last pass's values (B, ...) by the layer that reads them; forget them."""
        found = list(self.seen.values())
        self.seen.clear()
        return found


def at_positions(x: Tensor, outputs: Tensor) -> bool:
    """Tell whether outputs (B, outputs, L) are of the positions of x (B, C, L)."""
    return outputs.ndim == 3 and x.ndim == 3 and x.shape[2] == outputs.shape[2]


def features(x: Tensor, most: int) -> Tensor:
    """Return values (B, C, ...) as (B, F): means of parts, at most `most` a side."""
    if x.ndim == 2:
        return x
    image = x if x.ndim == 4 else x.unsqueeze(2)
    height, width = image.shape[2:]
    return F.adaptive_avg_pool2d(image, (min(height, most), min(width, most))).flatten(1)
