"""Two convolutions around which the input is added (ResNet, https://arxiv.org/abs/1512.03385).

Where the input can be added as it is, the module keeps its channels, and `width` is that of the
inner ones; else a convolution of 1 x 1 projects it to `width`.
"""

from genomes.layout.module_layout import Module, Stream

GENES = ("width", "kernel", "stride")
WEIGHT = 2.0


def lay_out(module: Module, x: Stream) -> Stream:
    """Add a correction to the input."""
    width, kernel, stride = module.genes["width"], module.genes["kernel"], module.stride(x.node)
    continues = module.continues(x)
    target = module.shape(x.node)[0] if continues else width
    inner = module.mix("conv1", x.node, width, kernel, stride)
    inner = module.activate("conv1", inner, module.hidden("inner"))
    inner = module.mix("conv2", inner, target, kernel)
    if continues:
        return Stream(
            module.activate("out", module.add("add", "add", inner, x.node), x.site), x.site
        )
    shortcut = module.mix("project", x.node, width, stride=stride)
    return module.closed(module.add("add", "add", inner, shortcut))
