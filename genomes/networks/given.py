"""The network that a user gives as a torch module, whole and with its weights."""

from __future__ import annotations

import torch

from genomes.graph.given.network import GivenNetwork
from genomes.networks.network import Network


def whole(given: GivenNetwork) -> Network:
    """Build what was given, in evaluation mode, on the CPU."""
    network = Network(given.spec).eval()
    tensors = {name: torch.from_numpy(values) for name, values in given.tensors.items()}
    network.load_state_dict(network.state_dict() | tensors)
    return network
