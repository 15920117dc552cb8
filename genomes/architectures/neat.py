"""Family `neat`: sparse feed-forward networks that start minimal and grow, neuron by neuron.

For small dense problems. Weights are trained as those of any family, or evolve: gene `weights`.
Where they are trained they start by the scheme of `initialisation`; what the topology holds of
weights then rests, and neither varies nor counts in its distance.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from math import prod

from genomes.chromosomes.epigenome import MAXIMUM_STAGES
from genomes.genes.activation import ACTIVATIONS
from genomes.genes.gene import Choice, Fixed, Record, Struct
from genomes.genes.topology import Topology
from genomes.genes.wiring import Neuron, Wiring, input_name, wire
from genomes.graph.interface import Interface
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec

EVOLVED = {"weights": ("evolved",)}
WHOLE, AT_FIRST = 64, 0.25  # inputs up to which founders read all of them; the share beyond
TEXTBOOK = (Record(weights="trained"),)  # topologies as drawn: textbooks have none

Weights = Mapping[str, Mapping[str, tuple[float, ...]]]
Features = tuple[str, ...]  # of a node's output: inputs and neurons


def genes(interface: Interface) -> Struct:
    """Return the genes of the family; raise ValueError for tables with more than numbers."""
    if interface.table is not None and not interface.table.is_plain:
        raise ValueError(
            "received a table with categories or missing numbers, which family neat does not "
            "take. Choose family mlp."
        )
    inputs = prod(interface.input_shape)
    topology = Topology(
        inputs,
        interface.outputs,
        functions=ACTIVATIONS,
        start=1.0 if inputs <= WHOLE else AT_FIRST,
        weighted_when=Record(EVOLVED),
    )
    trained = Choice(("trained", "evolved"), weights=(0.8, 0.2))
    return Struct({"family": Fixed("neat"), "weights": trained, "topology": topology})


def decode(values: Record, interface: Interface) -> NetworkSpec:
    """Build the network of a value of `genes`: neurons of equal depth and function are a layer."""
    sketch = Sketch(interface.input_shape)
    x = sketch.opening(interface.normalization, flat=True)
    homes = {input_name(place): x for place in range(prod(interface.input_shape))}
    members: dict[str, Features] = {x: tuple(homes)}  # what each source's features are
    joins: dict[Features, str] = {}  # nodes that concatenate, by what they hold
    for name, layer in _layers(_wiring(values, interface)):
        edges, source = _edges(sketch, layer, homes, members, joins)
        x = sketch.add(
            name, "sparse_linear", source, out_features=len(layer), edges=edges, bias=True
        )
        function = layer[0].function
        if function is None:
            break
        x = sketch.add(f"{name}_activation", "activation", x, function=function)
        depth = layer[0].depth - 1
        stage = min(depth, MAXIMUM_STAGES - 1)
        x = sketch.add(f"{name}_mask", "mask", x, site=f"depth{depth}.{function}", stage=stage)
        members[x] = tuple(neuron.name for neuron in layer)
        homes |= dict.fromkeys(members[x], x)
    return sketch.finish()


def weights(values: Record, interface: Interface) -> Weights | None:
    """Return weights and biases by node of the decoded network; None where they are trained."""
    if values["weights"] == "trained":
        return None
    places = {input_name(place): place for place in range(prod(interface.input_shape))}
    found = {}
    for name, layer in _layers(_wiring(values, interface)):
        places |= {neuron.name: len(places) + place for place, neuron in enumerate(layer)}
        ordered = [sorted(neuron.sources, key=lambda s: places[s[0]]) for neuron in layer]
        numbers = tuple(weight for sources in ordered for _, weight in sources)
        found[name] = {"weight": numbers, "bias": tuple(neuron.bias for neuron in layer)}
    return found


def _wiring(values: Record, interface: Interface) -> Wiring:
    return wire(values["topology"], prod(interface.input_shape), interface.outputs)


def _layers(wiring: Wiring) -> list[tuple[str, list[Neuron]]]:
    """Return named groups of neurons of equal depth and function, at last the outputs."""
    ordered = sorted(wiring.hidden, key=lambda n: (n.depth, n.function or "", n.name))
    groups = groupby(ordered, key=lambda n: (n.depth, n.function))
    layers = [(f"depth{depth - 1}_{function}", list(group)) for (depth, function), group in groups]
    return [*layers, ("logits", list(wiring.outputs))]


def _edges(
    sketch: Sketch,
    layer: list[Neuron],
    homes: Mapping[str, str],
    members: Mapping[str, Features],
    joins: dict[Features, str],
) -> tuple[tuple[tuple[int, int], ...], str]:
    """Return a layer's edges and the node they read: what it needs of before, concatenated."""
    needed = {homes[source] for neuron in layer for source, _ in neuron.sources}
    sources = [node for node in dict.fromkeys(homes.values()) if node in needed]
    joined = sources[0]
    features = members[joined]
    for source in sources[1:]:
        features = (*features, *members[source])
        if features not in joins:
            joins[features] = sketch.add(f"join{len(joins)}", "concatenate", joined, source)
        joined = joins[features]
    places = {feature: place for place, feature in enumerate(features)}
    edges = (
        (row, place)
        for row, neuron in enumerate(layer)
        for place in sorted(places[source] for source, _ in neuron.sources)
    )
    return tuple(edges), joined
