"""NetworkSpec: a network as a directed acyclic graph of named operations with shapes.

The only thing between genome and torch. It must know neither: no chromosome kinds, no tensors.
Dropping dead nodes follows NASBench-101 (Ying et al. 2019, https://arxiv.org/abs/1902.09635).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

from genomes.genes.gene import freeze
from genomes.graph.channels import Channels
from genomes.graph.graph_hash import graph_hash
from genomes.graph.node import Node
from genomes.graph.normalization import Normalization
from genomes.graph.operation import operation, operation_of
from genomes.graph.shapes import Shape, check_inputs
from genomes.graph.ties import trace_channels

__all__ = ["NetworkSpec", "Node", "Site"]

SPEC_FORMAT = 1
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SITE = re.compile(r"[a-z][a-z0-9]*([._][a-z0-9]+)*")  # "__" stands for "." in tensor names


class Site(NamedTuple):
    """A group of channels that is masked together, and the stage whose genes steer it."""

    name: str
    channels: int
    stage: int


@dataclass(frozen=True)
class NetworkSpec:
    """Nodes in topological order; the first is the input, the last one's output is the logits.

    Construction drops nodes that do not lead to the output and raises ValueError, naming the node,
    for anything that could not be built.
    """

    input_shape: Shape
    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        if not self.nodes:
            raise ValueError("received no nodes; a network has at least an input and a linear")
        object.__setattr__(self, "nodes", _reachable(self.nodes))
        _validate(self.input_shape, self.nodes)

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        """The nodes by name."""
        return {node.name: node for node in self.nodes}

    @property
    def output(self) -> Node:
        """The node that gives the logits."""
        return self.nodes[-1]

    @cached_property
    def normalization(self) -> Normalization | None:
        """How the raw inputs are normalised, if they are."""
        found = (operation_of(node).normalization(node.attributes) for node in self.nodes)
        return next((normalization for normalization in found if normalization), None)

    @property
    def outputs(self) -> int:
        """Number of logits, at each position if there are positions."""
        return self.output.shape[0]

    @cached_property
    def tokens(self) -> int | None:
        """How many tokens the inputs may be, whole numbers below it; None if they are numbers."""
        readers = (node for node in self.nodes if operation_of(node).reads_tokens)
        return next((self.source(node)[1] for node in readers), None)

    @property
    def takes_fewer(self) -> bool:
        """Whether inputs may be fewer tokens than the shape says: all of it runs step by step."""
        return self.tokens is not None and all(operation_of(n).steps for n in self.nodes[1:])

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """What can be masked, in order of appearance."""
        found: dict[str, Site] = {}
        for node in self.nodes:
            if node.site is not None:
                site = Site(node.site, node.shape[0], node.attributes["stage"])
                found.setdefault(node.site, site)
        return tuple(found.values())

    @cached_property
    def channels(self) -> Channels:
        """Which nodes share channels, and the site of each; ValueError where ties contradict."""
        return trace_channels(self.nodes)

    def source(self, node: Node) -> Shape:
        """Return the shape of a node's first input."""
        return self.by_name[node.inputs[0]].shape if node.inputs else self.input_shape

    @cached_property
    def tensors(self) -> Mapping[str, Mapping[str, Shape]]:
        """Shapes of the trainable tensors by node and name, for nodes that have any."""
        found = {}
        for node in self.nodes:
            shapes = self.source(node), node.shape
            tensors = operation_of(node).tensors(node.attributes, *shapes)
            if tensors:
                found[node.name] = tensors
        return found

    def dense_parameters(self) -> int:
        """Count trainable parameters: weights, biases and the affine of normalisations."""
        return sum(prod(shape) for node in self.tensors.values() for shape in node.values())

    def flops(self) -> int:
        """Count the forward FLOPs of one example; a multiply-add is two, masks are free."""
        return sum(
            operation_of(node).flops(node.attributes, self.source(node), node.shape)
            for node in self.nodes
        )

    def activations(self) -> int:
        """Estimate the numbers kept of one example for the backward pass."""
        return sum(prod(node.shape) for node in self.nodes if operation_of(node).is_remembered)

    def tables(self) -> int:
        """Count the numbers of tables that it keeps besides its tensors, see `Operation.table`."""
        return sum(
            operation_of(node).table(node.attributes, self.source(node), node.shape)
            for node in self.nodes
        )

    def state(self) -> int:
        """Count the numbers that it keeps of a sequence so far, run position after position."""
        return sum(
            operation_of(node).state(node.attributes, self.source(node), node.shape)
            for node in self.nodes
        )

    def canonical_hash(self) -> str:
        """Hash the structure: equal for specs that differ only in names or in node order."""
        return graph_hash(self.nodes)

    def to_json(self) -> dict[str, Any]:
        """Return plain data that `from_json` reads back to an equal spec."""
        return {
            "format": SPEC_FORMAT,
            "input_shape": list(self.input_shape),
            "nodes": [
                {**node._asdict(), "inputs": list(node.inputs), "shape": list(node.shape)}
                for node in self.nodes
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> NetworkSpec:
        """Rebuild a spec; raise ValueError for another format, missing parts or a wrong graph."""
        if not isinstance(data, Mapping) or data.get("format") != SPEC_FORMAT:
            found = data.get("format") if isinstance(data, Mapping) else type(data).__name__
            raise ValueError(
                f"received a network spec of format {found!r}; this version of evo reads format "
                f"{SPEC_FORMAT}. Open it with the version of evo that wrote it."
            )
        try:
            nodes = tuple(
                Node(*(freeze(node[field]) for field in Node._fields)) for node in data["nodes"]
            )
            spec = cls(tuple(data["input_shape"]), nodes)
        except KeyError as missing:
            raise ValueError(f"received a network spec without {missing}") from None
        except (TypeError, AttributeError) as error:
            raise ValueError(f"received a malformed network spec: {error}") from None
        spec.channels  # noqa: B018  (ties are checked when traced)
        return spec


def _reachable(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Drop nodes that do not lead to the last one; the input always stays."""
    wanted = {nodes[-1].name, nodes[0].name}
    for node in reversed(nodes):
        if node.name in wanted:
            wanted.update(node.inputs)
    return tuple(node for node in nodes if node.name in wanted)


def _validate(input_shape: Shape, nodes: Sequence[Node]) -> None:
    if nodes[0].operation != "input" or nodes[0].shape != input_shape:
        raise ValueError(f"received {nodes[0]}; the first node is the input of {input_shape}")
    if nodes[0].inputs:
        raise ValueError(f"received {nodes[0]}; the first node reads nothing")
    check_inputs(input_shape)
    shapes: dict[str, Shape] = {nodes[0].name: input_shape}
    stages: dict[str, int] = {}
    for node in nodes[1:]:
        try:
            shape = _checked_shape(node, shapes)
            if node.site is not None:
                _check_site(node, stages)
        except ValueError as error:
            raise ValueError(f"node {node.name!r} ({node.operation}): {error}") from None
        shapes[node.name] = shape
    if not any(operation_of(node).is_weighted for node in nodes):
        raise ValueError(
            "received no node with weights; a network has at least one, e.g. a linear"
        )


def _checked_shape(node: Node, shapes: Mapping[str, Shape]) -> Shape:
    name, kind, inputs, attributes, shape = node
    rule = operation(kind)
    if not _NAME.fullmatch(name):
        raise ValueError("a name has lower-case letters, digits and underscores only")
    if name in shapes:
        raise ValueError("the name is taken by an earlier node")
    if len(inputs) != rule.arity:
        raise ValueError(f"received {len(inputs)} inputs, expected {rule.arity}")
    if attributes.keys() - rule.optional != rule.attributes:
        allowed = f" and perhaps {', '.join(sorted(rule.optional))}" if rule.optional else ""
        raise ValueError(
            f"received {sorted(attributes)}, expected {sorted(rule.attributes)}{allowed}"
        )
    try:
        inferred = rule.shape(attributes, [shapes[source] for source in inputs])
    except KeyError as missing:
        raise ValueError(f"its input {missing} is no earlier node") from None
    if inferred != shape:
        raise ValueError(f"states shape {shape}, but its inputs give {inferred}")
    return inferred


def _check_site(node: Node, stages: dict[str, int]) -> None:
    site, stage = node.attributes["site"], node.attributes["stage"]
    if not isinstance(site, str) or not _SITE.fullmatch(site):
        raise ValueError(f"received site {site!r}, expected words joined by dots")
    if isinstance(stage, bool) or not isinstance(stage, int) or stage < 0:
        raise ValueError(f"received stage {stage!r}, expected a whole number from 0")
    if stages.setdefault(site, stage) != stage:
        raise ValueError(f"site {site!r} belongs to stage {stages[site]}, received {stage}")
