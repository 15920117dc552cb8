"""Sequences that are longer than a network's window, read window after window.

Where windows overlap, positions are computed again, so that attention has something to see; the
memory of the network takes each in once.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from genomes.networks.network import Network
from genomes.networks.remembering.layer import TimescaleMemory
from genomes.networks.remembering.session import Rereading


class LongReading:
    """Sequences side by side; a window begins with the last `again` tokens of the one before."""

    def __init__(self, network: Network, again: int) -> None:
        (self.length,) = network.spec.input_shape
        if not 0 <= again < self.length:
            raise ValueError(f"received again={again}, expected 0 to {self.length - 1}")
        self.network, self.again = network, again
        self.layers = [m for m in network.modules() if isinstance(m, TimescaleMemory)]
        self.windows = [Rereading(layer.session(), self.length) for layer in self.layers]
        self.tail: Tensor | None = None

    @torch.inference_mode()
    def read(self, tokens: Tensor) -> Tensor:
        """Take in the next tokens (N, T); return what is said behind each, (N, V, T)."""
        parts, start = [], 0
        while start < tokens.shape[1]:
            tail = tokens[:, :0] if self.tail is None else self.tail
            stop = start + self.length - tail.shape[1]
            window = torch.cat((tail, tokens[:, start:stop]), dim=1)
            parts.append(self._said(window, tail.shape[1])[:, :, tail.shape[1] :])
            self.tail = window[:, max(0, window.shape[1] - self.again) :]
            start = stop
        return torch.cat(parts, dim=2)

    def _said(self, window: Tensor, again: int) -> Tensor:
        for layer, windows in zip(self.layers, self.windows, strict=True):
            layer.windows, windows.again = windows, again
        try:
            said: Tensor = self.network(window)
        finally:
            for layer in self.layers:
                layer.windows = None
        return said

    def branch(self) -> LongReading:
        """Return a reading that goes on from here by itself."""
        other = copy.copy(self)
        other.windows = [windows.branch() for windows in self.windows]
        return other
