"""Narrower copies of a network, with their masks: fewer channels of some sites, all else alike.

Free of torch. `genomes.graph.counting` lays out what is left when masks vanish.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from genomes.graph.liveness import with_joint
from genomes.graph.masks import Flags, Kept
from genomes.graph.operation import operation_of
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec

Groups = Mapping[int, Flags]
Array = npt.NDArray[Any]
Tensors = Mapping[str, Array]


def kept_groups(spec: NetworkSpec, sites: Mapping[str, Flags]) -> Groups:
    """Return which channels of each group stay, given those (C,) of some sites."""
    found: dict[int, Flags] = {}
    for node in spec.nodes:
        layout = spec.channels[node.name]
        if layout.site is not None and layout.site in sites:
            found[layout.group] = sites[layout.site].copy()
    return with_joint(spec, found)


def narrowed_spec(spec: NetworkSpec, kept: Groups) -> NetworkSpec:
    """Return the spec with only the kept channels; its sites stay."""
    sketch = Sketch(spec.input_shape, spec.nodes[0].name)
    for node in spec.nodes[1:]:
        inputs = tuple(_features(spec, kept, source) for source in node.inputs)
        stays = Kept(_features(spec, kept, node.name), inputs)
        attributes = operation_of(node).shrunk(node.attributes, stays)
        sketch.add(node.name, node.operation, *node.inputs, **attributes)
    return sketch.finish()


def narrowed_tensors(spec: NetworkSpec, kept: Groups, tensors: Tensors) -> dict[str, Array]:
    """Return the parts of a network's tensors that belong to kept channels."""
    return {key: values[_places(spec, kept, key, values)] for key, values in tensors.items()}


def widened_tensors(
    spec: NetworkSpec, kept: Groups, narrow: Tensors, whole: Tensors
) -> dict[str, Array]:
    """Return a network's tensors, with those of its narrower copy in their places."""
    found = {}
    for key, values in whole.items():
        found[key] = values.copy()
        found[key][_places(spec, kept, key, values)] = narrow[key]
    return found


def _places(spec: NetworkSpec, kept: Groups, key: str, values: Array) -> tuple[Array, ...]:
    """Return what picks the kept channels out of a tensor, along whichever axes they lie."""
    owner, name = key.split(".", 1)
    axes = list(map(np.arange, values.shape))
    for place, axis in enumerate(operation_of(spec.by_name[owner]).axes[name]):
        if axis in ("outputs", "both", "inputs"):
            source = spec.by_name[owner].inputs[0] if axis == "inputs" else owner
            axes[place] = np.flatnonzero(_features(spec, kept, source))
    return np.ix_(*axes)


def _features(spec: NetworkSpec, kept: Groups, name: str) -> Flags:
    layout, node = spec.channels[name], spec.by_name[name]
    if layout.group not in kept:
        return np.ones(node.shape[0], dtype=np.bool_)
    return np.repeat(kept[layout.group], layout.positions)
