"""Every operation: shapes and costs as counted by hand, its claims as torch computes it."""

from __future__ import annotations

import pytest
import torch

from genomes.genes.gene import Record
from genomes.graph.operation import OPERATIONS, operation
from genomes.graph.shapes import Shape
from genomes.networks.layers import make_layer
from tests.genomes.operations.contract import Case, check, parameters


def conv(out: int, kernel: int, stride: int = 1, bias: bool = False) -> Record:
    return Record(out_channels=out, kernel=kernel, stride=stride, bias=bias)


DIVISIVE = Record(kind="divisive", over="channels", width=1.0, strength=0.5, ratio=None, places=())
BY_PIXELS = DIVISIVE.replacing(kind="difference-of-gaussians", over="positions", ratio=2.0)


def sparse(*edges: tuple[int, int], bias: bool = True) -> Record:
    return Record(out_features=3, edges=edges, bias=bias)


def opaque(operator: str, said: str, *shapes: Shape, numbers: int = 0) -> Record:
    return Record(
        operator=operator, arguments=said, output=-1, sources=shapes[:-1], size=shapes[-1],
        flops=9, numbers=numbers, values=0,
    )  # fmt: skip


GATE = Record(marks=3, embedding=2, memory=4, threshold=0.5, blend=0.5)
QUANTILES = Record(knots=((-1.0, 0.0, 2.0), (0.0, 1.0)), levels=((-2.0, 0.0, 2.0), (-1.0, 1.0)))
NEAR = Record(heads=2, head_size=4, window=3, rotary=False)
HEADS = Record(heads=2, size=3, bias=True)
TURNED = NEAR.replacing(window=6, rotary=True)
CLOSING = TURNED.replacing(heads=3, runs=(1, 2))
CONTROL = Record(marks=3, embedding=2, threshold=0.5, half_life=2.0, pressure=0.1)
EXPERTS = Record(out_channels=4, hidden=2, experts=3, chosen=2, function="relu", balance=0.01)
MEMORY = Record(
    heads=2, head_size=4, segment=2, sizes=(2, 1, 1), found=1, rates=(0.5, 0.5), threshold=0.5,
    uses=1,
)  # fmt: skip
EXITING = Record(confidence=0.3, weight=0.5)
STAYING = CLOSING.replacing(keys_stay=True)
LEAKY = ("max", "x", "mul", "x", 0.25)
WIDE = conv(3, 3).replacing(kernel=(3, 5), stride=(2, 2), padding=(2, 2))
THIN = Record(kernel=(1, 3), stride=(1, 2), padding=0, bias=True)
PADDED = Record(kernel=3, stride=2, padding=1, counts_padding=False)
ENLARGING = conv(4, 3, 2).replacing(padding=1, extra=1)
CORNERED = Record(mode="linear", size=(5,), corners=True)
FUNCTIONS = {
    "sigmoid": 4, "relu6": 2, "gelu_tanh": 8, "hardswish": 4, "hardsigmoid": 3, "mish": 8,
    "softplus": 4, "selu": 4, "square": 1, "abs": 1, "exp": 4,
}  # fmt: skip
Counted = tuple[str, Record, tuple[Shape, ...], Shape, int, int]
CASES: list[Counted] = [
    # operation, attributes, inputs, output, parameters, FLOPs
    ("conv", conv(8, 3), ((2, 5, 7),), (8, 5, 7), 144, 2 * 144 * 35),
    ("conv", conv(4, 5, 2, True), ((1, 7, 8),), (4, 4, 4), 104, (50 + 1) * 64),
    ("conv", conv(3, 1, 2), ((2, 1, 1),), (3, 1, 1), 6, 12),
    ("conv", conv(3, 2), ((2, 4, 4),), (3, 5, 5), 24, 48 * 25),
    ("conv", conv(2, 3), ((2, 4, 4),), (2, 4, 4), 36, 36 * 32),
    ("depthwise", Record(kernel=3, stride=1, bias=False), ((2, 4, 4),), (2, 4, 4), 18, 18 * 32),
    ("depthwise", Record(kernel=3, stride=2, bias=True), ((4, 5, 5),), (4, 3, 3), 40, 19 * 36),
    ("linear", Record(out_features=3, bias=True), ((5,),), (3,), 18, 33),
    ("linear", Record(out_features=3, bias=True), ((3,),), (3,), 12, 21),
    ("linear", Record(out_features=3, bias=False), ((5,),), (3,), 15, 30),
    ("sparse_linear", sparse((0, 1), (0, 4), (2, 0)), ((5,),), (3,), 6, 9),
    ("sparse_linear", sparse((1, 1), bias=False), ((5,),), (3,), 1, 2),
    ("sparse_linear", sparse(), ((5,),), (3,), 3, 3),
    ("batch_norm", Record(), ((4, 2, 2),), (4, 2, 2), 8, 32),
    ("batch_norm", Record(), ((4,),), (4,), 8, 8),
    ("layer_norm", Record(), ((4, 2, 2),), (4, 2, 2), 8, 7 * 16),
    ("activation", Record(function="gelu"), ((4, 2, 2),), (4, 2, 2), 0, 16),
    ("activation", Record(function=("exp", "x")), ((4, 2, 2),), (4, 2, 2), 0, 4 * 16),
    ("activation", Record(function=LEAKY), ((4,),), (4,), 1, 2 * 4),
    ("max_pool", Record(kernel=2, stride=2), ((4, 5, 2),), (4, 2, 1), 0, 32),
    ("average_pool", Record(kernel=3, stride=1), ((1, 4, 4),), (1, 2, 2), 0, 36),
    ("global_average_pool", Record(), ((4, 3, 2),), (4,), 0, 24),
    ("flatten", Record(), ((4, 3, 2),), (24,), 0, 0),
    ("dropout", Record(rate=0.5), ((4,),), (4,), 0, 0),
    ("mask", Record(site="stage0", stage=0), ((4, 3, 2),), (4, 3, 2), 0, 0),
    ("normalize", Record(mean=(1.0, 2.0), std=(1.0, 4.0)), ((2, 3, 3),), (2, 3, 3), 0, 36),
    ("rescale", Record(scale=(2.0, 3.0), offset=(1.0, -4.0)), ((2,),), (2,), 0, 4),
    ("gate", GATE, ((5, 2, 2),), (3,), 10 + 2 * 6 + 3, 20 + 22 + (44 + 6) + 33),
    ("gate", GATE, ((5,),), (3,), 10 + 2 * 6 + 3, 22 + (44 + 6) + 33),
    ("inhibit", DIVISIVE, ((5, 2, 2),), (5, 2, 2), 0, (2 * 5 + 3) * 20),
    ("inhibit", DIVISIVE.replacing(places=(0, 1, 7)), ((3,),), (3,), 0, (2 * 3 + 3) * 3),
    ("inhibit", BY_PIXELS, ((2, 8, 9),), (2, 8, 9), 0, 2 * 9 * 9 * 144),
    ("inhibit", BY_PIXELS, ((2, 2, 3),), (2, 2, 3), 0, 2 * 5 * 5 * 12),
    ("add", Record(), ((2, 3, 3), (2, 3, 3)), (2, 3, 3), 0, 18),
    ("add", Record(), ((4,), (4,)), (4,), 0, 4),
    ("concatenate", Record(), ((2, 3, 4), (5, 3, 4)), (7, 3, 4), 0, 0),
    ("concatenate", Record(), ((2,), (5,)), (7,), 0, 0),
    ("concatenate", Record(repeats=1), ((2, 3), (5, 3)), (7, 3), 0, 0),
    ("select", Record(start=1, stop=3), ((5,),), (2,), 0, 0),
    ("missing", Record(places=(0, 3)), ((5,),), (2,), 0, 2),
    ("fill", Record(values=(0.5, -1.0)), ((2,),), (2,), 0, 2),
    ("soft_clip", Record(), ((4,),), (4,), 0, 28),
    ("quantiles", QUANTILES, ((2,),), (2,), 0, 6 * 3),
    ("piecewise", Record(edges=((0.0, 1.0, 3.0), (-1.0, 1.0))), ((2,),), (3,), 0, 12),
    ("embed", Record(first=1, categories=(3, 2), width=4), ((3,),), (8,), 20, 0),
    ("excite", Record(), ((2, 3, 4), (2,)), (2, 3, 4), 0, 24),
    ("excite", Record(), ((3,), (3,)), (3,), 0, 3),
    ("gated", Record(runs=(2, 0, 3)), ((5, 2, 2), (3,)), (5, 2, 2), 0, 20),
    ("gated", Record(runs=(2, 1)), ((3,), (2,)), (3,), 0, 3),
    # sequences (channels, length)
    ("conv", conv(8, 9), ((2, 35),), (8, 35), 144, 2 * 144 * 35),
    ("conv", conv(4, 5, 2, True), ((1, 7),), (4, 4), 24, (10 + 1) * 16),
    ("conv", conv(2, 3), ((2, 4),), (2, 4), 12, 12 * 2 * 4),
    ("depthwise", Record(kernel=3, stride=1, bias=False), ((2, 4),), (2, 4), 6, 6 * 8),
    ("depthwise", Record(kernel=5, stride=4, bias=True), ((4, 9),), (4, 3), 24, 11 * 12),
    ("batch_norm", Record(), ((4, 3),), (4, 3), 8, 24),
    ("layer_norm", Record(), ((4, 3),), (4, 3), 8, 7 * 12),
    ("activation", Record(function=LEAKY), ((4, 2),), (4, 2), 1, 2 * 8),
    ("max_pool", Record(kernel=2, stride=2), ((4, 5),), (4, 2), 0, 16),
    ("average_pool", Record(kernel=3, stride=1), ((1, 4),), (1, 2), 0, 6),
    ("global_average_pool", Record(), ((4, 3),), (4,), 0, 12),
    ("flatten", Record(), ((4, 3),), (12,), 0, 0),
    ("dropout", Record(rate=0.5), ((4, 2),), (4, 2), 0, 0),
    ("mask", Record(site="stage0", stage=0), ((4, 3),), (4, 3), 0, 0),
    ("normalize", Record(mean=(1.0, 2.0), std=(1.0, 4.0)), ((2, 3),), (2, 3), 0, 12),
    ("gate", GATE, ((5, 4),), (3,), 10 + 2 * 6 + 3, 20 + 22 + (44 + 6) + 33),
    ("inhibit", DIVISIVE, ((5, 4),), (5, 4), 0, (2 * 5 + 3) * 20),
    ("inhibit", BY_PIXELS, ((2, 8),), (2, 8), 0, 2 * 9 * 16),
    ("inhibit", BY_PIXELS, ((2, 3),), (2, 3), 0, 2 * 5 * 6),
    ("add", Record(), ((2, 3), (2, 3)), (2, 3), 0, 6),
    ("concatenate", Record(), ((2, 3), (5, 3)), (7, 3), 0, 0),
    ("excite", Record(), ((2, 3), (2,)), (2, 3), 0, 6),
    ("gated", Record(runs=(2, 0, 3)), ((5, 4), (3,)), (5, 4), 0, 20),
    ("linear", Record(out_features=2, bias=True), ((3, 4),), (2, 4), 8, (6 + 1) * 8),
    # tokens and attention
    ("token_table", Record(out_channels=3, tokens=5), ((4,),), (3, 5), 15, 0),
    ("token_lookup", Record(), ((3, 5), (4,)), (3, 4), 0, 12),
    ("token_lookup", Record(scale=1.0), ((3, 5), (4,)), (3, 4), 0, 0),
    ("token_scores", Record(scale=0.5), ((3, 4), (3, 5)), (5, 4), 0, (2 * 3 + 1) * 20),
    ("positions", Record(), ((3, 4),), (3, 4), 12, 24),
    ("position_norm", Record(kind="layer"), ((4, 3),), (4, 3), 8, 7 * 12),
    ("position_norm", Record(kind="rms"), ((4, 3),), (4, 3), 4, 4 * 12),
    ("causal_attention", NEAR, ((5, 6),), (2, 4, 6), 120, 2 * (720 + 15 * (16 + 5))),
    ("causal_attention", TURNED, ((5, 6),), (2, 4, 6), 120, 2 * (720 + 144 + 21 * (16 + 5))),
    ("merge_heads", Record(), ((2, 3, 4),), (6, 4), 0, 0),
    # a position of a gate: two embeddings of 2 numbers, their means, 3 marks
    ("causal_gate", CONTROL, ((5, 6), (5, 6)), (3, 6), 20 + 15, 6 * (40 + 12 + 4 + 33)),
    ("gated_attention", CLOSING, ((5, 6), (2, 6)), (3, 4, 6), 180, 72 + 3 * (720 + 144 + 21 * 21)),
    ("gated_positions", Record(runs=(2, 0, 3)), ((5, 4), (3, 4)), (5, 4), 0, 20),
    # a position: q, k, v; their lengths, importance. Searched are 0, then 2, then 2 + 1 slots
    (
        *("timescale_memory", MEMORY, ((3, 6),), (2, 4, 6), 2 * (3 * 12 + 8 + 3 + 3)),
        2 * (6 * (72 + 24 + 4 + 16) + (4 + 6) * 9 + (2 + 4) * 13),
    ),
    ("gated_attention", STAYING, ((5, 6), (2, 6)), (3, 4, 6), 180, 72 + 3 * (720 + 144 + 21 * 21)),
    ("exit_gate", EXITING, ((5, 6),), (1, 6), 0, 5 * 30),
    ("position_norm", Record(kind="unit"), ((4, 3),), (4, 3), 0, 3 * 12),
    # a position: scores of 3 experts, of which 2 have 2 hidden channels and 4 answers each
    ("experts", EXPERTS, ((5, 6),), (4, 6), 15 + 36 + 36, 6 * (45 + 2 * (24 + 20 + 8))),
    # a unit: products with 5 inputs and 4 units, biases, 16 for gates, 4 for what it keeps
    ("gru", Record(units=4), ((5, 6),), (4, 6), 60 + 48 + 24, 6 * 4 * (33 + 27 + 16 + 4)),
    # what given networks have and bred ones do not
    ("conv", WIDE, ((2, 6, 9),), (3, 4, 5), 3 * 2 * 15, 2 * 90 * 20),
    ("conv", conv(4, 3).replacing(padding=2, dilation=2), ((2, 7),), (4, 7), 24, 2 * 24 * 7),
    ("conv", conv(4, 3).replacing(padding=0), ((2, 4, 5),), (4, 2, 3), 72, 2 * 72 * 6),
    ("depthwise", THIN, ((4, 5, 5),), (4, 5, 2), 4 * 3 + 4, 7 * 40),
    ("max_pool", Record(kernel=3, stride=2, padding=1), ((2, 5, 8),), (2, 3, 4), 0, 9 * 24),
    ("max_pool", Record(kernel=3, stride=2, ceil=True), ((2, 6, 7),), (2, 3, 3), 0, 9 * 18),
    ("max_pool", Record(kernel=2, stride=3, ceil=True), ((2, 6),), (2, 2), 0, 8),
    ("average_pool", PADDED, ((2, 5, 5),), (2, 3, 3), 0, 9 * 18),
    ("average_pool", Record(kernel=(2, 1), stride=(2, 1)), ((2, 4, 3),), (2, 2, 3), 0, 24),
    ("batch_norm", Record(epsilon=1e-3, momentum=0.01), ((4, 2, 2),), (4, 2, 2), 8, 32),
    ("layer_norm", Record(epsilon=1e-2), ((4, 2, 2),), (4, 2, 2), 8, 7 * 16),
    ("layer_norm", Record(epsilon=1e-2), ((4,),), (4,), 8, 7 * 4),
    ("group_norm", Record(groups=2), ((4, 2, 2),), (4, 2, 2), 8, 7 * 16),
    ("group_norm", Record(groups=3, epsilon=1e-2), ((6,),), (6,), 12, 7 * 6),
    ("grouped_conv", conv(6, 3).replacing(groups=2), ((4, 3, 3),), (6, 3, 3), 108, 36 * 54),
    ("grouped_conv", conv(2, 1, 1, True).replacing(groups=2), ((4, 3),), (2, 3), 6, 5 * 6),
    ("transposed_conv", conv(3, 2, 2, True), ((4, 3, 2),), (3, 6, 4), 51, 2 * 48 * 6 + 72),
    ("transposed_conv", ENLARGING, ((2, 3),), (4, 6), 24, 2 * 24 * 3),
    ("choose", Record(index=(1, 2)), ((4, 2, 2),), (2, 2, 2), 0, 0),
    ("choose", Record(index=(3, 0, 3, 1)), ((4, 2, 2),), (4, 2, 2), 0, 0),
    ("choose", Record(index=(2, 0)), ((3,),), (2,), 0, 0),
    ("multiply", Record(), ((2, 3, 4), (2, 3, 4)), (2, 3, 4), 0, 24),
    ("multiply", Record(), ((2, 3, 4), (2, 1, 1)), (2, 3, 4), 0, 24),
    ("multiply", Record(), ((2, 1), (2, 5)), (2, 5), 0, 10),
    *(
        ("pointwise", Record(function=function), ((4, 2, 2),), (4, 2, 2), 0, flops * 16)
        for function, flops in FUNCTIONS.items()
    ),
    ("pointwise", Record(function="leaky_relu", slope=0.2), ((3,),), (3,), 0, 6),
    ("pointwise", Record(function="hardtanh", ends=(0.0, 1.0)), ((3,),), (3,), 0, 6),
    ("pointwise", Record(function="hardtanh", ends=(0.5, 1.0)), ((3,),), (3,), 0, 6),
    ("adaptive_pool", Record(kind="average", size=(1, 1)), ((2, 3, 4),), (2, 1, 1), 0, 24),
    ("adaptive_pool", Record(kind="maximum", size=(2, 3)), ((2, 5, 4),), (2, 2, 3), 0, 40),
    ("adaptive_pool", Record(kind="average", size=(2,)), ((2, 5),), (2, 2), 0, 10),
    ("resize", Record(mode="nearest", size=(4, 6)), ((2, 2, 3),), (2, 4, 6), 0, 0),
    ("resize", Record(mode="bilinear", size=(3, 3)), ((2, 2, 2),), (2, 3, 3), 0, 7 * 18),
    ("resize", CORNERED, ((2, 3),), (2, 5), 0, 7 * 10),
    ("pad", Record(amounts=(0, 1, 2, 0)), ((2, 3, 3),), (2, 5, 4), 0, 0),
    ("pad", Record(amounts=(1, 0)), ((2, 3),), (2, 4), 0, 0),
    ("part_mask", Record(), ((4, 2, 2),), (4, 2, 2), 0, 0),
    ("silence", Record(on=(1, 0, 1)), ((3, 2, 2),), (3, 2, 2), 0, 0),
    ("silence", Record(on=(0, 1)), ((2,),), (2,), 0, 0),
    ("lay_out", Record(sides=(6,)), ((4, 2, 3),), (4, 6), 0, 0),
    ("add", Record(), ((2, 3, 3), (2, 1, 3)), (2, 3, 3), 0, 18),
    ("affine", Record(scale=2.0, offset=0.0), ((4, 3),), (4, 3), 0, 12),
    ("affine", Record(scale=-1.0, offset=0.5), ((4,),), (4,), 0, 8),
    ("parameter", Record(out_channels=3, sides=(4,)), ((2, 4),), (3, 4), 12, 0),
    ("parameter", Record(out_channels=3, sides=()), ((2,),), (3,), 3, 0),
    ("fixed", Record(out_channels=3, sides=(1, 2)), ((2, 2, 2),), (3, 1, 2), 0, 0),
    ("broadcast", Record(by="multiply"), ((3, 4, 2), (1, 4, 1)), (3, 4, 2), 0, 24),
    ("broadcast", Record(by="add"), ((3,), (1,)), (3,), 0, 3),
    ("append", Record(side=0), ((2, 3), (2, 1)), (2, 4), 0, 0),
    ("append", Record(side=1, repeats=0), ((2, 3, 1), (2, 3, 2)), (2, 3, 3), 0, 0),
    ("crop", Record(ranges=((1, 4, 2), (0, 3, 1))), ((2, 4, 3),), (2, 2, 3), 0, 0),
    ("crop", Record(ranges=((0, 1, 1),)), ((2, 4),), (2, 1), 0, 0),
    ("head_linear", HEADS, ((5, 4),), (2, 3, 4), 36, (10 + 1) * 24),
    ("head_linear", HEADS.replacing(bias=False), ((5, 4),), (2, 3, 4), 30, 10 * 24),
    ("attend", Record(key_size=2), ((2, 7, 3),), (2, 3, 3), 0, 2 * 9 * (4 + 6 + 5)),
    (
        "attend",
        Record(key_size=1, causal=True, scale=2.0),
        ((2, 3, 3),),
        (2, 1, 3),
        0,
        2 * 6 * (2 + 2 + 5),
    ),
    (
        "opaque",
        opaque("cumsum.default", '[[{"input":0},1],{}]', (3, 2), (3, 2)),
        ((3, 2),),
        (3, 2),
        0,
        9,
    ),
    (
        "opaque",
        opaque("prelu.default", '[[{"input":0},{"numbers":[0,[3]]}],{}]', (3,), (3,), numbers=3),
        ((3,),),
        (3,),
        3,
        9,
    ),
    (
        "opaque_pair",
        opaque("stack.default", '[[[{"input":1},{"input":0}],2],{}]', (3,), (3,), (3, 2)),
        ((3,), (3,)),
        (3, 2),
        0,
        9,
    ),
    ("position_norm", Record(kind="layer", epsilon=1e-3), ((4, 3, 2),), (4, 3, 2), 8, 7 * 24),
    ("position_norm", Record(kind="layer", bias=False), ((4,),), (4,), 4, 7 * 4),
    ("lay_out", Record(sides=(1, 1)), ((4,),), (4, 1, 1), 0, 0),
    ("lay_out", Record(sides=(3, 2)), ((4, 6),), (4, 3, 2), 0, 0),
]


@pytest.mark.parametrize(("name", "attributes", "sources", "target", "size", "flops"), CASES)
def test_shapes_and_costs_are_as_counted_by_hand(
    name: str, attributes: Record, sources: tuple[Shape, ...], target: Shape, size: int, flops: int
) -> None:
    case, rule = Case(name, attributes, sources), operation(name)
    assert case.target == target
    assert rule.flops(attributes, sources[0], target) == flops
    assert parameters(case) == size


@pytest.mark.parametrize(("name", "attributes", "sources"), [case[:3] for case in CASES])
def test_what_an_operation_says_of_itself_holds_in_torch(
    name: str, attributes: Record, sources: tuple[Shape, ...]
) -> None:
    check(Case(name, attributes, sources))


def test_every_operation_is_looked_at() -> None:
    names = {name.replace("-", "_") for name in OPERATIONS.names()}
    assert {case[0] for case in CASES} == names - {"input"}  # which no module computes


@pytest.mark.parametrize(
    ("edges", "reason"),
    [
        (((3, 0),), "beyond 3 outputs and 5 inputs"),
        (((0, 5),), "beyond 3 outputs and 5 inputs"),
        (((-1, 0),), "beyond"),
        (((0, 1), (0, 0)), "out of order"),
        (((0, 1), (0, 1)), "out of order"),
    ],
)
def test_edges_are_in_order_and_within_their_layer(
    edges: tuple[tuple[int, int], ...], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        operation("sparse_linear").shape(sparse(*edges), [(5,)])


def test_an_addition_repeats_sides_of_one() -> None:
    rule = operation("add")
    assert rule.shape(Record(), [(2, 3, 3), (2, 3, 3)]) == (2, 3, 3)
    assert rule.shape(Record(), [(2, 3, 3), (2, 1, 1)]) == (2, 3, 3)
    with pytest.raises(ValueError, match="equal sides or 1"):
        rule.shape(Record(), [(2, 3, 3), (1, 3, 3)])


def test_concatenated_images_have_equal_sides() -> None:
    rule = operation("concatenate")
    assert rule.shape(Record(), [(2, 3, 4), (5, 3, 4)]) == (7, 3, 4)
    assert rule.shape(Record(), [(2,), (5,)]) == (7,)
    for other in ((5, 3, 3), (5,)):
        with pytest.raises(ValueError, match="equal ones but for channels"):
            rule.shape(Record(), [(2, 3, 4), other])
    both = make_layer("concatenate", Record(), (1,), (3,))
    assert both(torch.ones(1, 1), torch.zeros(1, 2)).tolist() == [[1.0, 0.0, 0.0]]


def test_what_excites_has_a_number_for_each_channel() -> None:
    rule = operation("excite")
    assert rule.shape(Record(), [(2, 3, 4), (2,)]) == (2, 3, 4)
    assert rule.shape(Record(), [(2,), (2,)]) == (2,)
    for scale in ((3,), (2, 3, 4)):
        with pytest.raises(ValueError, match="to excite"):
            rule.shape(Record(), [(2, 3, 4), scale])


def test_a_gated_node_has_a_run_of_channels_for_each_mark() -> None:
    rule = operation("gated")
    assert rule.shape(Record(runs=(2, 0, 3)), [(5, 2, 2), (3,)]) == (5, 2, 2)
    for runs in ((2, 3), (2, 2, 2), (3, -1, 3)):
        with pytest.raises(ValueError, match="received runs"):
            rule.shape(Record(runs=runs), [(5, 2, 2), (3,)])


@pytest.mark.parametrize(
    ("name", "attributes", "source", "message"),
    [
        ("conv", conv(0, 3), (1, 4, 4), "out_channels is 0"),
        ("conv", conv(2, 3), (4,), "expected .channels, height, width"),
        ("conv", Record(out_channels=2, kernel=3, stride=1, bias=1), (1, 4, 4), "bias is 1"),
        ("depthwise", Record(kernel=True, stride=1, bias=False), (1, 4, 4), "kernel is True"),
        ("linear", Record(out_features=2, bias=True), (1, 4, 4), "flatten it first"),
        ("max_pool", Record(kernel=3, stride=1), (1, 2, 4), "of 3 does not fit into 2 x 4"),
        ("max_pool", Record(kernel=3, stride=1), (1, 2), "of 3 does not fit into 2 positions"),
        ("average_pool", Record(kernel=2, stride=2), (8,), "expected .channels, height, width"),
        ("global_average_pool", Record(), (8,), "or .channels, length"),
        ("activation", Record(function="sine"), (2,), "'sine', expected one of relu"),
        ("activation", Record(function=("sine", "x")), (2,), "unknown name in a formula 'sine'"),
        ("activation", Record(function=("tanh", "x")), (2,), "not in its simplest form"),
        ("activation", Record(function=("mul", 0.5, "x")), (2,), "not in its simplest form"),
        ("dropout", Record(rate=1.0), (2,), r"rate is 1\.0"),
        ("normalize", Record(mean=(0.0,), std=(1.0,)), (2,), "1 means, 1 stds"),
        ("normalize", Record(mean=(0.0,), std=(0.0,)), (1,), "above zero"),
        ("rescale", Record(scale=(1.0,), offset=(0.0,)), (2,), "1 scales, 1 offsets"),
        ("rescale", Record(scale=(-1.0,), offset=(0.0,)), (1,), "above zero"),
        ("gate", GATE.replacing(marks=0), (2,), "marks is 0"),
        ("select", Record(start=2, stop=2), (4,), "features 2 to 2 of 4"),
        ("select", Record(start=2, stop=5), (4,), "features 2 to 5 of 4"),
        ("missing", Record(places=(4,)), (4,), "places .4,. of 4 features"),
        ("fill", Record(values=(1.0,)), (2,), "1 values"),
        ("fill", Record(values=(float("nan"),)), (1,), "finite"),
        ("quantiles", Record(knots=((0.0,),), levels=((0.0,),)), (1,), "1 places along a line"),
        ("quantiles", Record(knots=((1.0, 1.0),), levels=((0.0, 1.0),)), (1,), "do not rise"),
        ("quantiles", Record(knots=((0.0, 1.0),), levels=((0.0,),)), (1,), "needs a level"),
        ("quantiles", Record(knots=(), levels=()), (1,), "0 rows of knots"),
        ("piecewise", Record(edges=((1.0, 0.0),)), (1,), "do not rise"),
        ("piecewise", Record(edges=()), (1,), "0 rows of edges"),
        ("embed", Record(first=0, categories=(3,), width=2), (2,), "1 inputs with categories"),
        ("embed", Record(first=0, categories=(0,), width=2), (1,), "at least 1 of each"),
        ("embed", Record(first=0, categories=(3,), width=0), (1,), "width is 0"),
        ("gate", GATE.replacing(blend=1.5), (2,), r"blend is 1\.5"),
        ("input", Record(), (2,), "one input"),
        ("conv", conv(1, 3).replacing(stride=(1, 0)), (1, 4, 4), "at least 1, or 2 of them"),
        ("conv", conv(1, 3).replacing(kernel=(3,)), (1, 4, 4), "at least 1, or 2 of them"),
        ("conv", conv(1, 3).replacing(padding=-1), (1, 4, 4), "padding is -1"),
        ("conv", conv(1, 5).replacing(padding=1), (1, 2, 4), "of 5 does not fit into 2 x 4"),
        ("grouped_conv", conv(3, 1).replacing(groups=2), (4, 2), "2 groups do not divide 4 and 3"),
        ("group_norm", Record(groups=3), (4, 2), "3 groups do not divide 4"),
        ("transposed_conv", conv(1, 1).replacing(padding=1), (1, 2), "nothing is left"),
        ("choose", Record(index=()), (4,), "expected some of 4 channels"),
        ("choose", Record(index=(4,)), (4,), "expected some of 4 channels"),
        ("pointwise", Record(function="cosine"), (4,), "expected one of sigmoid"),
        ("pointwise", Record(function="leaky_relu"), (4,), "leaky_relu has a slope"),
        ("pointwise", Record(function="mish", slope=0.1), (4,), "leaky_relu has a slope"),
        ("pointwise", Record(function="hardtanh"), (4,), "hardtanh has ends"),
        ("pointwise", Record(function="hardtanh", ends=(1.0, 0.0)), (4,), "two numbers that rise"),
        ("adaptive_pool", Record(kind="median", size=(1,)), (4, 2), "average or maximum"),
        ("adaptive_pool", Record(kind="average", size=(1,)), (4, 2, 2), "for each side"),
        ("resize", Record(mode="cubic", size=(1,)), (4, 2), "expected one of nearest"),
        ("resize", Record(mode="nearest", size=(0,)), (4, 2), "for each side"),
        ("pad", Record(amounts=(1,)), (4, 2), "two from 0 for each side"),
        ("silence", Record(on=(1,)), (2,), "expected 0 or 1 for 2 channels"),
        ("silence", Record(on=(1, 2)), (2,), "expected 0 or 1 for 2 channels"),
        ("lay_out", Record(sides=(3,)), (4, 2), "for the numbers of"),
        ("lay_out", Record(sides=()), (4,), "for the numbers of"),
        ("lay_out", Record(sides=(-1, -2)), (4, 2), "for the numbers of"),
        ("resize", Record(mode="nearest", size=(1.5,)), (4, 2), "for each side"),
        ("adaptive_pool", Record(kind="average", size=3), (4, 2), "for each side"),
        ("pad", Record(amounts=(True, 0)), (4, 2), "two from 0 for each side"),
        ("transposed_conv", ENLARGING.replacing(extra=-1), (2, 3), "extra is"),
        ("choose", Record(index=(1.0,)), (4,), "expected some of 4 channels"),
        ("pad", Record(amounts=(-1, 0)), (4, 2), "two from 0 for each side"),
        ("affine", Record(scale=float("inf"), offset=0.0), (4,), "scale is inf"),
        ("parameter", Record(out_channels=2, sides=(0,)), (4, 2), "sides are"),
        ("crop", Record(ranges=((1, 3, 1),)), (4, 2), "of sides"),
        ("crop", Record(ranges=((0, 2, 1),)), (4, 2, 2), "of sides"),
        ("head_linear", HEADS, (4, 2, 2), "expected .channels, length"),
        ("attend", Record(key_size=1), (4, 2, 2), "more than 2, length"),
        ("attend", Record(key_size=1, causal=False), (4, 3, 2), "causal is False"),
        ("position_norm", Record(kind="rms", bias=False), (4, 2), "bias is False"),
        ("experts", EXPERTS.replacing(chosen=4), (5, 6), "at most the number of experts, 3"),
        ("experts", EXPERTS.replacing(function=("exp", "x")), (5, 6), "one of relu, gelu"),
        ("experts", EXPERTS.replacing(balance=-1.0), (5, 6), "balance is -1"),
        ("exit_gate", EXITING.replacing(confidence=1.5), (5, 6), r"confidence is 1\.5"),
        ("exit_gate", EXITING.replacing(weight=-1.0), (5, 6), "weight is -1"),
        ("exit_gate", EXITING, (5,), "expected .tokens, length"),
        ("position_norm", Record(kind="batch"), (4, 2), "expected one of layer, rms, unit"),
        ("gru", Record(units=0), (5, 6), "units is 0"),
        ("gru", Record(units=2), (5,), "expected .channels, length"),
        ("experts", EXPERTS, (5, 6, 6), "expected .channels, length"),
        ("timescale_memory", MEMORY, (5, 6, 6), "expected .channels, length"),
        ("timescale_memory", MEMORY.replacing(sizes=(2, 0, 1)), (5, 6), "expected 3 whole"),
        ("timescale_memory", MEMORY.replacing(rates=(0.5,)), (5, 6), "expected 2 numbers above 0"),
        ("timescale_memory", MEMORY.replacing(threshold=1.5), (5, 6), "threshold is 1.5"),
        ("inhibit", DIVISIVE.replacing(kind="none"), (2,), "kind is 'none'"),
        ("inhibit", BY_PIXELS, (2,), "vectors have channels alone"),
        ("inhibit", DIVISIVE.replacing(strength=0.0), (2,), r"strength is 0\.0"),
        ("inhibit", DIVISIVE.replacing(ratio=2.0), (2,), r"ratio is 2\.0"),
        ("inhibit", BY_PIXELS.replacing(ratio=None), (2, 3, 3), "ratio is None"),
        ("inhibit", DIVISIVE.replacing(places=(0, 2)), (3,), "for 3 channels"),
        ("inhibit", DIVISIVE.replacing(places=(2, 1)), (2,), "expected them rising"),
    ],
)
def test_what_does_not_fit_is_refused(
    name: str, attributes: Record, source: Shape, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        operation(name).shape(attributes, [source])
