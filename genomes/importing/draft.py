"""A network under construction: values of calls, nodes of a spec, tensors they take over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import torch
from torch import Tensor, fx, nn

from genomes.graph.node import Node
from genomes.graph.shapes import Shape
from genomes.graph.sketch import Sketch
from genomes.importing.constants import Constant, Found
from genomes.importing.errors import Unsupported
from genomes.importing.names import NodeNames
from genomes.importing.scores import Scores
from genomes.importing.traced import Call, Traced
from genomes.importing.values import Moved, Scattered, Value, reduced

Result = Moved | Scores | list[Moved]


@dataclass
class Draft:
    """What of a traced module has been read so far.

    `constants` are what no input is part of. `tensors` are what nodes take over, by names in the
    network's state dict; `origins` their names in the module's. Where inputs are `tokens`, whole
    numbers below this, `tables` are the nodes that hold embeddings, by the names of their weights.
    """

    module: nn.Module
    traced: Traced
    sketch: Sketch
    names: NodeNames
    tokens: int | None = None
    values: dict[fx.Node, Result] = field(default_factory=dict)
    constants: dict[fx.Node, Found] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    tables: dict[str, str] = field(default_factory=dict)
    _made: dict[tuple[Any, ...], str] = field(default_factory=dict)  # nodes that only lay out
    _taken: dict[str, Tensor] = field(default_factory=dict)  # which numbers of weights nodes have
    _replaced: set[str] = field(default_factory=set)

    @property
    def dtype(self) -> torch.dtype:
        """The type of the module's numbers."""
        found = (parameter.dtype for parameter in self.module.parameters())
        return next(found, torch.get_default_dtype())

    def value(self, argument: object) -> Value:
        """Return the value of a call's argument; Unsupported for anything but an activation."""
        found = self.moved(argument)
        if isinstance(found, Scattered):
            raise Unsupported(
                f"reads {self._words(argument)}, in which the examples do not lie in their order "
                "along the first axis"
            )
        return found

    def moved(self, argument: object) -> Moved:
        """Return the value of an argument, however it lies; Unsupported for no activation."""
        found = self.values.get(argument) if isinstance(argument, fx.Node) else None
        if isinstance(found, Scores):
            raise Unsupported("computes with products of activations that are no attention")
        if not isinstance(found, Value | Scattered):
            raise Unsupported(f"computes with {self._words(argument)}, expected an activation")
        if found.node in self._replaced:
            raise Unsupported("reads what an attention reads too")
        return found

    def constant(self, argument: object) -> Constant | None:
        """Return an argument that no input is part of, numbers among them; None for others."""
        if isinstance(argument, int | float):
            return Constant(torch.tensor(float(argument), dtype=torch.float64))
        found = self.constants.get(argument) if isinstance(argument, fx.Node) else None
        return found if isinstance(found, Constant) else None

    def weight(self, argument: object) -> Constant:
        """Return the weights of a call; Unsupported for those of an input or another call."""
        found = self.constant(argument)
        if found is None or not found.names:
            raise Unsupported(f"has weights that are computed ({self._words(argument)})")
        self.check_unused(found)
        return found

    def check_unused(self, constant: Constant) -> None:
        """Raise Unsupported if a node has any of these weights already."""
        for name, used in self._used(constant):
            if name in self._taken and bool((self._taken[name] & used).any()):
                raise Unsupported(
                    f"shares the weights {name} with another call; give each call a module of its "
                    "own, with a copy of the weights"
                )

    def own(
        self, node: str, tensor: str, constant: Constant, values: Tensor | None = None
    ) -> None:
        """Let a node take a tensor over; `values` if it lies otherwise there.

        What is computed of weights becomes the weight: it is noted.
        """
        found = constant.values if values is None else values
        self.tensors[f"{node}.{tensor}"] = found.detach().clone()
        self.origins[f"{node}.{tensor}"] = constant.name
        if not constant.is_trained:
            return
        if constant.places is None:
            self.notes.append(f"{constant.name}: what is computed of it is trained in its place")
        for name, used in self._used(constant):
            self._taken[name] = self._taken.get(name, False) | used

    def hand_over(self, node: str, tensor: str, values: Tensor, origin: str) -> None:
        """Let a node have a tensor made of those of nodes that it replaces."""
        self.tensors[f"{node}.{tensor}"] = values
        self.origins[f"{node}.{tensor}"] = origin

    def _used(self, constant: Constant) -> list[tuple[str, Tensor]]:
        state = self.traced.program.state_dict
        found = []
        for name in constant.names:
            if name not in state:
                continue  # neither a parameter nor a buffer
            flags = torch.zeros(state[name].numel(), dtype=torch.bool)
            flags[slice(None) if constant.places is None else constant.places.flatten()] = True
            found.append((name, flags))
        return found

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

    def found(self, name: str) -> Node:
        """Return a node by name."""
        return next(node for node in self.sketch.nodes if node.name == name)

    def replace(self, name: str) -> None:
        """Take out a node that another one stands for from now on; its name is free again.

        Unsupported if something reads it already.
        """
        if any(name in node.inputs for node in self.sketch.nodes):
            raise Unsupported("reads what something else reads too")
        self.sketch.nodes.remove(self.found(name))
        self.names.free(name)
        self._replaced.add(name)

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
        if (ranges := value.ranges()) is not None:
            return self.add(call, "crop", value.node, ranges=ranges).node
        positions = prod(source[1:])
        if shape[1:] != source[1:] and prod(shape[1:]) == positions:
            whole = self.add(call, "lay_out", value.node, sides=shape[1:])
            again = Value(whole.node, (source[0], *shape[1:]), value.index)
            if (index := again.chosen()) is not None:
                return self.add(call, "choose", whole.node, index=index).node
        once = reduced(value.index, 1)
        if once.shape != shape:  # repeated along sides
            few = self.node(call, Value(value.node, source, once))
            return self.add(call, "resize", few, mode="nearest", size=shape[1:]).node
        if shape == source[:1] and len(source) == 2:  # one position
            cropped = self.node(call, Value(value.node, source, value.index[:, None]))
            return self.add(call, "flatten", cropped).node
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


def weights_of(draft: Draft, call: Call, *names: str) -> Mapping[str, Constant]:
    """Return the weights of a call by name, those that are given; Unsupported for fixed ones."""
    found = {
        name: draft.weight(call.arguments[name])
        for name in names
        if call.arguments[name] is not None
    }
    if fixed := [constant.name for constant in found.values() if not constant.is_trained]:
        raise Unsupported(f"has weights that are not trained ({', '.join(fixed)})")
    return found


def owner_of(call: Call, weight: Constant) -> str:
    """Return the module that a weight is of: that of the call if it is computed."""
    return weight.names[0].rpartition(".")[0] if weight.is_untouched else call.path
