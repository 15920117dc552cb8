"""A call of a PyTorch operator that no operation stands for: which one, and with what.

It is data that may come from a stranger, so those operators alone are allowed that compute numbers
from tensors and numbers: none that draws, reads files, changes its inputs or makes room by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

ALLOWED = frozenset(
    (
        "abs", "acos", "acosh", "amax", "amin", "asin", "asinh", "atan", "atan2", "atanh",
        "avg_pool1d", "avg_pool2d", "avg_pool3d", "bmm", "cat", "ceil", "celu", "clamp",
        "clamp_max", "clamp_min", "conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d",
        "cos", "cosh", "cummax", "cumprod", "cumsum", "diff", "div", "elu", "erf", "erfc",
        "exp", "exp2", "expm1", "flip", "floor", "fmod", "gelu", "glu", "group_norm",
        "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "im2col", "index_select",
        "instance_norm", "layer_norm", "leaky_relu", "lerp", "linalg_vector_norm", "log",
        "log10", "log1p", "log2", "log_sigmoid", "log_softmax", "logaddexp", "logsumexp",
        "matmul", "max", "maximum", "mean", "median", "min", "minimum", "mish", "mm", "mul",
        "neg", "norm", "pad", "pixel_shuffle", "pixel_unshuffle", "pow", "prelu", "prod",
        "reciprocal", "reflection_pad1d", "reflection_pad2d", "relu", "relu6", "remainder",
        "replication_pad1d", "replication_pad2d", "rms_norm", "roll", "round", "rsqrt", "rsub",
        "selu", "sigmoid", "sign", "silu", "sin", "sinh", "softmax", "softplus", "softshrink",
        "sort", "sqrt", "square", "stack", "std", "sub", "sum", "tan", "tanh", "threshold",
        "topk", "tril", "triu", "trunc", "unflatten", "upsample_bicubic2d",
        "upsample_bilinear2d", "upsample_linear1d", "upsample_nearest1d", "upsample_nearest2d",
        "var", "var_mean",
    )
)  # fmt: skip
TYPES = {"float": "", "int64": ".long()", "bool": ".bool()"}  # of tensors, as source casts them
SINGLE = -1  # place of the output where there is one alone


@dataclass(frozen=True)
class OpaqueCall:
    """A call: `operator` with its overload, as in "stack.default"; arguments by place and by name.

    An argument is a number, a text, a list, or one of `{"input": K}`, `{"numbers": [START,
    SHAPE]}` and `{"values": [START, SHAPE, TYPE]}`, where numbers are trained and values are not.
    `output` is which of several results is meant.
    """

    operator: str
    positional: tuple[Any, ...]
    named: Mapping[str, Any]
    output: int = SINGLE

    @classmethod
    def of(cls, operator: object, arguments: object, output: object) -> OpaqueCall:
        """Read a call; raise ValueError for one that is malformed or not allowed."""
        name = operator.partition(".")[0] if isinstance(operator, str) else ""
        if name not in ALLOWED or not isinstance(operator, str) or operator.count(".") != 1:
            raise ValueError(f"operator is {operator!r}, which no network may call")
        if type(output) is not int or not SINGLE <= output < 8:
            raise ValueError(f"output is {output!r}, expected the place of one of the results")
        try:
            positional, named = json.loads(arguments)  # type: ignore[arg-type]
            found = cls(operator, tuple(positional), dict(named), output)
            list(found.references())
        except (TypeError, ValueError, KeyError, IndexError):
            raise ValueError(f"arguments of {operator} cannot be read") from None
        return found

    def text(self) -> str:
        """Write the arguments, as `of` reads them."""
        return json.dumps([list(self.positional), dict(self.named)], separators=(",", ":"))

    def references(self) -> Iterator[tuple[str, Any]]:
        """Yield what the arguments say of inputs, numbers and values, in order."""
        for argument in (*self.positional, *self.named.values()):
            yield from _references(argument)

    def check(self, inputs: int, numbers: int, values: int) -> None:
        """Raise ValueError unless all inputs are read, and nothing that is not there."""
        read, sizes = set(), {"numbers": numbers, "values": values}
        for kind, said in self.references():
            if kind == "input":
                read.add(said)
            elif said[0] < 0 or said[0] + prod(said[1]) > sizes[kind]:
                raise ValueError(f"arguments of {self.operator} read {kind} beyond the last")
        if read != set(range(inputs)):
            raise ValueError(f"arguments of {self.operator} read inputs {read} of {inputs}")

    def source(self, held: str) -> str:
        """Write the call, with `{0}` and `{1}` for its inputs; `held` has numbers and values."""
        written = [_written(argument, held) for argument in self.positional]
        written += [f"{name}={_written(argument, held)}" for name, argument in self.named.items()]
        place = "" if self.output == SINGLE else f"[{self.output}]"
        return f"torch.ops.aten.{self.operator}({', '.join(written)}){place}"


def _references(argument: Any) -> Iterator[tuple[str, Any]]:
    """Yield references of an argument; raise ValueError for one that is malformed."""
    if isinstance(argument, list):
        for part in argument:
            yield from _references(part)
    elif isinstance(argument, dict):
        ((kind, said),) = argument.items()
        if kind == "input":
            is_right = type(said) is int
        else:
            start, shape, *types = said
            whole = [start, *shape]
            is_right = all(type(number) is int and number >= 0 for number in whole)
            is_right &= (kind, len(types)) in (("numbers", 0), ("values", 1))
            is_right &= all(name in TYPES for name in types)
        if not is_right:
            raise ValueError(f"received {argument!r}")
        yield kind, said
    elif not isinstance(argument, bool | int | float | str | None):
        raise ValueError(f"received {argument!r}")


def _written(argument: Any, held: str) -> str:
    if isinstance(argument, list):
        return f"[{', '.join(_written(part, held) for part in argument)}]"
    if not isinstance(argument, dict):
        return repr(argument)
    ((kind, said),) = argument.items()
    if kind == "input":
        return f"{{{said}}}"
    start, shape, *types = said
    cast = TYPES[types[0]] if types else ""
    return f"{held}.{kind}[{start}:{start + prod(shape)}].view({tuple(shape)}){cast}"
