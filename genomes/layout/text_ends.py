"""What families of texts ask of a task: tokens in, an answer at each of them."""

from __future__ import annotations

from genomes.graph.interface import Interface

SCORED_WIDTH = 64  # at which scores by a tied table are as the products are


def check_text(interface: Interface, family: str) -> None:
    """Raise ValueError, naming the family, for anything but texts to continue."""
    is_sequence = len(interface.input_shape) == 1
    if interface.tokens is None or not is_sequence or not interface.per_position:
        raise ValueError(
            f"received inputs of shape {interface.input_shape}; family {family} needs tokens "
            "(length,) and an answer at each of them, as tasks text: have. Choose family mlp, cnn "
            "or cnn1d"
        )
