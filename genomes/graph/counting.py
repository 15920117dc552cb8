"""Counts the parameters of a masked network and lays out its shrunk spec, both without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from genomes.graph.liveness import trace
from genomes.graph.masks import Flags, Kept, Masks, through_edges
from genomes.graph.operation import operation_of
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec, Node


@dataclass(frozen=True)
class Counts:
    """Parameters: all trainable ones; those on an unmasked path; those of the shrunk network."""

    dense: int
    active: int
    shrunk: int


def count(spec: NetworkSpec, masks: Masks) -> Counts:
    """Count the parameters of a spec under masks."""
    dense = spec.dense_parameters()
    if masks.are_on():
        return Counts(dense, dense, dense)
    liveness = trace(spec, masks)
    shrunk = shrunk_spec(spec, masks, liveness.kept())
    return Counts(dense, liveness.active_parameters(), shrunk.dense_parameters())


def shrunk_spec(spec: NetworkSpec, masks: Masks, kept: Mapping[int, Flags]) -> NetworkSpec:
    """Return the spec with only the kept channels; names stay, masks vanish.

    A site's masks would stay only where a masked channel has to be kept because something reads
    it before the mask; no decoded network is like that.
    """
    sketch = Sketch(spec.input_shape, spec.nodes[0].name)
    lasting = _lasting_sites(spec, masks, kept)
    origin = {spec.nodes[0].name: spec.nodes[0].name}
    for node in spec.nodes[1:]:
        inputs = [origin[source] for source in node.inputs]
        if node.site is not None and node.site not in lasting:
            origin[node.name] = inputs[0]
            continue
        stays = _stays(spec, masks, kept, node)
        attributes = operation_of(node).shrunk(node.attributes, stays)
        origin[node.name] = sketch.add(node.name, node.operation, *inputs, **attributes)
    return sketch.finish()


def kept_edges(spec: NetworkSpec, masks: Masks, kept: Mapping[int, Flags], node: Node) -> Flags:
    """Return which of a node's edges, (E,), stay: unmasked, between kept channels."""
    outputs, inputs = (_kept_features(spec, kept, name) for name in (node.name, node.inputs[0]))
    return through_edges(node.attributes["edges"], masks.weights.get(node.name), outputs, inputs)


def _stays(spec: NetworkSpec, masks: Masks, kept: Mapping[int, Flags], node: Node) -> Kept:
    edges = kept_edges(spec, masks, kept, node) if operation_of(node).has_edges else None
    inputs = tuple(_kept_features(spec, kept, source) for source in node.inputs)
    return Kept(_kept_features(spec, kept, node.name), inputs, edges)


def _kept_features(spec: NetworkSpec, kept: Mapping[int, Flags], name: str) -> Flags:
    layout = spec.channels[name]
    if layout.group not in kept:
        return np.ones(spec.by_name[name].shape[0], dtype=np.bool_)
    return np.repeat(kept[layout.group], layout.positions)


def _lasting_sites(spec: NetworkSpec, masks: Masks, kept: Mapping[int, Flags]) -> set[str]:
    groups = {spec.channels[node.name].site: spec.channels[node.name].group for node in spec.nodes}
    return {
        site for site, mask in masks.channels.items() if bool((kept[groups[site]] & ~mask).any())
    }
