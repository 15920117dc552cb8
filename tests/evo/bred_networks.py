"""A network of bred functions: one with constants twice, one without, one that has a name."""

from __future__ import annotations

import torch

from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import Network, build

LEAKY = ("max", "x", "mul", "x", 0.125)
STEEPER = ("max", "x", "mul", "x", 0.5)
RIPPLE = ("div", "sub", "x", "tanh", "mul", "x", "x", "log", "x")


def bred_spec() -> NetworkSpec:
    sketch = Sketch((1, 4, 4))
    x = sketch.add("stem", "conv", "input", out_channels=4, kernel=3, stride=1, bias=True)
    x = sketch.add("stem_activation", "activation", x, function=LEAKY)
    x = sketch.add("stem_mask", "mask", x, site="stage0", stage=0)
    x = sketch.add("inner", "conv", x, out_channels=4, kernel=3, stride=1, bias=False)
    x = sketch.add("inner_norm", "batch_norm", x)
    x = sketch.add("inner_activation", "activation", x, function=RIPPLE)
    x = sketch.add("inner_mask", "mask", x, site="stage1", stage=1)
    x = sketch.add("average", "global_average_pool", x)
    x = sketch.add("head", "linear", x, out_features=6, bias=True)
    x = sketch.add("head_activation", "activation", x, function=STEEPER)
    x = sketch.add("last", "linear", x, out_features=4, bias=True)
    x = sketch.add("last_activation", "activation", x, function="gelu")
    sketch.add("logits", "linear", x, out_features=3, bias=True)
    return sketch.finish()


def bred_network() -> Network:
    """Return the network as after training: constants moved, channels masked."""
    network = build(bred_spec(), seed=3).eval()
    with torch.no_grad():
        network.get_parameter("stem_activation.constants").fill_(-0.75)
    network.set_channel_masks({"stage1": torch.tensor([True, False, True, True])})
    return network
