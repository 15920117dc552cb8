"""How calls of ATen operators become nodes: one file for each kind, with its `HANDLERS`.

A handler takes the draft and a call, adds nodes, and returns the call's value; it raises
`Unsupported` for what no operation stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from genomes.importing.draft import Draft, Result
from genomes.importing.operators import (
    activations,
    arithmetic,
    attention,
    convolutions,
    einsums,
    embeddings,
    joinings,
    linear,
    movements,
    normalizations,
    poolings,
    recurrences,
)
from genomes.importing.traced import Call

Handler = Callable[[Draft, Call], Result]

HANDLERS: Mapping[str, Handler] = {
    **activations.HANDLERS,
    **arithmetic.HANDLERS,
    **attention.HANDLERS,
    **convolutions.HANDLERS,
    **einsums.HANDLERS,
    **embeddings.HANDLERS,
    **joinings.HANDLERS,
    **linear.HANDLERS,
    **movements.HANDLERS,
    **normalizations.HANDLERS,
    **poolings.HANDLERS,
    **recurrences.HANDLERS,
}
