"""Outputs in other units: two steps become one, and none where the second undoes the first."""

from __future__ import annotations

import torch

from genomes.graph.sketch import Sketch
from genomes.networks.network import Network, build
from genomes.networks.rescaled import rescaled


def network() -> Network:
    sketch = Sketch((3,), "x")
    sketch.add("head", "linear", "x", out_features=2, bias=True)
    return build(sketch.finish(), initialisation="kaiming", seed=1).eval()


def test_a_second_step_is_joined_with_the_first() -> None:
    plain, x = network(), torch.randn(4, 3)
    twice = rescaled(rescaled(plain, (2.0, 3.0), (1.0, -1.0)), (0.5, 10.0), (7.0, 0.0))
    assert [node.operation for node in twice.spec.nodes] == ["input", "linear", "rescale"]
    expected = plain(x) * torch.tensor([1.0, 30.0]) + torch.tensor([7.5, -10.0])
    torch.testing.assert_close(twice(x), expected)


def test_a_step_that_undoes_the_first_leaves_nothing() -> None:
    plain, x = network(), torch.randn(4, 3)
    deviations, means = (77.54, 1e-3), (2019.3, -5.0)
    scale = [1.0 / deviation for deviation in deviations]
    offset = [-mean / each for mean, each in zip(means, deviations, strict=True)]
    back = rescaled(rescaled(plain, scale, offset), deviations, means)
    assert back.spec == plain.spec
    assert torch.equal(back(x), plain(x))
