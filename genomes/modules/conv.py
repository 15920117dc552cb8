"""Convolution, normalisation, activation."""

from genomes.layout.module_layout import Module, Stream

GENES = ("width", "kernel", "stride")
WEIGHT = 4.0


def lay_out(module: Module, x: Stream) -> Stream:
    """Mix all channels, each with its neighbourhood."""
    genes = module.genes
    stride = module.stride(x.node)
    return module.closed(module.mix("conv", x.node, genes["width"], genes["kernel"], stride))
