"""Networks small enough to compute by hand."""

import torch

from fitness.data.resident import Examples
from fitness.targets.classes import Classes
from genomes.graph.sketch import Sketch
from genomes.networks.network import Network, build


def network() -> Network:
    """Three 1x1 filters 1, -2, 0.5 on one channel, ReLU, masked; mean over pixels; two classes."""
    sketch = Sketch((1, 2, 2))
    x = sketch.add("conv", "conv", "input", out_channels=3, kernel=1, stride=1, bias=False)
    x = sketch.add("relu", "activation", x, function="relu")
    x = sketch.add("mask", "mask", x, site="stage0", stage=0)
    x = sketch.add("pool", "global_average_pool", x)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    made = build(sketch.finish())
    with torch.no_grad():
        made.get_parameter("conv.weight").copy_(torch.tensor([1.0, -2.0, 0.5]).view(3, 1, 1, 1))
        made.get_parameter("logits.weight").copy_(torch.tensor([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]))
        made.get_parameter("logits.bias").zero_()
    return made


def batch() -> Examples:
    """Two images, all ones (class 0) and all threes (class 1)."""
    x = torch.tensor([1.0, 3.0]).view(2, 1, 1, 1).expand(2, 1, 2, 2)
    return Examples(x.contiguous(), torch.tensor([0, 1]), Classes(2))
