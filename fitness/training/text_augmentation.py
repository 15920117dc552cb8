"""Augmentation of texts in training: tokens are replaced, what is looked up of them gets noise.

Neither acts when a network is measured or continues a text. What has to be predicted stays as it
is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from fitness.training.augmentation import Augmentation
from genomes.networks.network import Network


def replacement(share: float, tokens: int) -> Augmentation:
    """Return what puts any of the tokens, alike likely, in the place of a share of (B, L)."""

    def apply(x: Tensor, generator: torch.Generator) -> Tensor:
        chosen = torch.rand(x.shape, generator=generator) < share
        others = torch.randint(tokens, x.shape, generator=generator).to(x.dtype)
        return torch.where(chosen.to(x.device), others.to(x.device), x)

    return apply


@contextmanager
def noisy_embeddings(network: Network, deviation: float) -> Iterator[None]:
    """Within, add normal noise to all embeddings while the network trains.

    It comes of torch's own generator, as dropout does. Without deviation none is drawn.
    """
    handles = []
    if deviation > 0.0:
        for node in network.spec.nodes:
            if node.operation == "token_lookup":
                lookup = network.get_submodule(node.name)
                handles.append(lookup.register_forward_hook(_adding(deviation)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _adding(deviation: float) -> Callable[[nn.Module, object, Tensor], Tensor]:
    def hook(lookup: nn.Module, _: object, found: Tensor) -> Tensor:
        return found + deviation * torch.randn_like(found) if lookup.training else found

    return hook
