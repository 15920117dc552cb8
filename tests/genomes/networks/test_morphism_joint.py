"""Weights are inherited across concatenations, part by part."""

from __future__ import annotations

import torch

from genomes.graph.sketch import Sketch
from genomes.networks.inherit import inherit_weights
from genomes.networks.network import Network, build


def joint(width: int, seed: int) -> Network:
    """Two convolutions of the input, the first `width` wide, joined and read by the logits."""
    sketch = Sketch((1, 2, 2))
    for name, channels in (("stage0_conv", width), ("stage1_conv", 2)):
        x = sketch.add(name, "conv", "input", out_channels=channels, kernel=1, stride=1, bias=True)
        site = name.removesuffix("_conv")
        sketch.add(f"{site}_mask", "mask", x, site=site, stage=0)
    x = sketch.add("head_join", "concatenate", "stage0_mask", "stage1_mask")
    x = sketch.add("head_flatten", "flatten", x)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    return build(sketch.finish(), seed=seed).double().eval()


def test_a_widened_part_leaves_the_function_as_it_was() -> None:
    parent, child = joint(3, seed=1), joint(5, seed=2)
    share = inherit_weights(child, parent.spec, parent.state_dict(), noise=0.0)
    x = torch.randn(4, 1, 2, 2, dtype=torch.float64)
    assert share == 1.0
    assert torch.allclose(child(x), parent(x), rtol=1e-12)


def test_a_narrowed_part_keeps_the_columns_of_the_other() -> None:
    parent, child = joint(3, seed=1), joint(2, seed=2)
    inherit_weights(child, parent.spec, parent.state_dict(), noise=0.0)
    ours, theirs = (n.get_parameter("logits.weight") for n in (child, parent))
    assert torch.equal(ours[:, 8:], theirs[:, 12:])


def sparse(edges: tuple[tuple[int, int], ...], seed: int) -> Network:
    """A sparse layer of the input, joined with it and read by the logits."""
    sketch = Sketch((3,))
    x = sketch.add("depth0_tanh", "sparse_linear", "input", out_features=2, edges=edges, bias=True)
    x = sketch.add("depth0_tanh_mask", "mask", x, site="depth0.tanh", stage=0)
    x = sketch.add("join0", "concatenate", "input", x)
    last = ((0, 0), (0, 3), (1, 4))
    sketch.add("logits", "sparse_linear", x, out_features=2, edges=last, bias=True)
    return build(sketch.finish(), seed=seed).double().eval()


def test_sparse_layers_are_carried_over_where_their_edges_are_the_same() -> None:
    edges = ((0, 0), (1, 1), (1, 2))
    parent, child = sparse(edges, seed=1), sparse(edges, seed=2)
    assert inherit_weights(child, parent.spec, parent.state_dict(), noise=0.0) == 1.0
    x = torch.randn(4, 3, dtype=torch.float64)
    assert torch.equal(child(x), parent(x))


def test_a_sparse_layer_with_other_edges_starts_afresh() -> None:
    parent, child = sparse(((0, 0), (1, 1)), seed=1), sparse(((0, 0), (1, 2)), seed=2)
    before = child.get_parameter("depth0_tanh.weight").clone()
    share = inherit_weights(child, parent.spec, parent.state_dict(), noise=0.0)
    assert share == 0.0
    assert torch.equal(child.get_parameter("depth0_tanh.weight"), before)
