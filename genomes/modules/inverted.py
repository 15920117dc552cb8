"""Inverted bottleneck (MobileNetV2, https://arxiv.org/abs/1801.04381).

Where the input can be added as it is, the module keeps its channels, else it has `width`; in
between there are `expansion` times `width`.
"""

from genomes.layout.module_layout import Module, Stream

GENES = ("width", "kernel", "stride", "expansion")
WEIGHT = 2.0


def lay_out(module: Module, x: Stream) -> Stream:
    """Widen, convolve each channel, project without activation; add the input where it fits."""
    width, continues = module.genes["width"], module.continues(x)
    hidden = module.hidden("expand")
    inner = module.mix("expand", x.node, module.genes["expansion"] * width)
    inner = module.activate("expand", inner, hidden)
    inner = module.depthwise("depthwise", inner, hidden)
    inner = module.mix("project", inner, module.shape(x.node)[0] if continues else width)
    if not continues:
        return Stream(module.mask("out", inner, module.site), module.site)
    return Stream(module.mask("out", module.add("add", "add", inner, x.node), x.site), x.site)
