"""Pooling over windows of 2 x 2; what has a single row or column stays as it is."""

from genomes.layout.module_layout import Module, Stream

GENES = ("pooling",)
WEIGHT = 2.0


def lay_out(module: Module, x: Stream) -> Stream:
    """Halve the sides."""
    if not module.plan.has_positions(x) or min(module.shape(x.node)[1:]) < 2:
        return x
    operation = f"{module.genes['pooling']}_pool"
    return x._replace(node=module.add("pool", operation, x.node, kernel=2, stride=2))
