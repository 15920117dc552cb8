"""Random networks of any family with random masks, for property tests.

One in five stages has a bred activation function: the space is drawn from as it is, open.
"""

from __future__ import annotations

import random

import torch

from genomes.chromosomes.space import FAMILIES, decode
from genomes.chromosomes.training_genes import INITIALISATIONS
from genomes.genes.gene import Record
from genomes.genes.genome import Genome
from genomes.graph.interface import Interface
from genomes.graph.normalization import Normalization
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import Network, build
from genomes.networks.shrinking import Counts, counts

IMAGES = ((1, 8, 8), (3, 16, 16), (1, 28, 28))
SEQUENCES = ((1, 8), (3, 21), (1, 100))
VECTORS = ((13,), (1,))
TOKENS = ((12,), (5,))
TAKEN = {
    "mlp": IMAGES + VECTORS,
    "modular": IMAGES + SEQUENCES,
    "cnn1d": SEQUENCES,
    "transformer": TOKENS,
    "gru": TOKENS,
}  # others take images
READ_TOKENS = ("transformer", "gru")
CLASSES = 5


def shape_for(family: str) -> tuple[int, ...]:
    """Return one shape that a family takes."""
    return {"cnn1d": (2, 24), "transformer": (12,), "gru": (12,)}.get(family, (1, 8, 8))


def interface_for(
    family: str,
    shape: tuple[int, ...],
    normalization: Normalization | None = None,
    outputs: int = CLASSES,
) -> Interface:
    """Return the ends of a network of a family: tokens to continue, or classes."""
    if family in READ_TOKENS:
        return Interface(shape, outputs, None, tokens=outputs, per_position=True)
    return Interface(shape, outputs, normalization)


def random_architecture(rng: random.Random, family: str) -> tuple[Genome, tuple[int, ...]]:
    """Draw an input shape that a family takes, and a genome with an architecture alone."""
    shape = rng.choice(TAKEN.get(family, IMAGES))
    genes = FAMILIES.load(family).genes(interface_for(family, shape))
    values = genes.sample(rng)
    for _ in range(rng.randrange(16) if family == "modular" else 0):  # graphs grow
        values = genes.mutate(values, rng)
    return Genome("random", "male", Record(architecture=values)), shape


def grown(values: Record, family: str, shape: tuple[int, ...], rng: random.Random) -> Record:
    """Mutate an architecture many times: some families start minimal and grow."""
    genes = FAMILIES.load(family).genes(Interface(shape, CLASSES))
    for _ in range(rng.randrange(60)):
        values = genes.mutate(values, rng)
    return values


def random_spec(rng: random.Random, family: str) -> NetworkSpec:
    """Decode a random architecture; every other one normalises its inputs."""
    if family == "joint":
        return random_joint_spec(rng)
    genome, shape = random_architecture(rng, family)
    if family == "neat":
        values = grown(genome.chromosomes["architecture"], family, shape, rng)
        genome = Genome("random", "male", Record(architecture=values))
    normalization = None
    if rng.random() < 0.5:
        mean = tuple(rng.uniform(-1, 1) for _ in range(shape[0]))
        normalization = Normalization(mean, tuple(rng.uniform(0.5, 2) for _ in range(shape[0])))
    return decode(genome.expressed(), interface_for(family, shape, normalization))


def random_joint_spec(rng: random.Random) -> NetworkSpec:
    """Lay out convolutions, masked or not, that read any earlier ones concatenated."""
    sketch = Sketch((2, 4, 4))
    streams = ["input"]
    for number in range(rng.randint(1, 4)):
        x = rng.choice(streams)
        for _ in range(rng.randrange(3)):
            x = sketch.add(f"join{len(sketch.nodes)}", "concatenate", x, rng.choice(streams))
        if rng.random() < 0.3:
            x = sketch.add(f"norm{number}", rng.choice(("batch_norm", "layer_norm")), x)
        name, width = f"conv{number}", rng.randint(1, 5)
        x = sketch.add(
            name, "conv", x, out_channels=width, kernel=rng.choice((1, 3)), stride=1, bias=True
        )
        x = sketch.add(f"{name}_activation", "activation", x, function="tanh")
        if rng.random() < 0.8:
            x = sketch.add(f"{name}_mask", "mask", x, site=f"stage{number}", stage=number)
        streams.append(x)
    x = sketch.add("last", "concatenate", streams[-1], rng.choice(streams))
    x = sketch.add("flat", rng.choice(("flatten", "global_average_pool")), x)
    if rng.random() < 0.5:
        x = sketch.add("wide", "concatenate", x, x)
    sketch.add("logits", "linear", x, out_features=CLASSES, bias=True)
    return sketch.finish()


def random_network(rng: random.Random, family: str) -> Network:
    """Build a random network in float64 that has seen two batches in training mode."""
    return lively_network(rng, random_spec(rng, family))


def lively_network(rng: random.Random, spec: NetworkSpec) -> Network:
    """Build a network in float64 with random biases that has seen two batches in training mode."""
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
    """Draw standard normal inputs, or tokens, in float64."""
    if spec.tokens is not None:
        tokens = torch.randint(spec.tokens, (count, *spec.input_shape), generator=generator)
        return tokens.double()
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


def check_exact(
    network: Network, small: Network, x: torch.Tensor, seed: int, *, masks_go: bool = True
) -> Counts:
    """Assert that a shrunk network gives the same outputs and is counted right; return counts."""
    with torch.no_grad():
        full, cut = network(x), small(x)
    scale = full.abs().max().clamp_min(1e-12)
    assert ((full - cut).abs().max() / scale).item() < 1e-8, seed
    counted = counts(network)
    assert counted.dense == sum(p.numel() for p in network.parameters()), seed
    assert counted.shrunk == sum(p.numel() for p in small.parameters()), seed
    assert counted.active <= counted.shrunk <= counted.dense, seed
    assert not (masks_go and small.spec.sites), seed
    return counted
