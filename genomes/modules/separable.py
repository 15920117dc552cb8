"""Depthwise-separable convolution (MobileNet, https://arxiv.org/abs/1704.04861)."""

from genomes.layout.module_layout import Module, Stream

GENES = ("width", "kernel", "stride")
WEIGHT = 2.0


def lay_out(module: Module, x: Stream) -> Stream:
    """Convolve each channel, then mix them, each with normalisation and activation."""
    x = module.tight(x)
    inner = module.depthwise("depthwise", x.node, x.site)
    return module.closed(module.mix("pointwise", inner, module.genes["width"]))
