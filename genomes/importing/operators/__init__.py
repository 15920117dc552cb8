"""How calls of ATen operators become nodes: one file for each kind, with its `HANDLERS`.

A handler takes the draft and a call, adds nodes, and returns the call's value; it raises
`Unsupported` for what no operation stands for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from genomes.importing.draft import Draft
from genomes.importing.operators import (
    activations,
    arithmetic,
    convolutions,
    movements,
    normalizations,
    poolings,
)
from genomes.importing.traced import Call
from genomes.importing.values import Value

Handler = Callable[[Draft, Call], Value | list[Value]]

HANDLERS: Mapping[str, Handler] = {
    **activations.HANDLERS,
    **arithmetic.HANDLERS,
    **convolutions.HANDLERS,
    **movements.HANDLERS,
    **normalizations.HANDLERS,
    **poolings.HANDLERS,
}
