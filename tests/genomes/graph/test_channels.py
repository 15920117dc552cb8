"""Ties of channels on small literal graphs."""

from __future__ import annotations

import pytest

from genomes.graph.sketch import Sketch


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


def joint() -> Sketch:
    """Concatenate a masked group of 2, an unmasked one of 1 and the first again, flattened."""
    sketch = Sketch((1, 2, 2))
    a, b = conv(sketch, "a", "input", 2), conv(sketch, "b", "input", 1)
    a = sketch.add("a_mask", "mask", a, site="stage0", stage=0)
    ab = sketch.add("ab", "concatenate", a, b)
    aba = sketch.add("aba", "concatenate", ab, a)
    sketch.add("flat", "flatten", aba)
    return sketch


def test_concatenated_channels_belong_to_their_parts() -> None:
    sketch = joint()
    sketch.add("logits", "linear", "flat", out_features=2, bias=True)
    channels = sketch.finish().channels
    flat = channels["flat"]
    assert (flat.is_joint, flat.site, flat.positions) == (True, None, 4)
    assert not channels["a"].is_joint
    a, b = channels["a"].group, channels["b"].group
    assert [(run.start, run.stop, p.group, p.positions, p.site) for run, p in flat.runs()] == [
        (0, 8, a, 4, "stage0"),
        (8, 12, b, 4, None),
        (12, 20, a, 4, "stage0"),
    ]
    assert len({flat.group, channels["ab"].group, a, b}) == 4


def test_chosen_channels_belong_to_the_parts_they_come_from() -> None:
    sketch = Sketch((1, 2, 2))
    a, b = conv(sketch, "a", "input", 3), conv(sketch, "b", "input", 2)
    a = sketch.add("a_mask", "mask", a, site="stage0", stage=0)
    both = sketch.add("both", "concatenate", a, b)
    sketch.add("shuffled", "choose", both, index=(1, 2, 4, 0))
    sketch.add("flat", "flatten", "shuffled")
    sketch.add("half", "choose", "flat", index=(5, 6))
    sketch.add("logits", "linear", "half", out_features=2, bias=True)
    channels = sketch.finish().channels
    of_a, of_b = channels["a"].group, channels["b"].group
    found = [
        [(p.group, p.site, p.positions, p.features, p.first) for p in channels[name].parts]
        for name in ("shuffled", "flat", "half")
    ]
    assert found[0] == [
        (of_a, "stage0", 1, 2, 1),
        (of_b, None, 1, 1, 1),
        (of_a, "stage0", 1, 1, 0),
    ]
    assert found[1] == [
        (of_a, "stage0", 4, 8, 1),
        (of_b, None, 4, 4, 1),
        (of_a, "stage0", 4, 4, 0),
    ]
    assert found[2] == [(of_a, "stage0", 1, 1, 2), (of_a, "stage0", 1, 1, 2)]
    assert channels.fixed == frozenset()


def test_what_was_joined_and_is_added_to_can_lose_nothing() -> None:
    sketch = Sketch((1, 2, 2))
    a, b = conv(sketch, "a", "input", 3), conv(sketch, "b", "input", 2)
    joined = sketch.add("ab", "concatenate", a, b)
    sketch.add("sum", "add", joined, conv(sketch, "c", "input", 5))
    sketch.add("pool", "global_average_pool", "sum")
    sketch.add("logits", "linear", "pool", out_features=2, bias=True)
    channels = sketch.finish().channels
    fixed = {
        name for name in ("a", "b", "c", "ab", "sum") if channels[name].group in channels.fixed
    }
    assert fixed == {"a", "b", "c", "ab", "sum"}
    assert not channels["ab"].is_joint


def broken(kind: str) -> Sketch:
    sketch = Sketch((3, 2, 2))
    a, b = conv(sketch, "a", "input", 3), conv(sketch, "b", "input", 2)
    if kind == "input":
        x = sketch.add("mask", "mask", "input", site="stage0", stage=0)
    elif kind == "joint mask":
        joined = sketch.add("ab", "concatenate", a, b)
        x = sketch.add("mask", "mask", joined, site="stage0", stage=0)
    elif kind == "joint sum":
        a = sketch.add("mask", "mask", a, site="stage0", stage=0)
        joined = sketch.add("ab", "concatenate", a, b)
        x = sketch.add("sum", "add", joined, conv(sketch, "c", "input", 5))
    elif kind == "output":
        pooled = sketch.add("pool", "global_average_pool", a)
        pooled = sketch.add("mask", "mask", pooled, site="stage0", stage=0)
        sketch.add("logits", "concatenate", pooled, pooled)
        return sketch
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
        ("output", "masks the input or the output"),
        ("joint mask", "masks concatenated channels; mask the parts"),
        ("joint sum", "ties concatenated channels; project them first"),
        ("sizes", "ties groups of different size"),
        ("flattened", "masks flattened features"),
        ("origin", "adds features of different origin"),
    ],
)
def test_contradicting_ties_are_refused(kind: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        broken(kind).finish().channels  # noqa: B018
