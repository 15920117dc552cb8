"""Attention: as one call, or as products with a softmax between them.

What is between the products is remembered as `Scores`; `genomes.importing.heads` adds the nodes.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import fx

from genomes.importing.draft import Draft
from genomes.importing.errors import Unsupported
from genomes.importing.heads import attended
from genomes.importing.scores import Scores, causal
from genomes.importing.traced import Call
from genomes.importing.values import Moved


def attention(draft: Draft, call: Call) -> Moved:
    """Add an attention that is one call."""
    arguments = call.arguments
    if arguments.get("enable_gqa"):
        raise Unsupported("shares keys between heads")
    queries, keys, values = (draft.moved(arguments[name]) for name in ("query", "key", "value"))
    scale = arguments.get("scale")
    if scale is None:
        scale = 1.0 / math.sqrt(queries.of_batch().shape[-1])
    scores = Scores(queries, keys, float(scale), bool(arguments["is_causal"]), True)
    if arguments["attn_mask"] is not None:
        scores = _masked(draft, scores, arguments["attn_mask"])
    return attended(draft, call, scores, values)


def _masked(draft: Draft, scores: Scores, argument: object) -> Scores:
    mask = draft.constant(argument)
    if mask is None or mask.is_trained:
        raise Unsupported("hides pairs of positions by what is computed or trained")
    if mask.values.dtype != torch.bool:
        return Scores(scores.queries, scores.keys, scores.scale).plus(mask.values).normalised()
    hidden = scores.is_causal or causal(mask.values)
    return Scores(scores.queries, scores.keys, scores.scale, hidden, True)


def product(draft: Draft, call: Call) -> Moved | Scores:
    """Start an attention by queries and keys, or end it by values."""
    first, second = call.node.args[:2]
    found = draft.values.get(first) if isinstance(first, fx.Node) else None
    if isinstance(found, Scores):
        if not found.is_normalised:
            raise Unsupported("weighs values by scores without a softmax")
        return attended(draft, call, found, draft.moved(second))
    return Scores(draft.moved(first), _turned(draft.moved(second)))


def product_with_mask(draft: Draft, call: Call) -> Scores:
    """Start an attention by a mask, queries and keys."""
    mask = draft.constant(call.arguments["self"])
    factors = call.arguments["beta"], call.arguments["alpha"]
    if mask is None or mask.is_trained or factors != (1, 1):
        raise Unsupported("adds to the scores of an attention what is computed or trained")
    queries, keys = (draft.moved(call.arguments[name]) for name in ("batch1", "batch2"))
    return Scores(queries, _turned(keys)).plus(mask.values)


def _turned(keys: Moved) -> Moved:
    found = keys.moved(lambda numbers: numbers.transpose(-1, -2))
    assert not isinstance(found, list)
    return found


def softmax(draft: Draft, call: Call) -> Scores:
    """Normalise the scores of an attention."""
    axes = call.node.meta["val"].dim()
    scores = _scores(draft, call)
    if call.arguments["dim"] % axes != axes - 1:
        raise Unsupported("is a softmax over another axis than the last")
    return scores.normalised()


def masked_fill(draft: Draft, call: Call) -> Scores:
    """Hide pairs of positions of an attention."""
    scores, mask = _scores(draft, call), draft.constant(call.arguments["mask"])
    value = draft.constant(call.arguments["value"])
    if mask is None or value is None or value.number is None:
        raise Unsupported("hides pairs of positions by what is computed")
    if value.number > -1e3:
        raise Unsupported(f"gives hidden scores the value {value.number}")
    return scores.hidden(~mask.values.bool())


def _scores(draft: Draft, call: Call) -> Scores:
    argument = call.arguments["self"]
    found = draft.values.get(argument)
    if not isinstance(found, Scores):
        raise Unsupported("is no part of an attention")
    return found


HANDLERS: dict[str, Callable[[Draft, Call], Moved | Scores]] = {
    "scaled_dot_product_attention": attention,
    "matmul": product,
    "bmm": product,
    "baddbmm": product_with_mask,
    "softmax": softmax,
    "_softmax": softmax,
    "masked_fill": masked_fill,
}
