"""A linear layer on a vector, normalisation, activation; an image becomes a vector before."""

from genomes.layout.module_layout import Module, Stream

GENES = ("width",)
WEIGHT = 0.5  # behind it there are no images


def lay_out(module: Module, x: Stream) -> Stream:
    """Mix all features."""
    x = module.plan.vector(f"{module.mark}_vector", x)
    return module.closed(module.mix("linear", x.node, module.genes["width"]))
