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
    if is_whole(spec, masks):
        return Counts(dense, dense, dense)
    liveness = trace(spec, masks)
    shrunk = shrunk_spec(spec, masks, liveness.kept())
    return Counts(dense, liveness.active_parameters(), shrunk.dense_parameters())


def is_whole(spec: NetworkSpec, masks: Masks) -> bool:
    """Tell whether nothing of a network is masked or silenced, so that nothing can go."""
    return masks.are_on() and not any(operation_of(node).silences for node in spec.nodes)


def shrunk_spec(spec: NetworkSpec, masks: Masks, kept: Mapping[int, Flags]) -> NetworkSpec:
    """Return the spec with only the kept channels; names stay, masks vanish.

    Where a masked channel has to be kept, because something reads it before the mask or needs one
    at least, `silence` stands in the mask's place; but masks stay that a normalisation of the
    channels looks at.
    """
    sketch = Sketch(spec.input_shape, spec.nodes[0].name)
    lasting, seen = _lasting_sites(spec, masks, kept), _seen_sites(spec)
    origin = {spec.nodes[0].name: spec.nodes[0].name}
    for node in spec.nodes[1:]:
        inputs = [origin[source] for source in node.inputs]
        if _vanishes(spec, node, lasting):
            origin[node.name] = inputs[0]
            continue
        stays = _stays(spec, masks, kept, node)
        if _masks(node) and not seen & _sites(spec, node):
            on = masks.of_features(spec.channels[node.name])[stays.outputs]
            origin[node.name] = sketch.add(
                node.name, "silence", *inputs, on=tuple(on.astype(int).tolist())
            )
            continue
        attributes = operation_of(node).shrunk(node.attributes, stays)
        origin[node.name] = sketch.add(node.name, node.operation, *inputs, **attributes)
    return sketch.finish()


def _masks(node: Node) -> bool:
    """Tell whether a node does nothing but mask."""
    return operation_of(node).masks_parts or node.site is not None


def _vanishes(spec: NetworkSpec, node: Node, lasting: set[str]) -> bool:
    """Tell whether a node masks, and nothing of what it masks has to stay."""
    return _masks(node) and not lasting & _sites(spec, node)


def _sites(spec: NetworkSpec, node: Node) -> set[str]:
    """Return the sites that mask channels of a node."""
    return {part.site for part in spec.channels[node.name].parts if part.site is not None}


def _seen_sites(spec: NetworkSpec) -> set[str]:
    """Return the sites whose masks some operation looks at, beside those that only mask."""
    found = (_sites(spec, node) for node in spec.nodes if operation_of(node).counts_live)
    return set().union(*found)


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
