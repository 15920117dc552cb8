"""Ties of channels on small literal graphs."""

from __future__ import annotations

import pytest

from genomes.sketch import Sketch


def conv(sketch: Sketch, name: str, source: str, channels: int) -> str:
    return sketch.add(name, "conv", source, out_channels=channels, kernel=1, stride=1, bias=True)


def test_additions_depthwise_operations_and_masks_tie_channels() -> None:
    sketch = Sketch((1, 2, 2))
    conv(sketch, "a", "input", 3)
    sketch.add("a_depthwise", "depthwise", "a", kernel=3, stride=1, bias=True)
    conv(sketch, "b", "a_depthwise", 3)
    sketch.add("sum", "add", "b", "a_depthwise")
    sketch.add("mask", "mask", "sum", site="stage0", stage=0)
    sketch.add("flat", "flatten", "mask")
    sketch.add("logits", "linear", "flat", out_features=2, bias=True)
    channels = sketch.finish().channels
    tied = {channels[name].group for name in ("a", "a_depthwise", "b", "sum", "mask", "flat")}
    assert len(tied) == 1
    assert channels.site("a") == channels.site("b") == "stage0"
    assert (channels["flat"].positions, channels["mask"].positions) == (4, 1)
    assert channels.site("input") is None
    assert channels.site("logits") is None


def test_masks_of_one_site_tie_separate_convolutions() -> None:
    sketch = Sketch((1, 2, 2))
    for name in ("a", "b"):
        conv(sketch, name, "input", 3)
        sketch.add(f"{name}_mask", "mask", name, site="stage0", stage=0)
    sketch.add("sum", "add", "a_mask", "b_mask")
    sketch.add("pool", "global_average_pool", "sum")
    sketch.add("logits", "linear", "pool", out_features=2, bias=True)
    channels = sketch.finish().channels
    assert channels["a"].group == channels["b"].group == channels["pool"].group


def broken(kind: str) -> Sketch:
    sketch = Sketch((3, 2, 2))
    a, b = conv(sketch, "a", "input", 3), conv(sketch, "b", "input", 2)
    if kind == "input":
        x = sketch.add("mask", "mask", "input", site="stage0", stage=0)
    elif kind == "sizes":
        sketch.add("mask_a", "mask", a, site="stage0", stage=0)
        sketch.add("mask_b", "mask", b, site="stage0", stage=0)
        x = sketch.add(
            "sum", "add", conv(sketch, "c", "mask_a", 1), conv(sketch, "d", "mask_b", 1)
        )
    else:
        sketch.add("flat", "flatten", a)
        if kind == "flattened":
            sketch.add("mask", "mask", "flat", site="stage0", stage=0)
        else:
            sketch.add("pool", "global_average_pool", conv(sketch, "e", a, 12))
            sketch.add("mask", "add", "flat", "pool")
        sketch.add("logits", "linear", "mask", out_features=2, bias=True)
        return sketch
    sketch.add("pool", "global_average_pool", x)
    sketch.add("logits", "linear", "pool", out_features=2, bias=True)
    return sketch


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("input", "masks the input or the output"),
        ("sizes", "ties groups of different size"),
        ("flattened", "masks flattened features"),
        ("origin", "adds features of different origin"),
    ],
)
def test_contradicting_ties_are_refused(kind: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        broken(kind).finish().channels  # noqa: B018
