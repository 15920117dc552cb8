"""Runs a network of sequences one position after the other, at the cost of that position."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from genomes.graph.operation import operation_of
from genomes.graph.spec import NetworkSpec, Node
from genomes.networks.layers import Layer
from genomes.networks.network import Network
from genomes.networks.stepping.memory import MemoryStep
from genomes.networks.stepping.opened import Ends, Opened, Step


class Stepper:
    """A network in evaluation mode on the CPU, and what it knows of the sequence so far.

    As the network itself, but for rounding, as long as its window lasts. Raises ValueError for one
    that has an operation which needs a sequence as a whole.
    """

    def __init__(self, network: Network) -> None:
        self.network, self.spec = network, network.spec
        (self.length,) = self.spec.input_shape
        self.place = 0
        self.closed = _closed(self.spec)
        self._gates: dict[str, list[Opened]] = {}
        for gate, opened in self.closed.values():
            self._gates.setdefault(gate, []).append(opened)
        self._steps = [(node, self._step(node.name)) for node in self.spec.nodes[1:]]
        self._memories = [step for _, step in self._steps if isinstance(step, MemoryStep)]

    @property
    def opened(self) -> Mapping[str, Opened]:
        """What each gate, by name, has left open at the last position."""
        return {gate: groups[0] for gate, groups in self._gates.items()}

    @property
    def remembers(self) -> bool:
        """Whether it knows something of a sequence beyond its window."""
        return bool(self._memories)

    def restart(self) -> None:
        """Forget the sequence."""
        self.place = 0
        for memory in self._memories:
            memory.restart()

    def renew(self, again: int) -> None:
        """Begin a window whose first so many tokens were the last ones of the window before.

        They are to be fed again; memories know them.
        """
        self.place = 0
        for memory in self._memories:
            memory.continued(again)

    @torch.inference_mode()
    def feed(self, token: int) -> Tensor:
        """Take in the next token; return the logits (V,) of what follows it.

        Raises IndexError when the window is full.
        """
        if self.place >= self.length:
            raise IndexError(f"the window of {self.length} positions is full; restart first")
        values = {self.spec.nodes[0].name: torch.tensor([[token]])}
        for node, step in self._steps:
            found = step(self.place, *[values[source] for source in node.inputs])
            for opened in self._gates.get(node.name, ()):
                opened.follow(found.view(-1).tolist())
            values[node.name] = found
        self.place += 1
        return values[self.spec.output.name].view(-1)

    def _step(self, name: str) -> Step:
        node = self.spec.by_name[name]
        ends = self._ends(name)
        module = self.network.get_submodule(name)
        if isinstance(module, Layer) and module.is_idle:
            return lambda place, x: x
        step: Step | None = operation_of(node).step(module, ends)
        if step is None:
            raise ValueError(f"{name} ({node.operation}) needs a sequence as a whole")
        return step

    def _ends(self, name: str) -> Ends:
        """Return what is closed of what a node reads and of what it writes."""
        node = self.spec.by_name[name]
        first = node.inputs[0] if node.inputs else name
        source, target = (self.spec.channels[end] for end in (first, name))
        (_, inputs), (_, outputs) = (
            self.closed.get(end.group, (None, None)) for end in (source, target)
        )
        readers = [operation_of(n) for n in self.spec.nodes if name in n.inputs]
        is_passed = outputs is not None and all(reader.skips_closed for reader in readers)
        return Ends(inputs, outputs, source.positions, is_passed)


def _closed(spec: NetworkSpec) -> dict[int, tuple[str, Opened]]:
    """Return by group of channels the gate that closes it, and is known before it is computed."""
    found: dict[int, tuple[str, Opened]] = {}
    for node in spec.nodes:
        group = spec.channels[node.name].group
        if operation_of(node).closes == "positions" and _is_spared(spec, group, node):
            found[group] = (node.inputs[1], Opened(node.shape[0], node.attributes["runs"]))
    return found


def _is_spared(spec: NetworkSpec, group: int, closing: Node) -> bool:
    """Tell whether channels of a group need not be computed where a node closes them.

    Its gate comes before all of the group, and nobody else reads them but behind the node.
    """
    behind, known = {closing.name}, False
    for node in spec.nodes:
        is_of_group = spec.channels[node.name].group == group
        if is_of_group and not known:
            return False
        known = known or node.name == closing.inputs[1]
        if is_of_group and behind.intersection(node.inputs[:1]):
            behind.add(node.name)
        for source in () if is_of_group else node.inputs:
            if spec.channels[source].group == group and source not in behind:
                return False
    return True
