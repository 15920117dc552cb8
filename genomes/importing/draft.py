"""A network under construction: values of calls, nodes of a spec, tensors they take over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from torch import Tensor, fx, nn

from genomes.graph.shapes import Shape
from genomes.graph.sketch import Sketch
from genomes.importing.errors import Unsupported
from genomes.importing.names import NodeNames
from genomes.importing.traced import Call, Traced
from genomes.importing.values import Value


@dataclass
class Draft:
    """What of a traced module has been read so far.

    `tensors` are what nodes take over, by names in the network's state dict; `origins` their
    names in the module's.
    """

    module: nn.Module
    traced: Traced
    sketch: Sketch
    names: NodeNames
    values: dict[fx.Node, Value | list[Value]] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _made: dict[tuple[Any, ...], str] = field(default_factory=dict)  # nodes that only lay out

    def value(self, argument: object) -> Value:
        """Return the value of a call's argument; Unsupported for anything but an activation."""
        found = self.values.get(argument) if isinstance(argument, fx.Node) else None
        if isinstance(found, Value):
            return found
        raise Unsupported(f"computes with {self._words(argument)}, expected an activation")

    def parameter(self, argument: object) -> str:
        """Return the name of a parameter or buffer that is used once; Unsupported for others."""
        name = self.traced.tensors.get(argument.name) if isinstance(argument, fx.Node) else None
        if name is None:
            raise Unsupported(f"has weights that are computed ({self._words(argument)})")
        if name in self.origins.values():
            raise Unsupported(f"shares the weights {name} with another call")
        return name

    def tensor(self, name: str) -> Tensor:
        """Return a tensor of the module by its name in the state dict."""
        found: Tensor = self.traced.program.state_dict[name]
        return found.detach()

    def own(self, node: str, tensor: str, name: str, values: Tensor | None = None) -> None:
        """Let a node take a tensor over; `values` if it lies otherwise there."""
        self.tensors[f"{node}.{tensor}"] = self.tensor(name) if values is None else values
        self.origins[f"{node}.{tensor}"] = name

    def add(
        self, call: Call, operation: str, *inputs: str, path: str | None = None, **attributes: Any
    ) -> Value:
        """Add a node for a call, named by the module that makes it; return its output.

        `path` is the module whose weights the node takes over, if it has any.
        """
        try:
            owns = path is not None
            name = self.names.make(call.path if path is None else path, operation, owns=owns)
            node = self.sketch.add(name, operation, *inputs, **attributes)
        except ValueError as error:
            raise Unsupported(str(error)) from None
        return Value.whole(node, self.sketch.shape(node))

    def node(self, call: Call, value: Value) -> str:
        """Return a node whose output is the value as it lies, channels first.

        Adds what lays it out if there is none yet. Raises Unsupported if no node gives that.
        """
        if value.is_whole:
            return value.node
        key = (value.node, value.shape, tuple(value.index.flatten().tolist()))
        if key not in self._made:
            self._made[key] = self._laid_out(call, value)
        return self._made[key]

    def _laid_out(self, call: Call, value: Value) -> str:
        shape, source = value.shape, value.source
        if value.is_in_order and len(shape) == 1:
            return self.add(call, "flatten", value.node).node
        if value.is_in_order and shape[0] == source[0]:
            return self.add(call, "lay_out", value.node, sides=shape[1:]).node
        index = value.chosen()
        if index is not None:
            return self.add(call, "choose", value.node, index=index).node
        positions = prod(source[1:])
        if shape[1:] != source[1:] and prod(shape[1:]) == positions:
            whole = self.add(call, "lay_out", value.node, sides=shape[1:])
            again = Value(whole.node, (source[0], *shape[1:]), value.index)
            if (index := again.chosen()) is not None:
                return self.add(call, "choose", whole.node, index=index).node
        raise Unsupported(
            f"lays numbers of shape {source} out as {shape} in a way that mixes channels"
        )

    def _words(self, argument: object) -> str:
        if isinstance(argument, fx.Node):
            return self.traced.tensors.get(argument.name, argument.name)
        return repr(argument)


def shape_of(call: Call) -> Shape:
    """Return the shape that a call gives when traced, without the batch."""
    return tuple(call.node.meta["val"].shape[1:])


def tensors_of(draft: Draft, call: Call, *names: str) -> Mapping[str, str]:
    """Return the names in the state dict of those arguments that are given."""
    return {
        name: draft.parameter(call.arguments[name])
        for name in names
        if call.arguments[name] is not None
    }
