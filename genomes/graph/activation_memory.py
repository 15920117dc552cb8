"""The activations that have to be held at once to run a network, without torch.

Operations run in the order of the spec; the output of one is held until the last that reads it has
run. No operation is taken to work in place, views and dropout neither, so it is an upper bound of
what a runtime that frees memory at once needs (as counted by Liberis et al. 2021, "µNAS").
"""

from __future__ import annotations

from math import prod

from genomes.graph.spec import NetworkSpec

BYTES = 4  # of a float32


def peak_activation_bytes(spec: NetworkSpec) -> int:
    """Return the most bytes that outputs of one example take at once, as float32."""
    last = {source: k for k, node in enumerate(spec.nodes) for source in node.inputs}
    held = most = 0
    for k, node in enumerate(spec.nodes):
        held += prod(node.shape)
        most = max(most, held)
        read = {source for source in node.inputs if last[source] == k}
        held -= sum(prod(spec.by_name[source].shape) for source in read)
    return BYTES * most
