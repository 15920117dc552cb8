"""A trained network in the units of its targets: for use, where training had them standardised."""

from __future__ import annotations

from collections.abc import Sequence
from math import isclose

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import Network, build

NAME = "units"  # of the node
ROUNDING = 1e-9  # of an offset that is nothing, in the units of outputs


def rescaled(network: Network, scale: Sequence[float], offset: Sequence[float]) -> Network:
    """Return a copy whose outputs (N, F) are multiplied by `scale` (F,) and moved by `offset`.

    Its masks have to be gone. Where its outputs were rescaled already, both become one step, or
    none if the second undoes the first.
    """
    spec, last, nodes = network.spec, network.spec.output, network.spec.nodes
    if last.operation == "rescale":
        first = zip(last.attributes["scale"], last.attributes["offset"], strict=True)
        joined = [
            _one_step(*before, *after)
            for before, after in zip(first, zip(scale, offset, strict=True), strict=True)
        ]
        scale, offset = ([step[place] for step in joined] for place in (0, 1))
        nodes, last = nodes[:-1], spec.by_name[last.inputs[0]]
        if set(joined) == {(1.0, 0.0)}:
            return _remade(network, NetworkSpec(spec.input_shape, nodes))
    attributes = Record(scale=tuple(scale), offset=tuple(offset))
    node = Node(NAME, "rescale", (last.name,), attributes, last.shape)
    return _remade(network, NetworkSpec(spec.input_shape, (*nodes, node)))


def _one_step(scale: float, offset: float, then: float, more: float) -> tuple[float, float]:
    """Return scale and offset of two steps; exactly (1, 0) where the second undoes the first."""
    both, moved = scale * then, offset * then + more
    undone = isclose(both, 1.0) and abs(moved) <= ROUNDING * max(abs(more), then)
    return (1.0, 0.0) if undone else (both, moved)


def _remade(network: Network, spec: NetworkSpec) -> Network:
    made = build(spec)
    known = made.state_dict()
    kept = {
        name: value
        for name, value in network.state_dict().items()
        if name in known and not name.startswith(f"{NAME}.")  # the constants of a step before
    }
    made.load_state_dict({**known, **kept})
    return made.train(network.training)
