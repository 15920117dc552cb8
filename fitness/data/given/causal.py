"""Tells whether a given network that predicts the next token sees it: then it predicts nothing."""

from __future__ import annotations

import torch

from fitness.data.arrays import UnusableData
from genomes.graph.given.network import GivenNetwork
from genomes.networks.given import whole

SEED = 0


@torch.inference_mode()
def check_causal(given: GivenNetwork, named: str) -> None:
    """Raise UnusableData if answers at a position change with the tokens that come after it."""
    tokens, (length,) = given.spec.tokens, given.spec.input_shape
    if tokens is None or length < 2:
        return
    generator = torch.Generator().manual_seed(SEED)
    x = torch.randint(tokens, (2, length), generator=generator)
    half = length // 2
    x[1, :half] = x[0, :half]
    x[1, half:] = (x[0, half:] + 1) % tokens
    first, second = whole(given)(x)[:, :, :half]
    if not torch.allclose(first, second, atol=1e-4):
        raise UnusableData(
            f"{named} sees the tokens that it is to predict: its answers at the first {half} "
            f"positions change with those that come after. Let its attention be causal "
            "(is_causal=True, or a mask), and let nothing else reach forward"
        )
