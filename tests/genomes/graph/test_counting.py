"""Counts and shrunk specs without torch."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from genomes.graph.counting import Counts, count, shrunk_spec
from genomes.graph.liveness import trace
from genomes.graph.masks import Masks
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec


def spec() -> NetworkSpec:
    sketch = Sketch((1, 2, 2), "pixels")
    x = sketch.add("conv", "conv", "pixels", out_channels=4, kernel=3, stride=1, bias=False)
    x = sketch.add("norm", "batch_norm", x)
    x = sketch.add("mask", "mask", x, site="stage0", stage=0)
    x = sketch.add("flat", "flatten", x)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    return sketch.finish()


def test_without_masks_all_counts_are_equal() -> None:
    size = 36 + 8 + 34
    assert count(spec(), Masks({}, {})) == Counts(size, size, size)
    on = Masks({"stage0": np.ones(4, dtype=np.bool_)}, {})
    assert count(spec(), on) == Counts(size, size, size)


def test_counts_of_a_masked_network() -> None:
    channels = {"stage0": np.array([True, False, True, False])}
    assert count(spec(), Masks(channels, {})) == Counts(78, 18 + 4 + 18, 18 + 4 + 18)
    weights = np.ones((4, 1, 3, 3), dtype=np.bool_)
    weights[0, 0, 0] = weights[1] = False  # three of a kept channel, nine of a masked one
    assert count(spec(), Masks(channels, {"conv": weights})) == Counts(78, 37, 40)


def test_the_shrunk_spec_has_the_same_names_but_no_masks() -> None:
    masks = Masks({"stage0": np.array([True, False, True, False])}, {})
    small = shrunk_spec(spec(), masks, trace(spec(), masks).kept())
    assert [node.name for node in small.nodes] == ["pixels", "conv", "norm", "flat", "logits"]
    assert small.by_name["conv"].shape == (2, 2, 2)
    assert small.by_name["flat"].shape == (8,)
    assert small.sites == ()
    assert small.flops() < spec().flops()


def test_counting_needs_no_torch() -> None:
    code = (
        "import sys, genomes.graph.counting, genomes.chromosomes.space; "
        "print('torch' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "False", result.stderr


def test_edges_between_kept_channels_stay_and_masked_ones_go() -> None:
    sketch = Sketch((3,))
    edges = ((0, 0), (1, 0), (1, 2), (2, 1))
    x = sketch.add("hidden", "sparse_linear", "input", out_features=3, edges=edges, bias=True)
    x = sketch.add("mask", "mask", x, site="stage0", stage=0)
    x = sketch.add("both", "concatenate", "input", x)
    last = ((0, 1), (0, 3), (1, 4), (1, 5))
    sketch.add("logits", "sparse_linear", x, out_features=2, edges=last, bias=True)
    whole = sketch.finish()
    masks = Masks(
        {"stage0": np.array([False, True, True])},
        {"hidden": np.array([[True, True, False, True]])},
    )
    small = shrunk_spec(whole, masks, trace(whole, masks).kept())
    assert small.by_name["hidden"].attributes["edges"] == ((0, 0), (1, 1))
    assert small.by_name["logits"].attributes["edges"] == ((0, 1), (1, 3), (1, 4))
    assert count(whole, masks) == Counts(4 + 3 + 4 + 2, 2 + 2 + 3 + 2, 2 + 2 + 3 + 2)
