"""Where masks act in a graph that had none: behind what has channels, before what reads them."""

from __future__ import annotations

from genomes.graph.given.mask_placement import channel_groups, with_masks
from genomes.graph.node import Node
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec


def conv(sketch: Sketch, name: str, source: str, channels: int) -> str:
    return sketch.add(name, "conv", source, out_channels=channels, kernel=1, stride=1, bias=True)


def masked(sketch: Sketch, stages: int = 2) -> dict[str, Node]:
    spec = sketch.finish()
    nodes = with_masks(spec.nodes, channel_groups(spec.nodes), str, stages)
    return dict(NetworkSpec(spec.input_shape, nodes).by_name)


def test_a_stream_is_masked_where_it_is_read_not_where_it_is_added_to() -> None:
    sketch = Sketch((1, 2, 2))
    stem = conv(sketch, "stem", "input", 4)
    norm = sketch.add("norm", "batch_norm", stem)
    bent = sketch.add("bent", "activation", norm, function="relu")
    back = conv(sketch, "back", conv(sketch, "inner", bent, 3), 4)
    total = sketch.add("total", "add", stem, back)
    pooled = sketch.add("pooled", "global_average_pool", total)
    sketch.add("logits", "linear", pooled, out_features=2, bias=True)
    nodes = masked(sketch)
    masks = {name: node.inputs[0] for name, node in nodes.items() if node.operation == "mask"}
    assert masks == {"bent_mask": "bent", "inner_mask": "inner", "pooled_mask": "pooled"}
    assert {nodes[name].attributes["site"] for name in ("bent_mask", "pooled_mask")} == {"stem"}
    assert nodes["total"].inputs == ("stem", "back")
    assert (nodes["inner"].inputs, nodes["logits"].inputs) == (("bent_mask",), ("pooled_mask",))
    assert (nodes["bent_mask"].attributes["stage"], nodes["inner_mask"].attributes["stage"]) == (
        0,
        1,
    )


def test_a_layer_reads_masked_channels_though_it_is_added_to_them() -> None:
    sketch = Sketch((1, 4))
    x = sketch.add("first", "linear", "input", out_features=4, bias=True)
    y = sketch.add("bent", "activation", x, function="tanh")
    y = sketch.add("second", "linear", y, out_features=4, bias=True)
    x = sketch.add("sum", "add", x, y)
    x = sketch.add("means", "global_average_pool", x)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    nodes = sketch.finish().nodes
    found = {n.name: n for n in with_masks(nodes, channel_groups(nodes), str, stages=1)}
    assert found["second"].inputs == ("bent_mask",)
    assert found["sum"].inputs == ("first", "second")


def test_channels_are_masked_before_they_are_flattened() -> None:
    sketch = Sketch((1, 2, 2))
    flat = sketch.add("flat", "flatten", conv(sketch, "stem", "input", 4))
    sketch.add("logits", "linear", flat, out_features=2, bias=True)
    nodes = masked(sketch)
    assert nodes["flat"].inputs == ("stem_mask",)
    assert nodes["logits"].inputs == ("flat",)


def test_concatenated_channels_are_masked_again_only_where_something_made_them_live() -> None:
    sketch = Sketch((1, 2, 2))
    a, b = conv(sketch, "a", "input", 2), conv(sketch, "b", "input", 3)
    joined = sketch.add("joined", "concatenate", a, b)
    plain = conv(sketch, "plain", joined, 2)
    norm = sketch.add("norm", "batch_norm", joined)
    behind = conv(sketch, "behind", norm, 2)
    total = sketch.add("total", "add", plain, behind)
    pooled = sketch.add("pooled", "global_average_pool", total)
    sketch.add("logits", "linear", pooled, out_features=2, bias=True)
    nodes = masked(sketch)
    assert nodes["joined"].inputs == ("a_mask", "b_mask")
    assert nodes["plain"].inputs == ("joined",)
    assert nodes["behind"].inputs == ("norm_mask",)
    assert nodes["norm_mask"].operation == "part_mask"


def test_groups_stay_whole_for_a_reason() -> None:
    sketch = Sketch((2, 2, 2))
    stem = conv(sketch, "stem", "input", 4)
    grouped = sketch.add(
        "grouped", "grouped_conv", stem,
        out_channels=4, groups=2, kernel=1, stride=1, bias=False,
    )  # fmt: skip
    single = conv(sketch, "single", conv(sketch, "kept", conv(sketch, "free", grouped, 3), 3), 1)
    pooled = sketch.add("pooled", "global_average_pool", single)
    sketch.add("logits", "linear", pooled, out_features=2, bias=True)
    groups = channel_groups(sketch.finish().nodes, lambda name: name == "kept")
    reasons = {group.makers[0]: group.reason for group in groups}
    assert reasons["free"] == ""
    assert reasons["kept"] == "is kept as asked"
    assert reasons["single"] == "has 1 channel"
    assert reasons["logits"] == "gives the answers"
    assert "is read by grouped" in reasons["stem"]
    assert "is tied to grouped" in reasons["grouped"]
