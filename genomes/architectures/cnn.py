"""Family `cnn`: stages of convolutional blocks over images and a small head.

`genomes.layout.cnn_stages` lays them out.
"""

from __future__ import annotations

from genomes.genes.gene import Struct
from genomes.graph.interface import Interface
from genomes.layout import cnn_stages
from genomes.layout.cnn_sizes import sizes
from genomes.layout.cnn_stages import decode, network, plain

__all__ = ["TEXTBOOK", "decode", "genes", "sizes"]


def genes(interface: Interface) -> Struct:
    """Return the genes of the family; raise ValueError where inputs are no images."""
    shape = interface.input_shape
    if len(shape) != 3:
        better = "cnn1d or mlp" if len(shape) == 2 else "mlp"
        raise ValueError(
            f"received inputs of shape {shape}; family cnn needs (channels, height, width). "
            f"Choose family {better}."
        )
    return cnn_stages.genes("cnn", dimensions=2)


# Pyramids as a textbook draws them; some founders have one of these.
TEXTBOOK = (
    network("flatten", plain(8), plain(16), plain(32)),
    network("global_average", plain(16, pooling="none"), plain(32), plain(32, pooling="none")),
    network("flatten", plain(8), plain(12)),
    network("flatten", plain(16, stride=2, pooling="none"), plain(24, block="residual")),
)
