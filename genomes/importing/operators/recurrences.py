"""Recurrent layers: none is read, and what to do instead is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from genomes.importing.draft import Draft
from genomes.importing.errors import Unsupported
from genomes.importing.traced import Call

LAYERS = ("lstm", "gru", "rnn_tanh", "rnn_relu")
CELLS = ("lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell")


def recurrent(draft: Draft, call: Call) -> NoReturn:
    """Refuse a recurrent layer."""
    raise Unsupported(
        "is recurrent, and evo reads no such layer. Put convolutions or causal attention in its "
        "place; for texts, evo breeds recurrent networks itself: --family gru, without a model"
    )


HANDLERS: dict[str, Callable[[Draft, Call], NoReturn]] = dict.fromkeys(
    (*LAYERS, *CELLS), recurrent
)
