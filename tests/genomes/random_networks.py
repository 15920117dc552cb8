"""Random networks of both families with random masks, for property tests."""

from __future__ import annotations

import random

import torch

from genomes.gene import Record
from genomes.genome import Genome
from genomes.network import Network, build
from genomes.normalization import Normalization
from genomes.shrinking import Counts, counts
from genomes.space import FAMILIES, decode
from genomes.spec import NetworkSpec
from genomes.training import INITIALISATIONS

IMAGES = ((1, 8, 8), (3, 16, 16), (1, 28, 28))
VECTORS = ((13,), (1,))
CLASSES = 5


def random_architecture(rng: random.Random, family: str) -> tuple[Genome, tuple[int, ...]]:
    """Draw an input shape that a family takes, and a genome with an architecture alone."""
    shape = rng.choice(IMAGES if family == "cnn" else IMAGES + VECTORS)
    values = FAMILIES.load(family).genes(shape, CLASSES).sample(rng)
    return Genome("random", "male", Record(architecture=values)), shape


def random_spec(rng: random.Random, family: str) -> NetworkSpec:
    """Decode a random architecture; every other one normalises its inputs."""
    genome, shape = random_architecture(rng, family)
    normalization = None
    if rng.random() < 0.5:
        mean = tuple(rng.uniform(-1, 1) for _ in range(shape[0]))
        normalization = Normalization(mean, tuple(rng.uniform(0.5, 2) for _ in range(shape[0])))
    return decode(genome.expressed(), shape, CLASSES, normalization)


def random_network(rng: random.Random, family: str) -> Network:
    """Build a random network in float64 that has seen two batches in training mode."""
    spec = random_spec(rng, family)
    scheme = rng.choice(INITIALISATIONS)
    network = build(spec, initialisation=scheme, seed=rng.randrange(2**31)).double()
    generator = torch.Generator().manual_seed(rng.randrange(2**31))
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("bias") or parameter.dim() == 1:
                noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
                parameter.add_(0.3 * noise)
        for _ in range(2):
            network.train()(random_inputs(spec, 4, generator))
    return network.eval()


def random_inputs(spec: NetworkSpec, count: int, generator: torch.Generator) -> torch.Tensor:
    """Draw standard normal inputs in float64."""
    return torch.randn((count, *spec.input_shape), generator=generator, dtype=torch.float64)


def mask_at_random(network: Network, rng: random.Random) -> None:
    """Mask channels, weights, both or nothing, from lightly to all but everything."""
    channel_share = rng.choice((0.0, 0.3, 0.7, 1.0))
    weight_share = rng.choice((0.0, 0.5, 0.95, 1.0))
    generator = torch.Generator().manual_seed(rng.randrange(2**31))
    channels = {}
    for site, mask in network.channel_masks().items():
        drawn = torch.rand(mask.shape, generator=generator) >= channel_share
        drawn[rng.randrange(len(drawn))] = True
        channels[site] = drawn
    network.set_channel_masks(channels)
    weights = {}
    for node, mask in network.weight_masks().items():
        share = weight_share if rng.random() < 0.7 else 0.0
        weights[node] = torch.rand(mask.shape, generator=generator) >= share
    network.set_weight_masks(weights)


def check_exact(network: Network, small: Network, x: torch.Tensor, seed: int) -> Counts:
    """Assert that a shrunk network gives the same outputs and is counted right; return counts."""
    with torch.no_grad():
        full, cut = network(x), small(x)
    scale = full.abs().max().clamp_min(1e-12)
    assert ((full - cut).abs().max() / scale).item() < 1e-8, seed
    counted = counts(network)
    assert counted.dense == sum(p.numel() for p in network.parameters()), seed
    assert counted.shrunk == sum(p.numel() for p in small.parameters()), seed
    assert counted.active <= counted.shrunk <= counted.dense, seed
    assert not small.spec.sites, seed
    return counted
