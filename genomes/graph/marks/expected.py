"""The work of a gated network where its marks are open in so many cases.

A closed channel is neither computed nor read. What gates themselves need always counts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from genomes.graph.counting import is_whole, shrunk_spec
from genomes.graph.liveness import trace
from genomes.graph.marks.runs import speakers
from genomes.graph.masks import Masks
from genomes.graph.operation import operation_of
from genomes.graph.shapes import Shape
from genomes.graph.spec import NetworkSpec

Shares = Mapping[str, npt.ArrayLike]  # (M,) by gate: in how many cases each mark is open


def expected_flops(spec: NetworkSpec, masks: Masks, shares: Shares) -> float:
    """Return the mean FLOPs of one example through the shrunk network.

    A head looks as far as if it had been open before: an upper bound, for it sees less then.
    """
    kept = {} if is_whole(spec, masks) else trace(spec, masks).kept()
    groups = {gate: spec.channels[gate].group for gate in shares}
    left = {
        gate: np.asarray(opened)[kept.get(groups[gate], slice(None))]
        for gate, opened in shares.items()
    }
    small = shrunk_spec(spec, masks, kept)
    flops = float(small.flops())
    for node in small.nodes:
        if operation_of(node).closes:
            opened = left[node.inputs[1]][speakers(node.attributes["runs"])]  # by channel
            flops -= (1.0 - float(opened.mean())) * _spared(small, node.name)
    return flops


def _spared(spec: NetworkSpec, closed: str) -> int:
    """Return the FLOPs that are spared where all channels of a node are closed."""
    group = spec.channels[closed].group

    def left(name: str) -> Shape:
        shape = spec.by_name[name].shape
        return (0, *shape[1:]) if spec.channels[name].group == group else shape

    spared = 0
    for node in spec.nodes[1:]:
        rule, first = operation_of(node), (*node.inputs, node.name)[0]
        if group in (spec.channels[node.name].group, spec.channels[first].group):
            whole = rule.flops(node.attributes, spec.source(node), node.shape)
            spared += whole - rule.flops(node.attributes, left(first), left(node.name))
    return spared
