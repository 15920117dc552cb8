"""Where the training of a network starts that does not begin with drawn weights alone."""

from __future__ import annotations

import torch

from fitness.evaluation import Job
from fitness.seeds import derived
from fitness.training.inheritance import Inheritance
from genomes.chromosomes.space import carried_tensors, starting_tensors
from genomes.graph.interface import Interface
from genomes.graph.spec import NetworkSpec
from genomes.networks.inherit import State, inherit_weights
from genomes.networks.network import Network


def start_from_given(network: Network, job: Job, interface: Interface) -> None:
    """Let a network begin with the tensors of one that the user gave, if one was given."""
    tensors = starting_tensors(job.expressed, interface)
    if tensors is not None:
        start = {name: torch.from_numpy(values) for name, values in tensors.items()}
        network.load_state_dict(network.state_dict() | start)


def start_from_parent(
    network: Network, job: Job, interface: Interface, parent: NetworkSpec, state: State
) -> None:
    """Let a network take over what it can of its parent's state dict, by the genes of its birth.

    Copies of a given network know which channels are the same, so theirs are blended with those
    that the network begins with; others match what lines up.
    """
    inheritance = Inheritance.of(job.birth)
    assert inheritance is not None
    scale = job.expressed["epigenome"]["inherited_scale"]
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    inherit_weights(network, parent, state, scale=scale, seed=derived(job.seed, "inheritance"))
    arrays = {name: tensor.numpy() for name, tensor in state.items()}
    carried = carried_tensors(job.expressed, inheritance.parent, arrays, interface)
    if carried is not None:
        blended = {
            name: scale * torch.from_numpy(values) + (1.0 - scale) * before[name]
            for name, values in carried.items()
        }
        network.load_state_dict(network.state_dict() | blended)
