"""The canonical hash: what does not change the computation does not change the hash."""

from __future__ import annotations

from genomes.graph.sketch import Sketch


def two_branches(
    first: str = "a", second: str = "b", swap: bool = False, site: str = "stage0", width: int = 3
) -> str:
    sketch = Sketch((4,))
    order = [(first, "relu"), (second, "tanh")]
    for name, function in reversed(order) if swap else order:
        sketch.add(name, "linear", "input", out_features=width, bias=True)
        sketch.add(f"{name}_act", "activation", name, function=function)
    ends = [f"{second}_act", f"{first}_act"] if swap else [f"{first}_act", f"{second}_act"]
    x = sketch.add("sum", "add", *ends)
    x = sketch.add("mask", "mask", x, site=site, stage=0)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    return sketch.finish().canonical_hash()


def test_names_order_and_summands_do_not_count() -> None:
    assert two_branches() == two_branches("x", "y", site="other") == two_branches(swap=True)


def test_structure_counts() -> None:
    assert two_branches(width=4) != two_branches()


def test_a_shared_node_is_not_a_node_computed_twice() -> None:
    shared, twice = Sketch((4,)), Sketch((4,))
    x = shared.add("a", "linear", "input", out_features=2, bias=True)
    shared.add("sum", "add", x, x)
    for name in "ab":
        twice.add(name, "linear", "input", out_features=2, bias=True)
    twice.add("sum", "add", "a", "b")
    assert shared.finish().canonical_hash() != twice.finish().canonical_hash()


def test_a_deep_graph_is_hashed() -> None:
    sketch = Sketch((2,))
    x = sketch.add("first", "linear", "input", out_features=2, bias=True)
    for number in range(3000):
        x = sketch.add(f"act{number}", "activation", x, function="relu")
    assert len(sketch.finish().canonical_hash()) == 16
