"""Products that `einsum` spells, as far as they are those of an attention."""

from __future__ import annotations

from torch import fx

from genomes.importing.draft import Draft
from genomes.importing.errors import Unsupported
from genomes.importing.heads import attended
from genomes.importing.scores import Scores
from genomes.importing.traced import Call
from genomes.importing.values import Moved, of_numbers


def einsum(draft: Draft, call: Call) -> Moved | Scores:
    """Start an attention by queries and keys, or end it by values, whatever their axes' order."""
    equation, operands = call.arguments["equation"].replace(" ", ""), call.arguments["tensors"]
    letters, _, wanted = equation.partition("->")
    first, _, second = letters.partition(",")
    if len(operands) != 2 or not wanted or "." in equation:
        raise Unsupported(f"computes {equation}, which is no product of an attention")
    shared = "".join(letter for letter in wanted if letter in first and letter in second)
    scores = draft.values.get(operands[0]) if isinstance(operands[0], fx.Node) else None
    if isinstance(scores, Scores):
        asking, keys = first[-2:]
        (size,) = set(second) - set(shared) - {keys} or {""}
        if not scores.is_normalised or first != shared + asking + keys or not size:
            raise Unsupported(f"computes {equation}, which weighs no values by scores")
        values = _ordered(draft.moved(operands[1]), second, shared + keys + size)
        found = attended(draft, call, scores, values)
        return _ordered(found, shared + asking + size, wanted)
    if wanted[:-2] != shared or len(set(first + second)) != len(wanted) + 1:
        raise Unsupported(f"computes {equation}, which multiplies no queries by keys")
    asking, keys = wanted[-2:]
    (size,) = set(first + second) - set(wanted)
    queries = _ordered(draft.moved(operands[0]), first, shared + asking + size)
    return Scores(queries, _ordered(draft.moved(operands[1]), second, shared + keys + size))


def _ordered(value: Moved, letters: str, wanted: str) -> Moved:
    """Return a value with its axes in another order."""
    if sorted(letters) != sorted(wanted):
        raise Unsupported(f"sums over axes of {letters}")
    numbers = value.of_batch().permute([letters.index(letter) for letter in wanted])
    return of_numbers(value.node, value.source, numbers)


HANDLERS = {"einsum": einsum}
