"""Normalisations: over the batch, over an example, over groups of channels, over a position."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

from genomes.graph.operation import EPSILON, MOMENTUM
from genomes.importing.constants import Constant
from genomes.importing.draft import Draft, owner_of
from genomes.importing.errors import Unsupported
from genomes.importing.traced import Call
from genomes.importing.values import Moved, Value

IDENTITY = (("weight", 1.0), ("bias", 0.0))


def batch_norm(draft: Draft, call: Call) -> list[Moved]:
    """Add a batch normalisation with its statistics; the call gives three values."""
    source = draft.node(call, draft.value(call.arguments["input"]))
    names = ("weight", "bias", "running_mean", "running_var")
    weights = {n: draft.weight(call.arguments[n]) for n in names if call.arguments[n] is not None}
    momentum, epsilon = call.arguments["momentum"], call.arguments["eps"]
    unusual = {"momentum": (momentum, MOMENTUM), "epsilon": (epsilon, EPSILON)}
    named = {name: value for name, (value, usual) in unusual.items() if value != usual}
    path = owner_of(call, weights["running_mean"])
    value = draft.add(call, "batch_norm", source, path=path, **named)
    for tensor, weight in weights.items():
        draft.own(value.node, tensor, weight)
    _identity(draft, call, value.node, weights)
    return [value]


def _identity(draft: Draft, call: Call, node: str, weights: Mapping[str, Constant]) -> None:
    """Let a normalisation without weights (affine=False) have some that change nothing."""
    statistics = weights["running_mean"].values
    lacking = [(name, value) for name, value in IDENTITY if name not in weights]
    for tensor, value in lacking:
        draft.hand_over(node, tensor, torch.full_like(statistics, value), "")
    if lacking:
        draft.notes.append(
            f"{call.path}: has no weights (affine=False); it gets a scale of 1 and a shift of 0, "
            "which are trained"
        )


def batch_norm_without_statistics(draft: Draft, call: Call) -> list[Moved]:
    """Refuse a batch normalisation that keeps no statistics: its outputs depend on the batch."""
    raise Unsupported("is a batch normalisation without statistics (track_running_stats=False)")


def group_norm(draft: Draft, call: Call) -> Value:
    """Add a normalisation in groups; that of a single group is over the whole example."""
    source = draft.node(call, draft.value(call.arguments["input"]))
    groups, epsilon = call.arguments["num_groups"], call.arguments["eps"]
    if call.arguments["weight"] is None or call.arguments["bias"] is None:
        raise Unsupported("is a normalisation without weights (affine=False)")
    weights = {name: draft.weight(call.arguments[name]) for name in ("weight", "bias")}
    named = {} if epsilon == EPSILON else {"epsilon": epsilon}
    path = owner_of(call, weights["weight"])
    if groups == 1:
        value = draft.add(call, "layer_norm", source, path=path, **named)
    else:
        value = draft.add(call, "group_norm", source, path=path, groups=groups, **named)
    for tensor, weight in weights.items():
        draft.own(value.node, tensor, weight)
    return value


HANDLERS: dict[str, Callable[[Draft, Call], Value | list[Moved]]] = {
    "_native_batch_norm_legit_no_training": batch_norm,
    "_native_batch_norm_legit": batch_norm_without_statistics,
    "group_norm": group_norm,
}
