"""Networks as text: layers in order, shapes, parameters; shortcuts as rails."""

from __future__ import annotations

import random
from types import ModuleType

from hypothesis import given
from hypothesis import strategies as st

from evo.text.network_drawing import WIDTH, draw_network
from genomes.architectures import cnn, mlp, modular
from genomes.chromosomes.gate_genes import with_gates
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec

STAGE = Record(
    block="residual", depth=2, width=4, kernel=3, stride=2, normalisation="batch",
    activation="relu", pooling="none", expansion=1,
)  # fmt: skip


def network(**stage: object) -> NetworkSpec:
    values = Record(
        family="cnn",
        stages=(STAGE.replacing(**stage),),
        head="global_average",
        head_width=0,
        dropout=0.25,
    )
    return cnn.decode(values, Interface((1, 8, 8), 10))


def squeezed(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_residual_blocks_have_rails() -> None:
    assert squeezed(draw_network(network())) == [
        "layer output parameters",
        "input 1×8×8",
        "├─╮ conv 3×3, 4 channels, stride 2, batch norm, relu 4×4×4 44",
        "│ │ conv 3×3, 4 channels, batch norm 4×4×4 152",
        "◆ │ skip: conv 1×1, 4 channels, stride 2, batch norm 4×4×4 12",
        "├─╯ add, relu 4×4×4",
        "├─╮ conv 3×3, 4 channels, batch norm, relu 4×4×4 152",
        "│ │ conv 3×3, 4 channels, batch norm 4×4×4 152",
        "├─╯ add, relu 4×4×4",
        "│ global average pool 4",
        "│ dropout 25 % 4",
        "│ linear, 10 units 10 50",
    ]


def test_depthwise_and_pooling_are_worded() -> None:
    lines = squeezed(draw_network(network(block="separable", depth=1, pooling="max")))
    assert lines[2] == "│ depthwise conv 3×3, stride 2, batch norm, relu 1×4×4 11"
    assert lines[3] == "│ conv 1×1, 4 channels, batch norm, relu 4×4×4 12"
    assert lines[4] == "│ max pool 2×2 4×2×2"


def test_what_no_rail_can_show_is_said_in_words() -> None:
    sketch = Sketch((3,))
    first = sketch.add("first", "linear", "input", out_features=3, bias=True)
    second = sketch.add("second", "linear", "input", out_features=3, bias=True)
    third = sketch.add("third", "linear", first, out_features=3, bias=True)
    inner = sketch.add("inner", "add", third, second)
    sketch.add("out", "add", inner, first)
    assert squeezed(draw_network(sketch.finish())) == [
        "layer output parameters",
        "1 input 3",
        "2 │ linear, 3 units 3 12",
        "3 │ from 1: linear, 3 units 3 12",
        "4 │ from 2: linear, 3 units 3 12",
        "5 │ from 4 and 3: add 3",
        "6 │ from 5 and 2: add 3",
    ]


def test_numbers_that_are_added_stand_where_they_are_added() -> None:
    sketch = Sketch((3, 4))
    x = sketch.add("first", "linear", "input", out_features=2, bias=False)
    token = sketch.add("token", "parameter", x, out_channels=2, sides=(1,))
    x = sketch.add("joined", "append", token, x, side=0, repeats=0)
    waves = sketch.add("waves", "fixed", x, out_channels=2, sides=(5,))
    x = sketch.add("sum", "add", x, waves)
    x = sketch.add("halved", "affine", x, scale=0.5, offset=0.0)
    assert squeezed(draw_network(sketch.finish())) == [
        "layer output parameters",
        "input 3×4",
        "│ linear, 2 units 2×4 6",
        "│ append positions (trained 2×1), add (fixed 2×5), × 0.5 2×5 2",
    ]


def test_gates_are_drawn_with_what_they_read() -> None:
    genes = Record(gate="contextual", gate_threshold=0.5, gate_blend=0.5, gate_memory=2)
    lines = squeezed(draw_network(with_gates(network(block="conv", depth=1, stride=1), genes)))
    assert lines[1:4] == [
        "input, gate of 4 1×8×8 40",
        "│ conv 3×3, 4 channels, batch norm, relu, gated 4×8×8 44",
        "│ global average pool 4",
    ]


@given(seed=st.integers(0, 2**32), family=st.sampled_from((cnn, mlp, modular)))
def test_drawings_keep_to_the_width_and_count_all_parameters(
    seed: int, family: ModuleType
) -> None:
    values = family.genes(Interface((3, 16, 16), 10)).sample(random.Random(seed))
    spec = family.decode(values, Interface((3, 16, 16), 10))
    lines = draw_network(spec).splitlines()
    assert max(map(len, lines)) <= WIDTH
    counts = [int(line[-12:].replace(",", "") or 0) for line in lines[1:] if len(line) > 68]
    assert sum(counts) == spec.dense_parameters()


def test_inhibition_is_a_line_of_its_own() -> None:
    genes = Record(
        kind="difference-of-gaussians", over="positions", width=1.25, strength=0.0512, ratio=1.5
    )
    text = squeezed(draw_network(network(inhibition=genes)))
    assert "│ DoG inhibition, positions, 1.2 wide, 0.051 strong 4×4×4" in text


def test_a_sparse_layer_tells_its_connections() -> None:
    sketch = Sketch((4,))
    sketch.add("logits", "sparse_linear", "input", out_features=2, edges=((0, 1),), bias=True)
    drawn = draw_network(sketch.finish())
    assert "sparse linear, 2 units, 1 connections" in drawn
    assert drawn.splitlines()[-1].split()[-2:] == ["2", "3"]
