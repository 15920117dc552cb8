"""Paths through small literal graphs with masks set by hand."""

from __future__ import annotations

import numpy as np

from genomes.graph.liveness import trace
from genomes.graph.masks import Flags, Masks
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec


def flags(text: str) -> Flags:
    return np.array([sign == "1" for sign in text])


def chain(norm: str | None = None) -> NetworkSpec:
    """Two inputs, three hidden channels at a site, two logits."""
    sketch = Sketch((2,))
    x = sketch.add("hidden", "linear", "input", out_features=3, bias=norm is None)
    if norm:
        x = sketch.add("norm", norm, x)
    x = sketch.add("mask", "mask", x, site="stage0", stage=0)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    return sketch.finish()


def kept(spec: NetworkSpec, masks: Masks) -> list[bool]:
    (only,) = trace(spec, masks).kept().values()
    return list(only.tolist())


def test_a_masked_channel_takes_its_incoming_and_outgoing_weights_along() -> None:
    masks = Masks({"stage0": flags("101")}, {})
    liveness = trace(chain(), masks)
    assert liveness.active_parameters() == 2 * 2 + 2 + 2 * 2 + 2
    assert liveness.matters["hidden"].tolist() == [True, False, True]
    assert liveness.carries["mask"].tolist() == [True, False, True]
    assert kept(chain(), masks) == [True, False, True]


def test_a_channel_whose_outgoing_weights_are_masked_is_dead() -> None:
    outgoing = np.array([[True, False, True], [True, False, False]])
    masks = Masks({}, {"logits": outgoing})
    liveness = trace(chain(), masks)
    assert kept(chain(), masks) == [True, False, True]
    assert liveness.active_parameters() == 2 * 2 + 2 + 3 + 2


def test_a_channel_whose_incoming_weights_are_masked_still_carries_its_bias() -> None:
    incoming = np.array([[True, True], [False, False], [True, False]])
    masks = Masks({}, {"hidden": incoming})
    assert kept(chain(), masks) == [True, True, True]
    assert trace(chain(), masks).active_parameters() == 3 + 3 + 6 + 2


def test_where_nothing_reaches_the_logits_the_first_unmasked_channel_stays() -> None:
    masks = Masks({"stage0": flags("011")}, {"logits": np.zeros((2, 3), dtype=np.bool_)})
    assert kept(chain(), masks) == [False, True, False]
    assert trace(chain(), masks).active_parameters() == 2


def test_a_layer_normalisation_is_reached_by_every_unmasked_channel() -> None:
    outgoing = np.array([[True, False, True], [True, False, True]])
    batch = trace(chain("batch_norm"), Masks({"stage0": flags("110")}, {"logits": outgoing}))
    layer = trace(chain("layer_norm"), Masks({"stage0": flags("110")}, {"logits": outgoing}))
    assert batch.matters["hidden"].tolist() == [True, False, False]
    assert layer.matters["hidden"].tolist() == [True, True, False]
    assert batch.active_parameters() == 2 + 2 + 2 + 2
    assert layer.active_parameters() == 4 + 2 + 2 + 2


def test_what_excites_matters_where_there_is_something_to_excite() -> None:
    sketch = Sketch((1, 2, 2))
    x = sketch.add("conv", "conv", "input", out_channels=3, kernel=1, stride=1, bias=True)
    x = sketch.add("mask", "mask", x, site="stage0", stage=0)
    z = sketch.add("means", "global_average_pool", x)
    z = sketch.add("scale", "linear", z, out_features=3, bias=True)
    x = sketch.add("excite", "excite", x, z)
    x = sketch.add("pool", "global_average_pool", x)
    sketch.add("logits", "linear", x, out_features=1, bias=False)
    spec = sketch.finish()
    outgoing = {"logits": np.array([[True, True, False]])}
    liveness = trace(spec, Masks({"stage0": flags("011")}, outgoing))
    assert liveness.matters["scale"].tolist() == [False, True, False]
    assert liveness.carries["excite"].tolist() == [False, True, True]
    assert kept(spec, Masks({"stage0": flags("011")}, outgoing)) == [False, True, True]
    # conv: two channels, the third through its mean; scale: one row of two; logits: one
    assert liveness.active_parameters() == 2 * 2 + (2 + 1) + 1


def test_flattening_keeps_a_channel_if_any_of_its_positions_matters() -> None:
    sketch = Sketch((1, 1, 2))
    x = sketch.add("conv", "conv", "input", out_channels=2, kernel=1, stride=1, bias=True)
    x = sketch.add("mask", "mask", x, site="stage0", stage=0)
    x = sketch.add("flat", "flatten", x)
    sketch.add("logits", "linear", x, out_features=1, bias=False)
    spec = sketch.finish()
    masks = Masks({}, {"logits": np.array([[False, True, False, False]])})
    assert trace(spec, masks).matters["flat"].tolist() == [False, True, False, False]
    assert kept(spec, masks) == [True, False]
    off = trace(spec, Masks({"stage0": flags("01")}, {}))
    assert off.carries["flat"].tolist() == [False, False, True, True]
    assert off.active_parameters() == 2 + 2


def test_a_tied_channel_stays_if_it_is_alive_on_either_branch() -> None:
    sketch = Sketch((1, 2, 2))
    stem = sketch.add("stem", "conv", "input", out_channels=2, kernel=1, stride=1, bias=True)
    stem = sketch.add("stem_mask", "mask", stem, site="stage0", stage=0)
    x = sketch.add("conv", "conv", stem, out_channels=2, kernel=1, stride=1, bias=False)
    x = sketch.add("sum", "add", x, stem)
    x = sketch.add("pool", "global_average_pool", x)
    sketch.add("logits", "linear", x, out_features=1, bias=False)
    spec = sketch.finish()
    inner = np.array([[False, True], [False, False]]).reshape(2, 2, 1, 1)  # (out, in, 1, 1)
    masks = Masks({}, {"conv": inner, "logits": np.array([[True, False]])})
    assert kept(spec, masks) == [True, True]  # the second feeds the first
    assert trace(spec, masks).active_parameters() == 2 + 2 + 1 + 1
    cut = Masks(
        {}, {"conv": np.zeros((2, 2, 1, 1), dtype=np.bool_), "logits": np.array([[True, False]])}
    )
    assert kept(spec, cut) == [True, False]


def test_depthwise_weights_carry_their_own_channel_only() -> None:
    sketch = Sketch((1, 3, 3))
    x = sketch.add("conv", "conv", "input", out_channels=2, kernel=1, stride=1, bias=True)
    x = sketch.add("mask", "mask", x, site="stage0", stage=0)
    x = sketch.add("depth", "depthwise", x, kernel=3, stride=1, bias=True)
    x = sketch.add("depth_mask", "mask", x, site="stage0", stage=0)
    x = sketch.add("pool", "global_average_pool", x)
    sketch.add("logits", "linear", x, out_features=1, bias=False)
    weights = np.ones((2, 1, 3, 3), dtype=np.bool_)
    weights[1] = False
    liveness = trace(sketch.finish(), Masks({}, {"depth": weights}))
    assert liveness.matters["conv"].tolist() == [True, False]
    assert liveness.matters["depth"].tolist() == [True, True]  # its bias still counts
    assert liveness.active_parameters() == 2 + (9 + 2) + 2


def test_a_bred_function_makes_something_of_nothing_and_its_constants_are_active() -> None:
    sketch = Sketch((2,))
    x = sketch.add("hidden", "linear", "input", out_features=3, bias=True)
    x = sketch.add("mask", "mask", x, site="stage0", stage=0)
    x = sketch.add("named", "activation", x, function="relu")
    x = sketch.add("bred", "activation", x, function=("max", "x", "mul", "x", 0.5))
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    spec = sketch.finish()
    liveness = trace(spec, Masks({"stage0": flags("101")}, {}))
    assert liveness.carries["named"].tolist() == [True, False, True]
    assert liveness.carries["bred"].tolist() == [True, True, True]
    assert liveness.active_parameters() == 2 * 2 + 2 + 1 + 3 * 2 + 2
    silent = {"logits": np.zeros((2, 3), dtype=np.bool_)}
    assert trace(spec, Masks({}, silent)).active_parameters() == 2


def sparse(*edges: tuple[int, int]) -> NetworkSpec:
    """Two inputs, three hidden channels at a site, each of which one edge reads on; two logits."""
    sketch = Sketch((2,))
    x = sketch.add("hidden", "sparse_linear", "input", out_features=3, edges=edges, bias=True)
    x = sketch.add("mask", "mask", x, site="stage0", stage=0)
    last = ((0, 0), (0, 1), (1, 2))
    sketch.add("logits", "sparse_linear", x, out_features=2, edges=last, bias=False)
    return sketch.finish()


def test_a_path_leads_along_edges_only() -> None:
    spec = sparse((0, 0), (1, 0), (1, 1), (2, 1))
    masks = Masks({}, {"logits": flags("101").reshape(1, 3)})  # nobody reads the second
    liveness = trace(spec, masks)
    assert kept(spec, masks) == [True, False, True]
    assert liveness.matters["input"].tolist() == [True, True]
    assert liveness.active_parameters() == 2 + 2 + 2
    masks = Masks({"stage0": flags("110")}, {"hidden": flags("1101").reshape(1, 4)})
    liveness = trace(spec, masks)
    assert liveness.matters["input"].tolist() == [True, False]
    assert liveness.active_parameters() == 2 + 2 + 2
