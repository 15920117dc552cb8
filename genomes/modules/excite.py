"""Squeeze and excitation (Hu et al. 2018, https://arxiv.org/abs/1709.01507).

Each channel is scaled by what the means of all channels say of it.
"""

from genomes.layout.module_layout import Module, Stream

GENES = ("width", "reduction")
WEIGHT = 1.0


def lay_out(module: Module, x: Stream) -> Stream:
    """Scale the channels of the input, which stay those of their site."""
    x = module.tight(x)
    channels, z = module.shape(x.node)[0], x.node
    if module.plan.has_positions(x):
        z = module.add("means", "global_average_pool", z)
    squeezed = max(1, channels // module.genes["reduction"])
    z = module.add("squeeze", "linear", z, out_features=squeezed, bias=True)
    z = module.activate("squeeze", z, module.hidden("squeeze"))
    z = module.add("scale", "linear", z, out_features=channels, bias=True)
    return Stream(module.add("excite", "excite", x.node, z), x.site)
