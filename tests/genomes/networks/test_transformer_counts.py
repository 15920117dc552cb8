"""Parameters and FLOPs of a masked transformer as one counts them with pencil and paper.

The formulae know genes and how many heads and channels are left, nothing of operations or specs.
"""

from __future__ import annotations

import random

import pytest
import torch

from genomes.architectures import transformer
from genomes.genes.gene import Record
from genomes.networks.network import build
from genomes.networks.shrinking import counts, shrink
from tests.genomes.random_networks import interface_for

TOKENS, LENGTH = 7, 12
GENOMES = 60


def drawn(seed: int) -> Record:
    """Draw genes of plain blocks; activations are rectifiers, one operation each."""
    genes = transformer.genes(interface_for("transformer", (LENGTH,), outputs=TOKENS))
    values = genes.sample(random.Random(seed))
    blocks = tuple(Record({**block, "activation": "relu"}) for block in values["blocks"])
    plain = {"head_size": 8, "control": False, "experts": 1, "memory": False, "exits": False}
    return Record({**values, "blocks": blocks, **plain})


def parameters(genes: Record, width: int, left: list[tuple[int, int]]) -> int:
    """Count parameters; `width` is left of the stream, of each block so many heads and hidden."""
    size = genes["head_size"]
    norm = width * (2 if genes["normalisation"] == "layer" else 1)
    total = TOKENS * width + (LENGTH * width if genes["positions"] == "learnt" else 0) + norm
    for heads, hidden in left:
        attention = heads * width * 3 * size + width * heads * size  # q, k, v; joined, no bias
        total += 2 * norm + attention + (width + 1) * hidden + (hidden + 1) * width
    return total + (0 if genes["tied"] else (width + 1) * TOKENS)


def flops(genes: Record, width: int, left: list[tuple[int, int]]) -> int:
    """Count multiplications and additions of a pass; a product of n pairs is 2 n of them."""
    size = genes["head_size"]
    # Layer norm: mean, centred, square, sum, scaled, weight, bias; rms leaves out three of them.
    norm = (7 if genes["normalisation"] == "layer" else 4) * width
    learnt, scored = 2 * width, 2 * width + 1  # times a constant, added; products, times another
    at_position = width + (learnt if genes["positions"] == "learnt" else 0) + norm
    total = 0
    for block, (heads, hidden) in zip(genes["blocks"], left, strict=True):
        window = max(1, round(block["context"] * LENGTH))
        pairs = sum(0 <= now - then < window for now in range(LENGTH) for then in range(LENGTH))
        looking = 2 * size + 5 + 2 * size  # query by key; softmax; share by value
        # Of queries and keys each pair of numbers is turned: four products, two sums.
        turned = 2 * (size // 2) * 6 if genes["positions"] == "rotary" else 0
        projected = 3 * size * 2 * width
        total += heads * (LENGTH * (projected + turned) + pairs * looking)
        joined = width * 2 * heads * size
        fed = hidden * (2 * width + 1) + hidden + width * (2 * hidden + 1)
        at_position += 2 * norm + joined + fed + 2 * width  # and what is added to the stream
    answers = TOKENS * scored if genes["tied"] else TOKENS * (2 * width + 1)
    return total + LENGTH * (at_position + answers)


@pytest.mark.parametrize("masked", [False, True])
def test_a_transformer_is_counted_as_by_hand(masked: bool) -> None:
    for seed in range(GENOMES):
        genes, generator = drawn(seed), torch.Generator().manual_seed(seed)
        interface = interface_for("transformer", (LENGTH,), outputs=TOKENS)
        network = build(transformer.decode(genes, interface))
        masks = {
            site: torch.rand(len(mask), generator=generator) < (0.6 if masked else 2.0)
            for site, mask in network.channel_masks().items()
        }
        for mask in masks.values():
            mask[0] = True
        network.set_channel_masks(masks)
        left = [
            (int(masks[f"block{n}.heads"].sum()), int(masks[f"block{n}.hidden"].sum()))
            for n in range(len(genes["blocks"]))
        ]
        stream = masks.get("stream", torch.ones(genes["heads"] * genes["head_size"]))
        width = int(stream.sum())
        small, counted = shrink(network), counts(network)
        assert small.spec.flops() == flops(genes, width, left), seed
        by_hand = parameters(genes, width, left)
        assert counted.shrunk == counted.active == by_hand == small.spec.dense_parameters(), seed
        assert sum(parameter.numel() for parameter in small.parameters()) == by_hand, seed
