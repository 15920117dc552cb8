"""What is assumed of an operation that says nothing, and what follows from what others say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from genomes.genes.gene import Record
from genomes.genes.registry import UnknownName
from genomes.graph.channels import Layout, Part
from genomes.graph.masks import Flags, Kept, MaskedNode, Masks
from genomes.graph.node import Node
from genomes.graph.operation import OPERATIONS, Operation, operation
from genomes.graph.shapes import Shape

MIXING = {
    "conv", "linear", "causal_attention", "gated_attention", "head_linear", "transposed_conv",
    "gru", "timescale_memory",
}  # fmt: skip
SCALING = {"batch_norm", "layer_norm", "position_norm", "group_norm"}
NAMES = [name.replace("-", "_") for name in OPERATIONS.names()]


def flags(signs: str) -> Flags:
    return np.array([sign == "1" for sign in signs])


class Silent(Operation):
    """An operation of which nothing is known but that it exists."""

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        raise NotImplementedError


def place(channels: int) -> MaskedNode:
    node = Node("node", "silent", ("source",), Record(), (channels, 2, 2))
    layout = Layout(0, 1, None, (Part(0, 1, None, channels),))
    return MaskedNode(node, (node.shape,), layout, Masks({}, {}))


def test_what_is_not_said_is_assumed_with_care() -> None:
    silent, at = Silent(), place(3)
    assert silent.shape(Record(), [(3, 2, 2)]) == (3, 2, 2)
    assert silent.tensors(Record(), (3, 2, 2), (3, 2, 2)) == {}
    assert silent.carries(at, [flags("010")]).all()
    (matters,) = silent.matters(at, flags("010"), [flags("111")])
    assert matters.all()
    (matters,) = silent.matters(at, flags("000"), [flags("111")])
    assert not matters.any()
    assert silent.passing_weight(Record()) is None
    attributes = Record(size=3)
    assert silent.shrunk(attributes, Kept(flags("010"), (flags("010"),))) == attributes


@pytest.mark.parametrize(
    ("claim", "names"),
    [
        ("mixes", MIXING),
        ("connects", MIXING | {"sparse_linear"}),
        ("is_weighted", MIXING | {"depthwise", "sparse_linear"}),
        ("reads_by_weight", MIXING | {"sparse_linear", "gate", "causal_gate", "experts"}),
        ("scales", SCALING),
        ("weighs_channels", SCALING | {"depthwise"}),
        ("tabulates", {"token_table", "positions", "parameter"}),
    ],
)
def test_from_the_axes_of_a_weight_follows_what_it_does(claim: str, names: set[str]) -> None:
    assert {name for name in NAMES if getattr(operation(name), claim)} == names


@pytest.mark.parametrize("name", ["batch-norm", "convolution", ""])
def test_an_unknown_operation_is_named_with_those_there_are(name: str) -> None:
    with pytest.raises(UnknownName, match=f"unknown operation '{name}'.*batch_norm, broadcast"):
        operation(name)
