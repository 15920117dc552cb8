"""What each operation does to shapes, which trainable tensors it has, and what it costs.

The one table of operations: specs are validated and counted by it. It must stay free of torch, so
that a population can be costed without it; `genomes.networks.operations` holds the modules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import isfinite, prod

from genomes.genes import activation
from genomes.genes.gene import Record
from genomes.graph import inhibition

Shape = tuple[int, ...]  # (channels, height, width) or (features,), without the batch


# Operations with a weight that can be masked.
WEIGHTED = ("conv", "depthwise", "linear", "sparse_linear")


@dataclass(frozen=True)
class OperationRule:
    """One operation: its attributes, output shape, trainable tensors and forward FLOPs.

    `shape` raises ValueError for attributes or inputs that do not fit. A multiply-add counts two.
    """

    shape: Callable[[Record, Sequence[Shape]], Shape]
    attributes: frozenset[str] = frozenset()
    tensors: Callable[[Record, Shape, Shape], Mapping[str, Shape]] = lambda a, i, o: {}
    flops: Callable[[Record, Shape, Shape], int] = lambda a, i, o: 0
    arity: int = 1
    constants: tuple[str, ...] = field(default=())  # buffers that belong to the state


def _positive(attributes: Record, *names: str) -> None:
    for name in names:
        value = attributes[name]
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} is {value!r}, expected a whole number of at least 1")


def _yes_or_no(attributes: Record, name: str) -> None:
    if not isinstance(attributes[name], bool):
        raise ValueError(f"{name} is {attributes[name]!r}, expected true or false")


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _image(shape: Shape) -> Shape:
    if len(shape) != 3:
        raise ValueError(f"received input shape {shape}, expected (channels, height, width)")
    return shape


def _vector(shape: Shape) -> Shape:
    if len(shape) != 1:
        raise ValueError(f"received input shape {shape}, expected (features,); flatten it first")
    return shape


def _same(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    return inputs[0]


def _padded(size: int, kernel: int, stride: int) -> int:
    return (size + 2 * (kernel // 2) - kernel) // stride + 1


def _conv_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    _positive(attributes, "out_channels", "kernel", "stride")
    _yes_or_no(attributes, "bias")
    _, height, width = _image(inputs[0])
    kernel, stride = attributes["kernel"], attributes["stride"]
    return (
        attributes["out_channels"],
        _padded(height, kernel, stride),
        _padded(width, kernel, stride),
    )


def _conv_tensors(attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
    kernel = attributes["kernel"]
    weight = (target[0], source[0], kernel, kernel)
    return {"weight": weight, "bias": target[:1]} if attributes["bias"] else {"weight": weight}


def _conv_flops(attributes: Record, source: Shape, target: Shape) -> int:
    a_pixel = 2 * source[0] * attributes["kernel"] ** 2 + bool(attributes["bias"])
    return int(a_pixel * prod(target))


def _depthwise_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    _positive(attributes, "kernel", "stride")
    _yes_or_no(attributes, "bias")
    channels, height, width = _image(inputs[0])
    kernel, stride = attributes["kernel"], attributes["stride"]
    return channels, _padded(height, kernel, stride), _padded(width, kernel, stride)


def _depthwise_tensors(attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
    weight = (target[0], 1, attributes["kernel"], attributes["kernel"])
    return {"weight": weight, "bias": target[:1]} if attributes["bias"] else {"weight": weight}


def _depthwise_flops(attributes: Record, source: Shape, target: Shape) -> int:
    a_pixel = 2 * attributes["kernel"] ** 2 + bool(attributes["bias"])
    return int(a_pixel * prod(target))


def _linear_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    _positive(attributes, "out_features")
    _yes_or_no(attributes, "bias")
    _vector(inputs[0])
    return (attributes["out_features"],)


def _linear_tensors(attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
    weight = (target[0], source[0])
    return {"weight": weight, "bias": target} if attributes["bias"] else {"weight": weight}


def _linear_flops(attributes: Record, source: Shape, target: Shape) -> int:
    return (2 * source[0] + bool(attributes["bias"])) * target[0]


def _affine(attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
    return {"weight": target[:1], "bias": target[:1]}


def _each(cost: int) -> Callable[[Record, Shape, Shape], int]:
    return lambda attributes, source, target: cost * prod(target)


def _pool_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    _positive(attributes, "kernel", "stride")
    channels, height, width = _image(inputs[0])
    kernel, stride = attributes["kernel"], attributes["stride"]
    if kernel > min(height, width):
        raise ValueError(f"a window of {kernel} does not fit into {height} x {width} pixels")
    return channels, (height - kernel) // stride + 1, (width - kernel) // stride + 1


def _pool_flops(attributes: Record, source: Shape, target: Shape) -> int:
    return int(attributes["kernel"] ** 2) * prod(target)


def _global_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    return _image(inputs[0])[:1]


def _flat_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    return (prod(inputs[0]),)


def _add_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    if inputs[0] != inputs[1]:
        raise ValueError(f"received shapes {inputs[0]} and {inputs[1]}, expected equal ones")
    return inputs[0]


def _concatenated_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    a, b = inputs
    if len(a) != len(b) or a[1:] != b[1:]:
        raise ValueError(f"received shapes {a} and {b}, expected equal ones but for channels")
    return (a[0] + b[0], *a[1:])


def _excited_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    if inputs[1] != inputs[0][:1]:
        raise ValueError(
            f"received shape {inputs[1]} to excite {inputs[0]}, expected a number each"
        )
    return inputs[0]


def _activation_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    function = attributes["function"]
    if activation.check(function) != function:
        raise ValueError(f"received {function!r}, which is not in its simplest form")
    return inputs[0]


def _activation_tensors(attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
    constants = len(activation.constants(attributes["function"]))
    return {"constants": (constants,)} if constants else {}


def _activation_flops(attributes: Record, source: Shape, target: Shape) -> int:
    return activation.flops(attributes["function"]) * prod(target)


def _dropout_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    if not 0.0 <= attributes["rate"] < 1.0:
        raise ValueError(f"rate is {attributes['rate']!r}, expected a number from 0 to below 1")
    return inputs[0]


def _normalize_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    means, deviations = len(attributes["mean"]), len(attributes["std"])
    if not means == deviations == inputs[0][0]:
        raise ValueError(f"received {means} means, {deviations} stds for shape {inputs[0]}")
    if not all(_is_finite(number) for name in ("mean", "std") for number in attributes[name]):
        raise ValueError("every mean and std has to be a finite number")
    if not all(deviation > 0 for deviation in attributes["std"]):
        raise ValueError("every std has to be above zero")
    return inputs[0]


def _sparse_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    """Check edges, pairs of output and input in ascending order, each at most once."""
    _positive(attributes, "out_features")
    _yes_or_no(attributes, "bias")
    (inputs_,), outputs = _vector(inputs[0]), attributes["out_features"]
    edges = attributes["edges"]
    if any(not (0 <= o < outputs and 0 <= i < inputs_) for o, i in edges):
        raise ValueError(f"received an edge beyond {outputs} outputs and {inputs_} inputs")
    if any(not earlier < later for earlier, later in pairwise(edges)):
        raise ValueError("received edges out of order; sort them by output, then input")
    return (outputs,)


def _sparse_tensors(attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
    # One row: like every weight it has two dimensions, which tells it from vectors.
    weight = (1, len(attributes["edges"]))
    return {"weight": weight, "bias": target} if attributes["bias"] else {"weight": weight}


def _sparse_flops(attributes: Record, source: Shape, target: Shape) -> int:
    return 2 * len(attributes["edges"]) + bool(attributes["bias"]) * target[0]


def _gate_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    _positive(attributes, "marks", "embedding", "memory")
    for name in ("threshold", "blend"):
        if not 0.0 <= attributes[name] <= 1.0:
            raise ValueError(f"{name} is {attributes[name]!r}, expected a number from 0 to 1")
    return (attributes["marks"],)


def _gate_tensors(attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
    marks, embedding = target[0], attributes["embedding"]
    return {
        "weight": (embedding, source[0]),
        "context": (marks, embedding),
        "history": (marks, embedding),
        "bias": target,
    }


def _gate_flops(attributes: Record, source: Shape, target: Shape) -> int:
    size, memory = attributes["embedding"], attributes["memory"]
    summary = prod(source) if len(source) == 3 else 0
    embedding = (2 * source[0] + 1) * size
    recall = (4 * size + 3) * memory + 3 * size  # similarities, their softmax, the blend
    return int(summary + embedding + recall + (4 * size + 3) * target[0])


def _gated_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    runs, (marks,) = attributes["runs"], _vector(inputs[1])
    if len(runs) != marks or min(runs) < 0 or sum(runs) != inputs[0][0]:
        raise ValueError(f"received runs {runs} for {marks} marks and shape {inputs[0]}")
    return inputs[0]


def _inhibit_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    inhibition.check(attributes, len(inputs[0]), inputs[0][0])
    return inputs[0]


def _inhibit_flops(attributes: Record, source: Shape, target: Shape) -> int:
    return inhibition.flops_each(attributes, target) * prod(target)


def _input_shape(attributes: Record, inputs: Sequence[Shape]) -> Shape:
    raise ValueError("a network has one input, its first node")


RULES: Mapping[str, OperationRule] = {
    "input": OperationRule(_input_shape, arity=0),
    "normalize": OperationRule(
        _normalize_shape, frozenset({"mean", "std"}), flops=_each(2), constants=("mean", "std")
    ),
    "conv": OperationRule(
        _conv_shape,
        frozenset({"out_channels", "kernel", "stride", "bias"}),
        _conv_tensors,
        _conv_flops,
    ),
    "depthwise": OperationRule(
        _depthwise_shape,
        frozenset({"kernel", "stride", "bias"}),
        _depthwise_tensors,
        _depthwise_flops,
    ),
    "linear": OperationRule(
        _linear_shape, frozenset({"out_features", "bias"}), _linear_tensors, _linear_flops
    ),
    "sparse_linear": OperationRule(  # a linear layer of single connections
        _sparse_shape,
        frozenset({"out_features", "edges", "bias"}),
        _sparse_tensors,
        _sparse_flops,
    ),
    "batch_norm": OperationRule(
        _same, tensors=_affine, flops=_each(2), constants=("running_mean", "running_var")
    ),
    # mean 1, centre 1, square and sum 2, scale 1, affine 2
    "layer_norm": OperationRule(_same, tensors=_affine, flops=_each(7)),
    "activation": OperationRule(
        _activation_shape, frozenset({"function"}), _activation_tensors, _activation_flops
    ),
    "max_pool": OperationRule(_pool_shape, frozenset({"kernel", "stride"}), flops=_pool_flops),
    "average_pool": OperationRule(_pool_shape, frozenset({"kernel", "stride"}), flops=_pool_flops),
    "global_average_pool": OperationRule(
        _global_shape, flops=lambda a, source, target: prod(source)
    ),
    "flatten": OperationRule(_flat_shape),
    "add": OperationRule(_add_shape, flops=_each(1), arity=2),
    "concatenate": OperationRule(
        _concatenated_shape, arity=2
    ),  # the first's channels, then the second's
    # the first input's channels, each times the sigmoid of its number in the second
    "excite": OperationRule(_excited_shape, flops=_each(1), arity=2),
    "dropout": OperationRule(_dropout_shape, frozenset({"rate"})),  # acts in training only
    "mask": OperationRule(
        _same, frozenset({"site", "stage"})
    ),  # vanishes when the network is shrunk
    "gate": OperationRule(  # marks, 0 or 1, computed from a summary of its input
        _gate_shape,
        frozenset({"marks", "embedding", "memory", "threshold", "blend"}),
        _gate_tensors,
        _gate_flops,
        constants=("past", "patterns"),
    ),
    # the first input times the second's marks, each of which speaks for a run of channels
    "gated": OperationRule(_gated_shape, frozenset({"runs"}), flops=_each(1), arity=2),
    # neighbours damp each other; `places`: where the channels were at first
    "inhibit": OperationRule(
        _inhibit_shape,
        frozenset({"kind", "over", "width", "strength", "ratio", "places"}),
        flops=_inhibit_flops,
    ),
}
