"""NetworkSpec: validation names the node, dead nodes go, JSON and hash."""

from __future__ import annotations

import json
import random

import pytest

from genomes.genes.gene import Record
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec, Node, Site
from tests.genomes.random_networks import random_spec


def small() -> NetworkSpec:
    sketch = Sketch((1, 4, 4))
    x = sketch.add("conv", "conv", "input", out_channels=2, kernel=3, stride=1, bias=False)
    x = sketch.add("norm", "batch_norm", x)
    x = sketch.add("act", "activation", x, function="relu")
    x = sketch.add("mask", "mask", x, site="stage0", stage=0)
    x = sketch.add("pool", "global_average_pool", x)
    sketch.add("logits", "linear", x, out_features=3, bias=True)
    return sketch.finish()


def changed(name: str, /, **changes: object) -> tuple[Node, ...]:
    nodes = small().nodes
    return tuple(node._replace(**changes) if node.name == name else node for node in nodes)  # type: ignore[arg-type]


def test_counts_of_a_small_network() -> None:
    spec = small()
    assert spec.dense_parameters() == 18 + 4 + 9
    assert spec.flops() == 18 * 2 * 16 + 2 * 32 + 32 + 32 + (2 * 2 + 1) * 3
    assert spec.activations() == 16 + 3 * 32 + 2 + 3  # the mask and flattening store nothing
    assert spec.outputs == 3
    assert spec.sites == (Site("stage0", 2, 0),)
    assert spec.tensors["logits"] == {"weight": (3, 2), "bias": (3,)}
    assert spec.source(spec.by_name["norm"]) == (2, 4, 4)


def test_nodes_that_do_not_lead_to_the_output_are_dropped() -> None:
    nodes = list(small().nodes)
    nodes.insert(2, Node("loose", "activation", ("conv",), Record(function="elu"), (2, 4, 4)))
    nodes.insert(3, Node("end", "flatten", ("loose",), Record(), (32,)))
    assert NetworkSpec((1, 4, 4), tuple(nodes)) == small()


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ((), "no nodes"),
        (small().nodes[1:], "first node is the input"),
        (changed("conv", shape=(2, 4, 5)), r"'conv' .*states shape \(2, 4, 5\).*\(2, 4, 4\)"),
        (changed("conv", operation="convv"), "unknown operation 'convv'.*mean 'conv'"),
        (changed("norm", inputs=("conv", "conv")), "'norm'.*2 inputs, expected 1"),
        (changed("norm", inputs=("later",)), "'later' is no earlier node"),
        (changed("act", attributes=Record()), r"'act'.*expected \['function'\]"),
        (changed("act", name="norm")[:-1] + changed("mask", inputs=("norm",))[-3:], "is taken"),
        (changed("logits", name="Logits"), "lower-case"),
        (changed("logits", name="a.b"), "lower-case"),
        (changed("mask", attributes=Record(site="a__b", stage=0)), "words joined by dots"),
        (changed("mask", attributes=Record(site="a", stage=-1)), "stage -1"),
        (
            (
                Node("input", "input", (), Record(), (3,)),
                Node("act", "activation", ("input",), Record(function="relu"), (3,)),
            ),
            "no node with weights",
        ),
    ],
)
def test_what_could_not_be_built_is_refused(nodes: tuple[Node, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NetworkSpec((3,) if len(nodes) == 2 else (1, 4, 4), nodes)


def test_a_site_belongs_to_one_stage() -> None:
    sketch = Sketch((3,))
    x = sketch.add("a", "linear", "input", out_features=2, bias=True)
    x = sketch.add("first", "mask", x, site="stage0", stage=0)
    x = sketch.add("second", "mask", x, site="stage0", stage=1)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    with pytest.raises(ValueError, match=r"'second'.*belongs to stage 0, received 1"):
        sketch.finish()


def test_json_round_trip() -> None:
    for seed in range(20):
        spec = random_spec(random.Random(seed), ("cnn", "mlp")[seed % 2])
        twin = NetworkSpec.from_json(json.loads(json.dumps(spec.to_json())))
        assert twin == spec
        assert twin.canonical_hash() == spec.canonical_hash()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"format": 2}, "format 2; this version of evo reads format 1"),
        ([], "format 'list'"),
        ({"format": 1, "nodes": []}, "no nodes|without"),
        ({"format": 1, "input_shape": [2]}, "without 'nodes'"),
        ({"format": 1, "input_shape": [2], "nodes": [{"name": "a"}]}, "without 'operation'"),
        ({"format": 1, "input_shape": 3, "nodes": []}, "malformed"),
        ({"format": 1, "input_shape": [2], "nodes": 3}, "malformed"),
    ],
)
def test_other_json_says_what_is_wrong(data: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NetworkSpec.from_json(data)  # type: ignore[arg-type]


def test_json_with_contradicting_ties_is_refused() -> None:
    data = small().to_json()
    data["nodes"][4]["inputs"] = ["act"]
    extra = {
        "name": "more",
        "operation": "mask",
        "inputs": ["mask"],
        "shape": [2, 4, 4],
        "attributes": {"site": "stage1", "stage": 1},
    }
    data["nodes"].insert(5, extra)
    data["nodes"][6]["inputs"] = ["more"]
    with pytest.raises(ValueError, match="are tied"):
        NetworkSpec.from_json(data)
