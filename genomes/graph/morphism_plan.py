"""What of a parent's network lives on in a child's: two specs aligned by their history.

Free of torch, so that it is known before training; `genomes.networks.inherit` carries the weights
over. Follows Net2Net (Chen et al. 2016, https://arxiv.org/abs/1511.05641) and network morphism
(Wei et al. 2016, https://arxiv.org/abs/1603.01670).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Literal

from genomes.graph.morphism_history import counterparts
from genomes.graph.node import Node
from genomes.graph.operation import operation_of
from genomes.graph.shapes import Shape
from genomes.graph.spec import NetworkSpec

Pass = Literal["identity", "zero"]
Passes = dict[str, Pass]


@dataclass(frozen=True)
class InheritancePlan:
    """How a child's network continues its parent's.

    `nodes` maps the child's nodes that take tensors over to the parent's nodes they take them
    from; `groups` the child's channel groups to the parent's whose channels they carry on (see
    `genomes.graph.channels`). `passes` are new nodes that can start without changing the function:
    as the identity, or as zero on a branch that is added; `copied` maps a group whose channels are
    copies of another group's of the child to that group. `share` is the share of the child's
    trainable parameters that come from the parent, in [0, 1].
    """

    nodes: Mapping[str, str]
    groups: Mapping[int, int]
    passes: Mapping[str, Pass]
    copied: Mapping[int, int]
    share: float


def plan_inheritance(parent: NetworkSpec, child: NetworkSpec) -> InheritancePlan:
    """Align a child's network with its parent's; ValueError unless both do the same task."""
    ours, theirs = (child.input_shape, child.outputs), (parent.input_shape, parent.outputs)
    if ours != theirs:
        raise ValueError(
            f"received a parent for inputs {theirs[0]} and {theirs[1]} outputs, expected "
            f"{ours[0]} and {ours[1]} as the child has"
        )
    draft = _Draft(parent, child, counterparts(parent, child))
    draft.align_groups()
    nodes = draft.inherited_nodes()
    return InheritancePlan(
        nodes, draft.groups, draft.passes, draft.copied, _share(parent, child, nodes)
    )


def inherited_share(parent: NetworkSpec, child: NetworkSpec) -> float:
    """Return the share of a child's trainable parameters that can come from its parent."""
    return plan_inheritance(parent, child).share


def group_sizes(spec: NetworkSpec) -> dict[int, int]:
    """Return the number of channels of each channel group."""
    layouts = ((spec.channels[node.name], node.shape[0]) for node in spec.nodes)
    return {layout.group: features // layout.positions for layout, features in layouts}


def common_window(ours: Sequence[int], theirs: Sequence[int]) -> tuple[int, ...]:
    """Return the sides of what two kernels have in common when they are centred."""
    return tuple(map(min, ours, theirs))


# -- channels ------------------------------------------------------------------------------------


@dataclass
class _Draft:
    """A plan in the making."""

    parent: NetworkSpec
    child: NetworkSpec
    history: Mapping[str, str]
    groups: dict[int, int] = field(default_factory=dict)
    passes: Passes = field(default_factory=dict)
    copied: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sizes = group_sizes(self.child)

    def group(self, name: str) -> int:
        return self.child.channels[name].group

    def align_groups(self) -> None:
        """Say which groups carry the parent's channels on: those of nodes with a history."""
        for old, new in zip(_ends(self.parent), _ends(self.child), strict=True):
            self.groups[self.group(new)] = self.parent.channels[old].group
        newcomers: list[Node] = []
        for node in self.child.nodes[1:]:
            old_name = self.history.get(node.name)
            if old_name is None:
                newcomers.append(node)
                continue
            self.deepen(newcomers)
            newcomers = []
            rule = operation_of(node)
            if rule.mixes or rule.tabulates or self._means_the_same(node, old_name):
                theirs = self.parent.channels[old_name].group
                self.groups.setdefault(self.group(node.name), theirs)
        self.deepen(newcomers)

    def deepen(self, newcomers: Sequence[Node]) -> None:
        """Let new nodes in a row pass on what they receive, if all of them can."""
        if not any(node.name in self.child.tensors for node in newcomers):
            return
        names = {node.name for node in newcomers}
        found = self._as_identity(newcomers[-1].name, names)
        if found is None:
            return
        passes = found[0]
        groups, copied = dict(self.groups), dict(self.copied)
        for node in newcomers:
            if passes.get(node.name) == "identity" and operation_of(node).mixes:
                source, target = self.group(node.inputs[0]), self.group(node.name)
                theirs = groups.setdefault(target, groups[source])
                if target not in self.groups:
                    copied.setdefault(target, source)
                if theirs != groups[source] or copied.get(target, source) != source:
                    return
                if target in self.groups and self.sizes[target] != self.sizes[source]:
                    return
        self.groups, self.copied = groups, copied
        self.passes |= passes

    def _as_identity(self, name: str, new: set[str]) -> tuple[Passes, bool] | None:
        """Return how a node comes to pass on what entered, and whether that is never negative.

        None if it cannot.
        """
        node = self.child.by_name[name]
        if name not in new:
            return ({}, self._is_positive(name)) if self.group(name) in self.groups else None
        rule = operation_of(node)
        if rule.sums:
            return self._as_sum(node, new)
        found = self._as_identity(node.inputs[0], new)
        if found is None or rule.is_transparent:
            return found
        if rule.rectifies(node.attributes):  # what is rectified already stays as it is
            return found if found[1] else None
        return ({**found[0], name: "identity"}, found[1]) if self._can_pass(node) else None

    def _as_sum(self, node: Node, new: set[str]) -> tuple[Passes, bool] | None:
        for silent, stream in (node.inputs, node.inputs[::-1]):
            zeros, found = self._as_zero(silent, new), self._as_identity(stream, new)
            if zeros is not None and found is not None:
                return {**found[0], **zeros}, found[1]
        return None

    def _as_zero(self, name: str, new: set[str]) -> Passes | None:
        node = self.child.by_name[name]
        if name not in new:
            return None
        rule = operation_of(node)
        if rule.mixes or rule.weighs_channels:
            return {name: "zero"}
        silent = rule.is_pointwise and rule.keeps_zero(node.attributes)
        return self._as_zero(node.inputs[0], new) if rule.is_transparent or silent else None

    def _can_pass(self, node: Node) -> bool:
        rule = operation_of(node)
        if rule.passing_weight(node.attributes) is None:
            return False
        positions = self.child.channels[node.inputs[0]].positions
        return not rule.mixes or (positions == 1 and self._is_wide_enough(node))

    def _is_wide_enough(self, node: Node) -> bool:
        return self.sizes[self.group(node.name)] >= self.sizes[self.group(node.inputs[0])]

    def _is_positive(self, name: str) -> bool:
        node = self.child.by_name[name]
        rule = operation_of(node)
        if rule.rectifies(node.attributes):
            return True
        passes_on = rule.is_transparent or rule.sums
        return passes_on and all(map(self._is_positive, node.inputs))

    # -- tensors ----------------------------------------------------------------------------------

    def inherited_nodes(self) -> dict[str, str]:
        """Map the child's nodes that take tensors over to those of the parent."""
        nodes: dict[str, str] = {}
        for node in self.child.nodes:
            old = self.history.get(node.name)
            if old is None or node.name not in self.child.tensors:
                continue
            source = node.inputs[0]
            scales = operation_of(node).scales
            if scales and source in self.child.tensors and source not in nodes:
                continue  # statistics of weights that were not taken over
            if self._lines_up(node, self.parent.by_name[old]):
                nodes[node.name] = old
        return nodes

    def _lines_up(self, node: Node, old: Node) -> bool:
        if self.groups.get(self.group(node.name)) != self.parent.channels[old.name].group:
            return False
        rule = operation_of(node)
        if not rule.continues(node.attributes, old.attributes):
            return False
        if rule.weighs_channels:
            return True
        if not rule.weight_axes:  # where genes changed a constant, it starts as they say
            return bool(node.attributes == old.attributes)
        source, old_source = node.inputs[0], old.inputs[0]
        if not self._carries_on(source, old_source):
            return False
        if rule.mixes:
            return _pixels(self.child, source) == _pixels(self.parent, old_source)
        ours, theirs = self.child.tensors[node.name], self.parent.tensors[old.name]
        if rule.tabulates:
            return ours["weight"][1:] == theirs["weight"][1:]
        if rule.has_edges and not self._has_the_same_edges(node, old.name):
            return False
        return ours == theirs

    def _means_the_same(self, node: Node, old: str) -> bool:
        """Tell whether each channel of a node has the meaning that its counterpart's has."""
        if operation_of(node).has_fixed_channels:
            return node.attributes == self.parent.by_name[old].attributes
        return self._has_the_same_edges(node, old)

    def _has_the_same_edges(self, node: Node, old: str) -> bool:
        """Tell whether a node has its counterpart's edges, between as many features."""
        if not operation_of(node).has_edges:
            return False
        ours, theirs = self.child, self.parent
        features = [p.features for p in ours.channels[node.inputs[0]].parts]
        read = theirs.by_name[old].inputs[0]
        return node.attributes == theirs.by_name[old].attributes and (
            features == [p.features for p in theirs.channels[read].parts]
        )

    def _carries_on(self, name: str, old: str) -> bool:
        """Tell whether a node's channels, part by part, continue those of one of the parent's."""
        ours, theirs = self.child.channels[name].parts, self.parent.channels[old].parts
        if any(part.first for part in (*ours, *theirs)):
            return False  # chosen channels may be others than the parent's
        aligned = [self.groups.get(part.group) for part in ours]
        return aligned == [part.group for part in theirs]


def _ends(spec: NetworkSpec) -> tuple[str, str]:
    return spec.nodes[0].name, spec.output.name


def _pixels(spec: NetworkSpec, name: str) -> Shape:
    """Return the sides of the image whose pixels features list; () for none."""
    node = spec.by_name[name]
    while node.inputs and not operation_of(node).mixes:
        if operation_of(node).lists_positions:
            return spec.source(node)[1:]
        node = spec.by_name[node.inputs[0]]
    return ()


def _share(parent: NetworkSpec, child: NetworkSpec, nodes: Mapping[str, str]) -> float:
    taken = 0.0
    for name, old in nodes.items():
        theirs = parent.tensors[old]
        for tensor, shape in child.tensors[name].items():
            if tensor in theirs:
                window = common_window(shape[2:], theirs[tensor][2:])
                taken += prod(shape[:2]) * prod(window)
    return min(1.0, taken / child.dense_parameters())


def tensor_names(spec: NetworkSpec, name: str) -> Iterable[str]:
    """List the trainable tensors and the statistics of a node."""
    rule = operation_of(spec.by_name[name])
    statistics = (constant for constant in rule.constants if rule.axes[constant] == ("outputs",))
    return (*spec.tensors[name], *statistics)
