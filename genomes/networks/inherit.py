"""Carries a trained parent's weights over into a child's network, as far as the two line up.

What corresponds is decided by `genomes.graph.morphism_plan`. Wider groups repeat channels and
split what leaves them (Net2Net, Chen et al. 2016); new layers that can start as the identity do
(network morphism, Wei et al. 2016); narrower groups keep the channels whose loss does least harm.
Must know specs and tensors only, nothing of chromosomes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import torch
from torch import Tensor

from genomes.graph.morphism_plan import (
    InheritancePlan,
    common_window,
    group_sizes,
    plan_inheritance,
    tensor_names,
)
from genomes.graph.node import Node
from genomes.graph.operation import EPSILON, operation_of
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import Network

NOISE = 0.01  # of repeated channels, relative to the weights' root mean square
State = Mapping[str, Tensor]


@torch.no_grad()
def inherit_weights(
    network: Network,
    parent: NetworkSpec,
    state: State,
    *,
    scale: float = 1.0,
    noise: float = NOISE,
    seed: int = 0,
) -> float:
    """Fill a freshly built network with what it can take over; return the inherited share.

    `state` is the parent's state dict with its masks. Trainable tensors become `scale` times the
    parent's plus `1 - scale` times the fresh ones (shrink and perturb, Ash & Adams 2020,
    https://arxiv.org/abs/1910.08475); with a scale of 1 and no noise, widening, identity layers
    and the loss of dead channels leave the function in evaluation mode as it was, unless a layer
    normalisation meets repeated channels in unequal numbers. Raises ValueError for a parent of
    another task, and for tensors of its state that do not fit its spec.
    """
    if not 0.0 <= scale <= 1.0:
        raise ValueError(f"received scale={scale}, expected a number from 0 to 1")
    plan = plan_inheritance(parent, network.spec)
    heir = _Heir(network, parent, state, plan, torch.Generator().manual_seed(seed))
    target = network.state_dict()
    for name, old in plan.nodes.items():
        for tensor in tensor_names(network.spec, name):
            key, source = f"{name}.{tensor}", f"{old}.{tensor}"
            if source not in state:
                continue  # a bias that the parent did without
            value = heir.carried(network.spec.by_name[name], old, tensor, noise)
            trained = tensor in network.spec.tensors[name]
            fresh = target[key]
            fresh.copy_(scale * value + (1.0 - scale) * fresh if trained else value)
    for name, kind in plan.passes.items():
        heir.pass_on(name, kind == "identity", target)
    return plan.share


class _Heir:
    """One inheritance: which of the parent's channels each of the child's carries on."""

    def __init__(
        self,
        network: Network,
        parent: NetworkSpec,
        state: State,
        plan: InheritancePlan,
        generator: torch.Generator,
    ) -> None:
        self.spec, self.parent, self.state, self.plan = network.spec, parent, state, plan
        self.generator = generator
        self.sizes, self.old_sizes = group_sizes(network.spec), group_sizes(parent)
        self._origins: dict[int, Tensor] = {}

    @cached_property
    def importance(self) -> dict[int, Tensor]:
        """The importance of the parent's channels, looked at only where some have to go."""
        return channel_importance(self.parent, self.state)

    def origins(self, group: int) -> Tensor:
        """Return the parent's channel that each channel of a child's group carries on, (C,)."""
        if group not in self._origins:
            self._origins[group] = self._make_origins(group)
        return self._origins[group]

    def _make_origins(self, group: int) -> Tensor:
        if group in self.plan.copied:
            source = self.plan.copied[group]
            return self.origins(source)[spread(self.sizes[source], self.sizes[group])]
        theirs = self.plan.groups[group]
        count, available = self.sizes[group], self.old_sizes[theirs]
        if count >= available:
            return spread(available, count)
        order = torch.sort(self.importance[theirs], descending=True, stable=True).indices
        return order[:count].sort().values

    def carried(self, node: Node, old: str, tensor: str, noise: float) -> Tensor:
        """Return the parent's tensor in the child's shape."""
        value = self.state[f"{old}.{tensor}"]
        rule = operation_of(node)
        if rule.axes[tensor][0] not in ("outputs", "both"):
            # Shared by all channels; and only what has the same edges is continued.
            return value.clone()
        rows = self.origins(self.spec.channels[node.name].group)
        value = value[rows].clone()
        if tensor != "weight" or value.dim() == 1:
            return value
        if rule.mixes:
            value = self._columns(node.inputs[0], value)
        if value.dim() > 2:
            value = _centred(value, self.spec.tensors[node.name]["weight"][2:])
        return self._distinguished(value, rows, noise)

    def _columns(self, source: str, value: Tensor) -> Tensor:
        """Choose the inputs (O, I, ...), and split among copies what the original gave alone."""
        columns, shares = [], []
        start = 0  # where the part begins in the parent
        for part in self.spec.channels[source].parts:
            origins = self.origins(part.group)
            copies = torch.bincount(origins)[origins].to(value.dtype)
            place = start + torch.arange(part.positions)
            columns.append((origins[:, None] * part.positions + place).flatten())
            shares.append(copies.repeat_interleave(part.positions))
            start += self.old_sizes[self.plan.groups[part.group]] * part.positions
        share = torch.cat(shares).view(1, -1, *[1] * (value.dim() - 2))
        return value[:, torch.cat(columns)] / share

    def _distinguished(self, value: Tensor, rows: Tensor, noise: float) -> Tensor:
        """Add noise to repeated channels, else they would stay equal for ever."""
        repeated = torch.tensor([bool((rows[:i] == row).any()) for i, row in enumerate(rows)])
        if noise and repeated.any():
            drawn = torch.randn(value.shape, generator=self.generator, dtype=torch.float64)
            size = noise * value.double().square().mean().sqrt()
            value[repeated] += (size * drawn)[repeated].to(value.dtype)
        return value

    def pass_on(self, name: str, identity: bool, target: State) -> None:
        """Make a new node the identity in evaluation mode, or zero."""
        node = self.spec.by_name[name]
        weight = target[f"{name}.weight"]
        weight.zero_()
        if f"{name}.bias" in target:
            target[f"{name}.bias"].zero_()
        if not identity:
            return
        rule = operation_of(node)
        passing = rule.passing_weight(node.attributes)
        assert passing is not None  # such nodes are not planned
        if rule.scales:
            weight.fill_(passing)
            self._take_bias(node.inputs[0], target, f"{name}.bias")
            return
        centre = tuple(side // 2 for side in weight.shape[2:])
        for channel, source in enumerate(spread(weight.shape[1], weight.shape[0]).tolist()):
            weight[(channel, source, *centre)] = passing

    def _take_bias(self, source: str, target: State, key: str) -> None:
        """Let a new normalisation add the bias that stood in its place in the parent."""
        old = f"{self.plan.nodes.get(source)}.bias"
        if old in self.state and key in target and f"{source}.bias" not in target:
            rows = self.origins(self.spec.channels[source].group)
            target[key].copy_(self.state[old][rows])


def spread(available: int, count: int) -> Tensor:
    """Repeat channels evenly and in order: (count,) positions below `available`.

    So a channel stays in its group of epigenetic marks, which lie by position.
    """
    return torch.arange(count) * available // count


def _centred(value: Tensor, sides: tuple[int, ...]) -> Tensor:
    """Cut filters (O, I, *sides) around their centre, or surround them with zeros."""
    have = tuple(value.shape[2:])
    window = common_window(sides, have)
    result = value.new_zeros((*value.shape[:2], *sides))
    result[_middle(sides, window)] = value[_middle(have, window)]
    return result


def _middle(sides: tuple[int, ...], window: tuple[int, ...]) -> tuple[slice, ...]:
    """Return the place of a window around the centre of filters (O, I, *sides)."""
    starts = (side // 2 - inner // 2 for side, inner in zip(sides, window, strict=True))
    places = (slice(a, a + inner) for a, inner in zip(starts, window, strict=True))
    return (slice(None), slice(None), *places)


def channel_importance(spec: NetworkSpec, state: State) -> dict[int, Tensor]:
    """Return by channel group how much each channel's loss would harm, (C,) in float64.

    The norm of the weights that lead to it, as normalisation scales them, times the norm of those
    that lead away (compare Li et al. 2017, https://arxiv.org/abs/1608.08710); zero where masked.
    """
    arriving = {g: torch.zeros(n, dtype=torch.float64) for g, n in group_sizes(spec).items()}
    leaving = {g: torch.zeros_like(zeros) for g, zeros in arriving.items()}
    scaling = (n for n in spec.nodes if operation_of(n).scales and n.name in spec.tensors)
    gains = {n.inputs[0]: _gain(n, state) for n in scaling}
    for node in spec.nodes:
        rule = operation_of(node)
        if not rule.is_weighted or rule.has_edges:
            continue
        weight = state[f"{node.name}.weight"].double()
        squares = weight.square().reshape(*weight.shape[:2], -1)  # (out, in, pixels)
        gain = gains.get(node.name, torch.ones((), dtype=torch.float64))
        arriving[spec.channels[node.name].group] += squares.sum((1, 2)) * gain
        if rule.mixes:
            columns = squares.sum((0, 2))
            for run, part in spec.channels[node.inputs[0]].runs():
                leaving[part.group][part.channels] += columns[run].view(-1, part.positions).sum(1)
    found = {group: (arriving[group] * leaving[group]).sqrt() for group in arriving}
    for node in spec.nodes:
        if node.site is not None:
            mask = state.get(f"masks.{node.site.replace('.', '__')}")
            if mask is not None:
                found[spec.channels[node.name].group] *= mask.double()
    return found


def _gain(node: Node, state: State) -> Tensor:
    """Return the squared factor by which a normalisation scales each channel."""
    weight = state[f"{node.name}.weight"].double().square()
    variance = state.get(f"{node.name}.running_var")
    epsilon = node.attributes.get("epsilon", EPSILON)
    return weight if variance is None else weight / (variance.double() + epsilon)
