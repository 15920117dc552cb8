"""Random networks, masked and with lively statistics, and their exports; for the export tests."""

from __future__ import annotations

import random
from collections.abc import Mapping

import torch

from evo.export.exported import Exported, Fact, plain_network
from fitness.data.text.vocabulary import Vocabulary
from fitness.targets.classes import Classes
from fitness.targets.next_token import NextToken
from genomes.chromosomes.gate_genes import with_gates
from genomes.chromosomes.space import FAMILIES
from genomes.genes.gene import Record
from genomes.graph.normalization import Normalization
from genomes.graph.spec import NetworkSpec
from genomes.networks.gate import Gate
from genomes.networks.network import Network, build
from tests.genomes.random_networks import interface_for

SHAPES = {
    "cnn": (2, 9, 7), "cnn1d": (2, 19), "modular": (2, 9, 7), "mlp": (6,), "neat": (6,),
    "transformer": (7,), "gru": (7,),
}  # fmt: skip
CLASSES = 3  # and letters
LETTERS = Vocabulary("character", (b"\n", b"a", b"b"))
FACTS = {
    "genome": "g17",
    "validation_accuracy": 0.975,
    "test_accuracy": 0.96,
    "active_parameters": 1200,
    "active_ratio": 0.25,
    "dense_parameters": 4800,
}


def random_spec(family: str, seed: int) -> NetworkSpec:
    """Decode a random architecture."""
    shape = SHAPES[family]
    normalization = Normalization(tuple(range(shape[0])), tuple(range(1, shape[0] + 1)))
    interface = interface_for(family, shape, normalization, CLASSES)
    genes = FAMILIES.load(family).genes(interface)
    rng = random.Random(seed)
    value = genes.sample(rng)
    for _ in range(60 if family == "neat" else 0):  # it starts minimal and grows
        value = genes.mutate(value, rng)
    spec: NetworkSpec = FAMILIES.load(family).decode(value, interface)
    return spec


def random_network(family: str, seed: int) -> Network:
    """Build a random network as after training: masked, its statistics and affines moved."""
    network = build(random_spec(family, seed), seed=seed)
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in network.tensors().items():
        if not name.startswith("normalize."):
            noise = torch.rand(tensor.shape, generator=generator)
            noise -= 0.5 if "_gru." in name else 0.0  # all of one sign saturate its units
            tensor.copy_(tensor + 0.5 * noise)
    masks = {}
    for site in network.spec.sites:
        masks[site.name] = torch.rand(site.channels, generator=generator) < 0.6
        masks[site.name][0] = True
    network.set_channel_masks(masks)
    weights = {
        name: torch.rand(m.shape, generator=generator) < 0.8
        for name, m in network.weight_masks().items()
    }
    network.set_weight_masks(weights if seed % 2 else {})
    return network.eval()


def gated_network(family: str, seed: int) -> Network:
    """Build a random network with gates that open to some inputs only."""
    genes = Record(gate="contextual", gate_threshold=0.5, gate_blend=0.5, gate_memory=2)
    network = build(with_gates(random_spec(family, seed), genes), seed=seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, Gate):
                for tensor in (module.context, module.bias, module.patterns):
                    tensor.normal_(generator=generator)
    return network.eval()


def inputs(network: Network, examples: int) -> torch.Tensor:
    """Draw inputs for a network."""
    generator = torch.Generator().manual_seed(examples)
    if (tokens := network.spec.tokens) is not None:
        return torch.randint(tokens, (examples, *network.spec.input_shape), generator=generator)
    return 3.0 * torch.randn(examples, *network.spec.input_shape, generator=generator)


def random_export(family: str, seed: int, task: str = "digits") -> Exported:
    """Make the export of a random network."""
    return exported(plain_network(random_network(family, seed)), task)


def exported(
    network: Network,
    task: str = "digits",
    facts: Mapping[str, Fact] = FACTS,
    names: tuple[str, ...] = (),
) -> Exported:
    """Return the export of a network that tells classes apart, or continues a text."""
    if network.spec.tokens is not None:
        measured = {key.replace("accuracy", "bits_per_byte"): fact for key, fact in facts.items()}
        return Exported(network, task, measured, NextToken(LETTERS), "bits_per_byte")
    return Exported(network, task, facts, Classes(network.spec.outputs, names), "accuracy")
