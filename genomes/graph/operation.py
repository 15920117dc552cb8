"""Operation: all that is known about one kind of node, for everybody who has to know.

One file of `genomes/operations/` holds one, as `OPERATION`; the file's name is the operation's.
Specs are validated, counted, masked, shrunk, inherited, drawn and exported by it, so nobody else
asks what an operation is called. Torch is imported where a module is made, never before: a
population is costed without it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from math import prod
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from genomes.genes.gene import Record
from genomes.genes.registry import Registry, UnknownName, suggest
from genomes.graph.masks import Flags, Kept, MaskedNode, through_edges
from genomes.graph.node import Node
from genomes.graph.normalization import Normalization
from genomes.graph.shapes import Shape

OPERATIONS = Registry("operation", "genomes.operations")
EPSILON = 1e-5  # of normalisations, as in torch
MOMENTUM = 0.1  # of their statistics, as in torch

# What the entries along an axis of a tensor belong to: an output channel each, a channel of the
# first input each, one that is both, an edge of attribute `edges` each, or nothing of the kind.
Axis = Literal["outputs", "inputs", "both", "edges", "none"]
Axes = Mapping[str, tuple[Axis, ...]]


def along(**tensors: tuple[Axis, ...]) -> Axes:
    """Return the first axes of tensors by name; all those beyond are of nothing."""
    return MappingProxyType(tensors)


class Operation(ABC):
    """One operation. What a file does not say is as here: the careful assumption.

    Methods take a node's attributes, and shapes without the batch. Tensors are called `weight`
    where they are multiplied with the input, as in torch.
    """

    # -- shapes and costs -------------------------------------------------------------------------

    attributes: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()  # attributes that only unusual nodes have
    arity = 1
    # Trainable tensors and `constants`, buffers that belong to the state. A `weight` that mixes
    # channels has outputs first, then inputs.
    axes: Axes = along()
    constants: tuple[str, ...] = ()
    # Whether its output is kept for the backward pass.
    is_remembered = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        """Return the shape of the output; ValueError for what does not fit."""
        return inputs[0]

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        """Return the shapes of the trainable tensors by name."""
        return {}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        """Count the forward FLOPs of one example; a multiply-add is two."""
        return 0

    def table(self, attributes: Record, source: Shape, target: Shape) -> int:
        """Count the numbers it keeps besides tensors, where they outgrow what flows."""
        return 0

    def state(self, attributes: Record, source: Shape, target: Shape) -> int:
        """Count the numbers it keeps of the positions so far, run position after position."""
        return 0

    def normalization(self, attributes: Record) -> Normalization | None:
        """Return how it normalises the network's raw inputs, if that is what it does."""
        return None

    # -- channels ---------------------------------------------------------------------------------

    # Whose channels the output has: its own ("none"), those of the inputs, which become the same
    # ("all"), those of the first input ("first"), one input's after the other's ("parts"), or some
    # of the first input's ("chosen"); or its own, while those of the inputs become the same
    # ("inputs").
    ties: Literal["none", "all", "first", "parts", "chosen", "inputs"] = "all"
    # Whether it needs all the channels that it reads, and all that it makes: none may be removed.
    keeps_all = False
    # Whether it lists the pixels of each channel one by one, as features.
    lists_positions = False
    # Whether what comes in last are tokens, whole numbers from 0.
    reads_tokens = False
    # The attribute that says how many channels come out, if one does.
    width = ""

    def listed(self, source: Shape) -> int:
        """Return how many features it makes of each channel of its input."""
        return prod(source[1:]) if self.lists_positions else 1

    @property
    def joins(self) -> bool:
        """Whether its channels are those of parts."""
        return self.ties in ("parts", "chosen")

    def chosen(self, attributes: Record) -> tuple[int, ...]:
        """Return which features of the first input those of the output are, where it chooses."""
        raise NotImplementedError

    def shrunk(self, attributes: Record, kept: Kept) -> Record:
        """Return the attributes of the node when only some channels are kept."""
        if not self.width:
            return attributes
        return attributes.replacing(**{self.width: int(kept.outputs.sum())})

    # -- what flows -------------------------------------------------------------------------------

    # Whether what it computes of a channel depends on which other ones are masked.
    counts_live = False
    # Whether each channel depends on all the others at positions before.
    recurs = False
    # Whether it makes channels zero for good, so that what leads to them is dead without a mask.
    silences = False
    # Whether the masks of its channels' sites act at it, though none is its own.
    masks_parts = False
    # Whether it adds its inputs, in any order.
    sums = False
    # Whether every number comes out where it came in, or among the same channel's numbers, with
    # its meaning: zero stays zero, nothing turns negative.
    is_transparent = False
    # Whether it knows its inputs one by one, so that nothing may mask them: raw inputs, and what
    # is made of each by itself.
    reads_unmasked = False
    # Whether its channels mean the same in any network in which it has the same attributes.
    has_fixed_channels = False
    # Whether it takes NaN, for a number that is missing.
    takes_missing = False
    # Whether it acts on each number by itself.
    is_pointwise = False
    # Whether it reads nothing of its input, which only says where it belongs.
    reads_nothing = False

    def keeps_zero(self, attributes: Record) -> bool:
        """Tell whether zeros alone give zeros; of channels one by one if it is channelwise.

        False promises nothing.
        """
        return self.is_transparent

    def is_channelwise(self, attributes: Record) -> bool:
        """Tell whether an output channel depends on the channel at its place alone.

        False promises nothing.
        """
        return self.is_transparent or self.is_pointwise

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        """Return which features of the output may differ from zero, given those of the inputs."""
        attributes = at.node.attributes
        if self.keeps_zero(attributes) and self.is_channelwise(attributes):
            return inputs[0] if len(inputs) == 1 else np.logical_or.reduce(inputs)
        return np.ones(at.node.shape[0], dtype=np.bool_)

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        """Return which features of each input matter, given those of the output that do.

        `carried` are the features of the inputs that may differ from zero.
        """
        if self.reads_nothing:
            return [np.zeros(source[0], dtype=np.bool_) for source in at.sources]
        if self.is_weighted:
            return [self._read(at, matters)]
        if self.is_channelwise(at.node.attributes):
            return [matters] * len(at.sources)
        return [np.full(source[0], matters.any()) for source in at.sources]

    def works(self, at: MaskedNode) -> Flags:
        """Return the features of the output whose own tensors are read at all, for one input."""
        return np.ones(at.node.shape[0], dtype=np.bool_)

    def asked(self, attributes: Record, kept: Flags) -> Flags | None:
        """Return which channels of the second input the kept ones of the output still need.

        None where the second input's channels are tied to the output's, and where there is none.
        """
        return None

    def _read(self, at: MaskedNode, matters: Flags) -> Flags:
        """Return which input features lead to one that matters by an unmasked weight."""
        mask, size = at.weight(), at.sources[0][0]
        if self.has_edges:
            edges = at.node.attributes["edges"]
            used = through_edges(edges, mask, matters, np.ones(size, dtype=np.bool_))
            found = np.zeros(size, dtype=np.bool_)
            found[[i for (_, i), on in zip(edges, used, strict=True) if on]] = True
            return found
        if not self.mixes:
            return matters if mask is None else matters & mask.any(axis=tuple(range(1, mask.ndim)))
        if mask is None:
            return np.full(size, matters.any())
        windows = mask.reshape(*mask.shape[:2], -1)  # (out, in, pixels)
        return np.asarray(windows[matters].any(axis=(0, 2)), dtype=np.bool_)

    # -- what follows from the axes of the weight -------------------------------------------------

    @property
    def weight_axes(self) -> tuple[Axis, ...]:
        """The axes of the weight; () without one."""
        return self.axes.get("weight", ())

    @cached_property
    def mixes(self) -> bool:
        """Whether each output channel has a weight for each input channel."""
        return self.weight_axes == ("outputs", "inputs")

    @cached_property
    def has_edges(self) -> bool:
        """Whether each weight is a single connection of an output with an input."""
        return "edges" in self.weight_axes

    @cached_property
    def connects(self) -> bool:
        """Whether each weight joins an output channel and an input channel."""
        return self.mixes or self.has_edges

    @cached_property
    def is_weighted(self) -> bool:
        """Whether each weight leads from the input to the output, so that it can be masked."""
        return self.connects or "both" in self.weight_axes

    @cached_property
    def reads_by_weight(self) -> bool:
        """Whether each channel that comes in meets weights of its own, for it alone."""
        return self.has_edges or "inputs" in self.weight_axes

    @cached_property
    def scales(self) -> bool:
        """Whether each output channel has one weight, as in a normalisation."""
        return self.weight_axes == ("outputs",)

    @cached_property
    def tabulates(self) -> bool:
        """Whether each output channel has a row of numbers that stand for no channel."""
        return self.weight_axes == ("outputs", "none")

    @cached_property
    def weighs_channels(self) -> bool:
        """Whether each output channel has weights of its own, none of them for another channel."""
        return self.scales or self.weight_axes == ("both",)

    # -- inheritance ------------------------------------------------------------------------------

    def continues(self, attributes: Record, old: Record) -> bool:
        """Tell whether tensors trained under the attributes `old` mean the same under these."""
        return True

    def passing_weight(self, attributes: Record) -> float | None:
        """Return the weight with which a channel comes out as it came in; None if it cannot.

        Of a filter it is the weight in the middle; all others, and the bias, are zero then.
        """
        return None

    def rectifies(self, attributes: Record) -> bool:
        """Tell whether what is not negative stays as it is, and nothing else comes out."""
        return False

    # -- for people -------------------------------------------------------------------------------

    # In a drawing: a line of its own, written behind what it follows, beside what it reads, or
    # within the line of what reads it.
    drawn: Literal["line", "behind", "beside", "within"] = "line"

    def words(self, node: Node) -> str:
        """Say in a few words what a node does; empty for what changes nothing by itself."""
        return node.operation.replace("_", " ")

    # -- source of `model.py`, which needs nothing but torch --------------------------------------

    # Whether its call is written around that of the node it reads, in the same line.
    wraps = False
    # Whether it can do without channels that are closed in the whole batch; and whether it closes
    # them by marks, `runs` of them each: for an input as a whole, or position by position.
    skips_closed = False
    closes: Literal["", "inputs", "positions"] = ""
    # Classes and functions of a higher rank stand further up.
    rank = 0

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str | None:
        """Write the module of a node, whose tensors have the same names; None for a function.

        `source` is the shape of its first input, `peers` are all nodes of this operation.
        """
        return None

    def call(self, node: Node, source: Shape) -> str:
        """Write the expression that computes a node, with `{0}` and `{1}` for its inputs.

        `source` is the shape of its first input.
        """
        return f"self.{node.name}({{0}})"

    def definitions(self, peers: Sequence[Node]) -> str:
        """Write the classes and functions that `construction` and `call` of its nodes name."""
        return ""

    # -- torch ------------------------------------------------------------------------------------

    # Which genes of `initialisation` its weight starts by, if it is filled.
    layer_kind: Literal["convolution", "depthwise", "linear"] | None = None
    # Whether it does more to numbers than to move, add, weigh or silence them.
    bends = False

    def first_step(self, module: Any, *inputs: Any) -> Any:
        """Compute what the module does in the first step of training, but for noise.

        Nothing is kept of it: no statistic changes.
        """
        return module(*inputs)

    # Whether it computes each position of a sequence from its inputs at that position alone.
    by_position = False

    @property
    def steps(self) -> bool:
        """Whether it may compute the next position from what it keeps of those before."""
        return self.by_position or type(self).step is not Operation.step

    def step(self, module: Any, ends: Any) -> Any:
        """Return what computes the next position of a sequence (`genomes.networks.stepping`).

        `ends` says which channels may be closed. None where it needs the sequence as a whole.
        """
        return (lambda place, *inputs: module(*inputs)) if self.by_position else None

    @abstractmethod
    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        """Make the torch module (see `genomes.networks.layers`): exactly the tensors listed."""


@cache
def operation(name: str) -> Operation:
    """Return an operation by name; raise `UnknownName` with the nearest."""
    try:
        if "-" in name:  # other registries take these for "_"
            raise UnknownName(name)
        found: Operation = OPERATIONS.load(name.replace("_", "-")).OPERATION
    except UnknownName:
        names = [known.replace("-", "_") for known in OPERATIONS.names()]
        raise UnknownName(suggest("operation", name, names)) from None
    return found


def operation_of(node: Node) -> Operation:
    """Return the operation of a node."""
    return operation(node.operation)
