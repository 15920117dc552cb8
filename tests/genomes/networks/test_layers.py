"""Layers are copied by how they were made; weights meet what they read."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch

from genomes.genes.gene import Record
from genomes.networks.layers import Reader, Weighted, make_layer

NORM = make_layer("batch_norm", Record(), (2,), (2,))
BIASED = Record(kernel=1, stride=1, bias=True)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_is_of_the_same_class_and_shares_nothing(copied: Callable[[Any], Any]) -> None:
    original: Any = copy.deepcopy(NORM).double().eval()
    original.running_mean.copy_(torch.tensor([1.0, 2.0]))
    twin = copied(original)
    assert type(twin) is type(original)
    assert twin.running_mean.tolist() == [1.0, 2.0]
    assert (twin.weight.dtype, twin.training) == (torch.float64, False)
    twin.running_mean.zero_()
    assert original.running_mean.tolist() == [1.0, 2.0]


def test_inputs_meet_the_weights_that_read_them() -> None:
    values = torch.tensor([1.0, 10.0])
    conv = make_layer("conv", BIASED.replacing(out_channels=3), (2, 4, 4), (3, 4, 4))
    depthwise = make_layer("depthwise", BIASED, (2, 4, 4), (2, 4, 4))
    sparse = make_layer(
        "sparse_linear", Record(out_features=2, edges=((0, 1), (1, 0)), bias=False), (2,), (2,)
    )
    assert isinstance(conv, Reader)
    assert isinstance(depthwise, Reader)
    assert isinstance(sparse, Reader)
    assert conv.by_input(values).shape == (1, 2, 1, 1)
    assert depthwise.by_input(values).shape == (2, 1, 1, 1)
    assert sparse.by_input(values).tolist() == [[10.0, 1.0]]


def test_weights_lead_to_outputs() -> None:
    numbers = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    linear = make_layer("linear", Record(out_features=2, bias=False), (2,), (2,))
    assert isinstance(linear, Weighted)
    assert torch.equal(linear.by_output(numbers), numbers)
    assert linear.bias is None
    assert [row.shape for row in linear.rows()] == [(2, 2)]
