"""Operators that no operation stands for: kept as they are, with all their channels.

What is kept is the operator, not the module of the user around it: so a network is trained and
exported without the user's code.
"""

from __future__ import annotations

from math import prod
from typing import Any

import torch
from torch import Tensor, fx
from torch.utils.flop_counter import FlopCounterMode

from genomes.graph.opaque_call import ALLOWED, SINGLE, OpaqueCall
from genomes.graph.shapes import Shape
from genomes.importing.constants import Constant
from genomes.importing.draft import Draft
from genomes.importing.errors import Unsupported
from genomes.importing.traced import BATCH, Call
from genomes.importing.values import Moved, Value
from genomes.networks.opaque import computed

OPERATIONS = ("opaque", "opaque_pair")  # by the number of inputs
INPUT = {"input": 0}
MOST_PLACES = 10**6  # of numbers that are listed one by one
KINDS = {torch.int64: "int64", torch.int32: "int64", torch.bool: "bool"}


def opaque(draft: Draft, call: Call) -> Moved | list[Moved]:
    """Add a node for each result of a call; Unsupported for one that cannot be kept as it is."""
    schema = getattr(call.node.target, "_schema", None)
    if schema is None or call.operator not in ALLOWED or schema.is_mutable:
        raise Unsupported("is not among the operators that evo imports")
    arguments = _Arguments(draft, call)
    positional, named = [], {}
    for argument in schema.arguments:
        said = arguments.written(call.arguments[argument.name])
        if argument.kwarg_only:
            named[argument.name] = said
        else:
            positional.append(said)
    if not 1 <= len(arguments.nodes) <= len(OPERATIONS):
        raise Unsupported(f"reads {len(arguments.nodes)} activations, expected one or two")
    operator = f"{call.operator}.{schema.overload_name or 'default'}"
    results = call.node.meta["val"]
    if isinstance(results, Tensor):
        found = OpaqueCall(operator, tuple(positional), named)
        return _added(draft, call, arguments, found, results)
    if arguments.trained is not None:
        raise Unsupported("gives several results by the same weights")
    several: list[Moved] = []
    for place, result in enumerate(results):
        if not result.is_floating_point():
            break  # places of maxima and the like
        found = OpaqueCall(operator, tuple(positional), named, place)
        several.append(_added(draft, call, arguments, found, result))
    return several


class _Arguments:
    """The arguments of a call as they are read: nodes of inputs, trained numbers, fixed values."""

    def __init__(self, draft: Draft, call: Call) -> None:
        self.draft, self.call = draft, call
        self.nodes: list[str] = []
        self.trained: Constant | None = None
        self.values: list[Tensor] = []

    def written(self, argument: Any) -> Any:
        """Return an argument as `OpaqueCall` has it; Unsupported for what is no number."""
        if isinstance(argument, list | tuple):
            return [self.written(part) for part in argument]
        if isinstance(argument, fx.Node):
            constant = self.draft.constant(argument)
            return self._input(argument) if constant is None else self._held(constant)
        if argument is None or isinstance(argument, bool | int | float | str):
            return argument
        raise Unsupported(f"is called with {argument}, expected numbers")

    def _input(self, argument: fx.Node) -> dict[str, int]:
        node = _laid_out(self.draft, self.call, self.draft.value(argument))
        if node not in self.nodes:
            self.nodes.append(node)
        return {"input": self.nodes.index(node)}

    def _held(self, constant: Constant) -> dict[str, list[Any]]:
        shape = list(constant.values.shape)
        if constant.is_trained:
            if self.trained is not None:
                raise Unsupported("has several weights")
            places = constant.places
            if places is not None and len(set(places.flatten().tolist())) < places.numel():
                raise Unsupported(f"uses numbers of {constant.name} at more than one place")
            self.draft.check_unused(constant)
            self.trained = constant
            return {"numbers": [0, shape]}
        kind = KINDS.get(constant.values.dtype, "float")
        start = sum(values.numel() for values in self.values)
        self.values.append(constant.values.detach().flatten())
        return {"values": [start, shape, kind]}

    def tensors(self) -> tuple[Tensor, Tensor]:
        """Return trained numbers (P,) and fixed values (V,), in the type of the module's."""
        numbers = (
            torch.zeros(0) if self.trained is None else self.trained.values.detach().flatten()
        )
        values = torch.cat([torch.zeros(0), *self.values])
        return numbers.to(self.draft.dtype), values.to(self.draft.dtype)


def _laid_out(draft: Draft, call: Call, value: Value) -> str:
    """Return a node that gives a value as it lies: where no other can, numbers are picked."""
    before = len(draft.sketch.nodes)
    try:
        return draft.node(call, value)
    except Unsupported:
        if len(draft.sketch.nodes) > before or not value.shape:
            raise
    if max(value.index.numel(), prod(value.source)) > MOST_PLACES:
        raise Unsupported("lays more numbers out in another order than can be listed")
    order, shape = value.index.flatten(), value.shape
    node = draft.add(call, "flatten", value.node).node if len(value.source) > 1 else value.node
    if not value.is_in_order:
        picking = OpaqueCall("index_select.default", (INPUT, 1, _places(len(order))), {})
        node = _step(draft, call, node, picking, (len(order),), order)
    if len(shape) > 1:
        unflatten = OpaqueCall("unflatten.int", (INPUT, 1, list(shape)), {})
        node = _step(draft, call, node, unflatten, shape, order[:0])
    return node


def _places(count: int) -> dict[str, list[Any]]:
    return {"values": [0, [count], "int64"]}


def _step(
    draft: Draft, call: Call, source: str, found: OpaqueCall, shape: Shape, values: Tensor
) -> str:
    """Add a call that moves numbers of a node."""
    node = draft.add(
        call, OPERATIONS[0], source, operator=found.operator, arguments=found.text(),
        output=SINGLE, sources=(draft.sketch.shape(source),), size=shape, flops=0, numbers=0,
        values=values.numel(),
    ).node  # fmt: skip
    draft.tensors[f"{node}.values"] = values.to(draft.dtype)
    return node


def _added(
    draft: Draft, call: Call, arguments: _Arguments, found: OpaqueCall, result: Tensor
) -> Value:
    """Add the node of one result."""
    shape = tuple(result.shape[1:])
    if not shape or result.shape[0] != BATCH or not result.is_floating_point():
        raise Unsupported("does not give numbers of each example")
    numbers, values = arguments.tensors()
    sources = [draft.sketch.shape(node) for node in arguments.nodes]
    flops = _measured(found, sources, shape, numbers, values)
    operation = OPERATIONS[len(arguments.nodes) - 1]
    value = draft.add(
        call, operation, *arguments.nodes, operator=found.operator, arguments=found.text(),
        output=found.output, sources=tuple(sources), size=shape, flops=flops,
        numbers=numbers.numel(), values=values.numel(),
    )  # fmt: skip
    if arguments.trained is not None:
        draft.own(value.node, "numbers", arguments.trained, numbers)
    draft.tensors[f"{value.node}.values"] = values
    draft.notes.append(
        f"{call.path or 'the model itself'}: {call.operator} is kept as it is, with all its "
        f"channels; about {flops:,} FLOPs"
    )
    return value


def _measured(
    found: OpaqueCall, sources: list[Shape], shape: Shape, numbers: Tensor, values: Tensor
) -> int:
    """Return the FLOPs of one example; Unsupported where examples are not treated alike."""
    generator = torch.Generator().manual_seed(0)
    batch = [torch.rand(2, *source, generator=generator).to(values.dtype) for source in sources]
    counter = FlopCounterMode(display=False)
    try:
        with torch.no_grad(), counter:
            first = computed(found, [x[:1] for x in batch], numbers, values)
        with torch.no_grad():
            second = computed(found, [x[1:] for x in batch], numbers, values)
            both = computed(found, batch, numbers, values)
    except Exception as error:
        raise Unsupported(f"cannot be kept as it is: {' '.join(str(error).split())}") from None
    alone = torch.cat([first, second])
    if both.shape != (2, *shape) or not torch.allclose(both, alone, equal_nan=True):
        raise Unsupported("does not treat examples alike")
    return max(int(counter.get_total_flops()), prod(shape))
