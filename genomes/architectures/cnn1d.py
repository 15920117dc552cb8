"""Family `cnn1d`: the stages of `cnn` over sequences (channels, length), such as signals.

`genomes.layout.cnn_stages` lays them out; windows and strides are larger than those of images.
"""

from __future__ import annotations

from genomes.genes.gene import Struct
from genomes.graph.interface import Interface
from genomes.layout import cnn_stages
from genomes.layout.cnn_sizes import sizes
from genomes.layout.cnn_stages import decode, network, plain

__all__ = ["TEXTBOOK", "decode", "genes", "sizes"]


def genes(interface: Interface) -> Struct:
    """Return the genes of the family; raise ValueError where inputs are no sequences."""
    shape = interface.input_shape
    if len(shape) != 2:
        better = "cnn" if len(shape) == 3 else "mlp"
        raise ValueError(
            f"received inputs of shape {shape}; family cnn1d needs (channels, length). "
            f"Choose family {better}."
        )
    return cnn_stages.genes("cnn1d", dimensions=1)


# Some founders have one of these: a pyramid with a wide first window (Dai et al. 2016,
# https://arxiv.org/abs/1610.00087), windows that narrow without pooling and a residual block (both
# after Wang et al. 2017, https://arxiv.org/abs/1611.06455), one that tells places apart. Small
# enough for the limits of `fitness.data.task`, whatever the length.
TEXTBOOK = (
    network(
        "global_average", plain(16, kernel=9, stride=2), plain(32, kernel=5), plain(32, kernel=3)
    ),
    network(
        "global_average",
        plain(12, kernel=9, stride=2, pooling="none"),
        plain(24, kernel=5, pooling="none"),
        plain(24, kernel=3, pooling="none"),
    ),
    network(
        "global_average",
        plain(16, kernel=9, stride=2),
        plain(32, kernel=3, block="residual", pooling="none"),
    ),
    network("flatten", plain(8, kernel=31, stride=4), plain(16, kernel=9, stride=2), plain(24)),
)
