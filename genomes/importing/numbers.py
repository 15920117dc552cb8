"""Nodes that give numbers which are the same for all inputs, trained or fixed."""

from __future__ import annotations

import torch
from torch import Tensor

from genomes.importing.constants import Constant
from genomes.importing.draft import Draft
from genomes.importing.errors import Unsupported
from genomes.importing.traced import Call
from genomes.importing.values import count_different


def numbers_node(
    draft: Draft, call: Call, beside: str, constant: Constant, values: Tensor, places: Tensor
) -> str:
    """Add a node that gives `values` (C, ...), for what is combined with those of node `beside`.

    `places` tell which numbers of the constant they are.
    """
    operation, tensor = ("parameter", "weight") if constant.is_trained else ("fixed", "values")
    if constant.is_trained:
        draft.check_unused(constant)
        if constant.places is not None and count_different(places) != places.numel():
            raise Unsupported(f"uses numbers of {constant.name} at more than one place")
    named = {"out_channels": values.shape[0], "sides": tuple(values.shape[1:])}
    path = constant.names[0] if constant.names else None
    node = draft.add(call, operation, beside, path=path, **named).node
    draft.own(node, tensor, constant, values.reshape(values.shape[0], -1))
    return node


def repeated(draft: Draft, call: Call, constant: Constant, channels: int, beside: str) -> str:
    """Add a node for a constant (N, ...) that is the same for all examples, channels first."""

    def of_one(tensor: Tensor) -> Tensor:
        if not torch.equal(tensor[:1].expand_as(tensor), tensor):
            raise Unsupported("does not treat examples alike")
        return tensor[0].movedim(channels, 0)

    values = of_one(constant.values)
    places = values if constant.places is None else of_one(constant.places)
    return numbers_node(draft, call, beside, constant, values, places)
