"""Notes on a memory while it runs over whole windows: what tiers hold, what is found in them."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from genomes.networks.remembering.tiers import TIERS, Tiers


class Notes:
    """Sums over windows and heads, of which `means` are told."""

    def __init__(self) -> None:
        self.recalled, self.filled = dict.fromkeys(TIERS, 0.0), dict.fromkeys(TIERS, 0.0)
        self.asked = self.memories = 0

    def take(self, shares: Mapping[str, Tensor], queries: Tensor) -> None:
        """Take in what shares of their attention queries (N, H, T, D) gave to entries of tiers."""
        for name, share in shares.items():
            self.recalled[name] += float(share.sum())
        self.asked += queries[..., 0].numel()

    def leave(self, memory: Tiers) -> None:
        """Take in what a memory holds at the end of its window."""
        for name, tier in zip(TIERS, memory.parts, strict=True):
            self.filled[name] += float(tier.filled.sum())
        self.memories += memory.short.filled[..., 0].numel()

    def means(self) -> dict[str, float]:
        """Return by tier the share of a position's attention, and the entries held at the end."""
        recalled = {f"recalled.{name}": x / self.asked for name, x in self.recalled.items()}
        return recalled | {f"filled.{name}": x / self.memories for name, x in self.filled.items()}
