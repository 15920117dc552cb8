"""Sketch: infers shapes as nodes are added."""

from __future__ import annotations

import pytest

from genomes.graph.sketch import Sketch


def test_shapes_follow_the_operations() -> None:
    sketch = Sketch((3, 8, 8), "pixels")
    x = sketch.add("conv", "conv", "pixels", out_channels=4, kernel=3, stride=2, bias=True)
    assert (x, sketch.shape("conv")) == ("conv", (4, 4, 4))
    x = sketch.add("flat", "flatten", x)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    spec = sketch.finish()
    assert [node.name for node in spec.nodes] == ["pixels", "conv", "flat", "logits"]
    assert spec.nodes[2].shape == (64,)


def test_a_node_that_does_not_fit_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="flatten it first"):
        Sketch((3, 8, 8)).add("logits", "linear", "input", out_features=2, bias=True)
