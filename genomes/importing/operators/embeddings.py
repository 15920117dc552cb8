"""Embeddings: a row of a table for each token of a sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from genomes.importing.constants import ALSO_MOVES, MOVES, Constant
from genomes.importing.draft import Draft, owner_of, weights_of
from genomes.importing.errors import Unsupported
from genomes.importing.traced import Call
from genomes.importing.values import Moved, Value

NO_ROW = -1  # `padding_idx` of an embedding that has none
READING = ("embedding", "getitem", *MOVES, *ALSO_MOVES)  # what may be done with tokens


def embedding(draft: Draft, call: Call) -> Moved:
    """Add a table, unless there is one of these weights, and what looks tokens up in it."""
    tokens = draft.value(call.arguments["indices"])
    if draft.tokens is None or tokens.node != draft.sketch.nodes[0].name:
        raise Unsupported("looks up what is computed, expected the tokens that come in")
    if tokens.shape != tokens.source or not tokens.is_in_order:
        raise Unsupported("looks up some of the tokens, or in another order than they come in")
    table = _table(draft, call, draft.tokens)
    found = draft.add(call, "token_lookup", table, tokens.node, scale=1.0)
    return Value(found.node, found.source, found.index.t())


def _table(draft: Draft, call: Call, tokens: int) -> str:
    found = draft.constant(call.arguments["weight"])
    if found is not None and (table := table_of(draft, found)) is not None:
        return table
    weight = weights_of(draft, call, "weight")["weight"]
    rows, width = weight.values.shape
    if rows < tokens:
        raise Unsupported(f"has {rows} rows, but there are {tokens} tokens")
    if (row := call.arguments["padding_idx"]) != NO_ROW:
        draft.notes.append(f"{weight.name}: row {row} (padding_idx) is trained as the others are")
    named: dict[str, Any] = {"out_channels": width, "tokens": rows}
    source = draft.sketch.nodes[0].name
    node = draft.add(call, "token_table", source, path=owner_of(call, weight), **named).node
    draft.own(node, "weight", weight, weight.values.t())
    if weight.is_untouched:
        draft.tables[weight.name] = node
    return node


def table_of(draft: Draft, weight: Constant) -> str | None:
    """Return the node that holds weights as the table of an embedding, if one does."""
    return draft.tables.get(weight.name) if weight.is_untouched else None


def computes_with_tokens(draft: Draft, call: Call) -> bool:
    """Tell whether a call reads tokens as if they were numbers."""
    if draft.tokens is None or call.operator in READING:
        return False
    read = (draft.values.get(node) for node in call.node.all_input_nodes)
    first = draft.sketch.nodes[0].name
    return any(isinstance(found, Moved) and found.node == first for found in read)


HANDLERS: dict[str, Callable[[Draft, Call], Moved]] = {"embedding": embedding}
