"""A trained network in the units of its targets: for use, where training had them standardised."""

from __future__ import annotations

from collections.abc import Sequence

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import Network, build

NAME = "units"  # of the node


def rescaled(network: Network, scale: Sequence[float], offset: Sequence[float]) -> Network:
    """Return a copy whose outputs (N, F) are multiplied by `scale` (F,) and moved by `offset`.

    Its masks have to be gone.
    """
    spec, last = network.spec, network.spec.output
    attributes = Record(scale=tuple(scale), offset=tuple(offset))
    node = Node(NAME, "rescale", (last.name,), attributes, last.shape)
    made = build(NetworkSpec(spec.input_shape, (*spec.nodes, node)))
    made.load_state_dict({**made.state_dict(), **network.state_dict()})
    return made.train(network.training)
