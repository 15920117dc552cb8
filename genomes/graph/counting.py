"""Counts the parameters of a masked network and lays out its shrunk spec, both without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genomes.graph.inhibition import CHANNELS, cut_places
from genomes.graph.liveness import Flags, Masks, trace, unmasked_edges
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec, Node

# The attribute that states how many channels come out.
WIDTH = {
    "conv": "out_channels", "linear": "out_features", "sparse_linear": "out_features",
    "gate": "marks",
}  # fmt: skip


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
        if node.operation == "mask" and node.attributes["site"] not in lasting:
            origin[node.name] = inputs[0]
            continue
        attributes = dict(node.attributes)
        group = spec.channels[node.name].group
        if node.operation in WIDTH and group in kept:
            attributes[WIDTH[node.operation]] = int(kept[group].sum())
        if node.operation == "gated" and group in kept:
            marks = kept[spec.channels[node.inputs[1]].group]
            attributes["runs"] = _runs(attributes["runs"], kept[group], marks)
        if node.operation == "inhibit" and attributes["over"] == CHANNELS and group in kept:
            stays = np.repeat(kept[group], spec.channels[node.name].positions)
            attributes["places"] = cut_places(attributes["places"], stays.tolist())
        if node.operation == "sparse_linear":
            attributes["edges"] = _renumbered(spec, masks, kept, node)
        origin[node.name] = sketch.add(node.name, node.operation, *inputs, **attributes)
    return sketch.finish()


def kept_edges(spec: NetworkSpec, masks: Masks, kept: Mapping[int, Flags], node: Node) -> Flags:
    """Return which edges of a `sparse_linear`, (E,), stay: unmasked, between kept channels."""
    outputs, inputs = (_kept_features(spec, kept, name) for name in (node.name, node.inputs[0]))
    return unmasked_edges(node, masks, outputs, inputs)


def _renumbered(
    spec: NetworkSpec, masks: Masks, kept: Mapping[int, Flags], node: Node
) -> tuple[tuple[int, int], ...]:
    """Return the edges that stay, between the places of what stays."""
    outputs, inputs = (_kept_features(spec, kept, name) for name in (node.name, node.inputs[0]))
    output_places, input_places = np.cumsum(outputs) - 1, np.cumsum(inputs) - 1
    stays = unmasked_edges(node, masks, outputs, inputs)
    return tuple(
        (int(output_places[o]), int(input_places[i]))
        for (o, i), on in zip(node.attributes["edges"], stays, strict=True)
        if on
    )


def _kept_features(spec: NetworkSpec, kept: Mapping[int, Flags], name: str) -> Flags:
    layout = spec.channels[name]
    if layout.group not in kept:
        return np.ones(spec.by_name[name].shape[0], dtype=np.bool_)
    return np.repeat(kept[layout.group], layout.positions)


def _runs(runs: Sequence[int], kept: Flags, marks: Flags) -> tuple[int, ...]:
    """Return how many channels each of the marks that stay speaks for."""
    rows = np.repeat(np.arange(len(runs)), runs)[kept]
    return tuple(np.bincount(rows, minlength=len(runs))[marks].tolist())


def _lasting_sites(spec: NetworkSpec, masks: Masks, kept: Mapping[int, Flags]) -> set[str]:
    groups = {spec.channels[node.name].site: spec.channels[node.name].group for node in spec.nodes}
    return {
        site for site, mask in masks.channels.items() if bool((kept[groups[site]] & ~mask).any())
    }
