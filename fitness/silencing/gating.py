"""Gates in training: what being open costs, what they remember, and what they leave of an input.

A gate's marks are computed from each input (`genomes.networks.gate.Gate`), or for each position of
it (`genomes.networks.causal_gate.CausalGate`, `genomes.networks.exit_gate.ExitGate`, which costs
nothing by being open). So the active parameters differ from input to
input, or from position to position: they are counted for validation inputs and averaged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from genomes.chromosomes.gate_genes import is_gated
from genomes.genes.gene import Record
from genomes.graph.liveness import trace
from genomes.graph.marks.expected import expected_flops
from genomes.graph.operation import operation_of
from genomes.networks.causal_gate import CausalGate
from genomes.networks.exit_gate import ExitGate
from genomes.networks.gate import Gate
from genomes.networks.network import Network
from genomes.networks.shrinking import masks_of

COUNTED, COUNTED_AT_LAST = 64, 512  # kinds of inputs that are counted one by one, at most
AnyGate = Gate | CausalGate | ExitGate
Marks = Mapping[str, npt.NDArray[np.bool_]]  # (N, M) by gate, N inputs or their positions


def gates_of(network: Network) -> dict[str, AnyGate]:
    """Return the gates of a network by the names of their nodes."""
    modules = ((node.name, network.get_submodule(node.name)) for node in network.spec.nodes[1:])
    return {name: module for name, module in modules if isinstance(module, AnyGate)}


class Gating:
    """The gates of one network over its life, and what was last seen of them."""

    def __init__(self, network: Network, pressure: float) -> None:
        self.network, self.pressure = network, pressure
        self.gates = gates_of(network)
        self.seen: dict[str, float] = {}
        self.opened: dict[str, npt.NDArray[np.float64]] = {}  # shares (M,) by gate

    @classmethod
    def of(cls, network: Network, epigenome: Record) -> Gating | None:
        """Return the gating of a network; None where it has no gates.

        Gates of positions state their pressure themselves.
        """
        if not gates_of(network):
            return None
        return cls(network, epigenome["gate_pressure"] if is_gated(epigenome) else 0.0)

    def cost(self) -> Tensor:
        """Return what an input of the last batch pays on average, in units of the loss (0-dim).

        Each mark costs the pressure, in proportion to how far its sigmoid is open; those of
        positions are averaged over these.
        """
        gates = self.gates.values()
        whole = [g.seen[1] for g in gates if isinstance(g, Gate) and g.seen is not None]
        costs = [
            gate.pressure * gate.seen.sum(1).mean()
            for gate in gates
            if isinstance(gate, CausalGate) and gate.seen is not None
        ]
        if whole:
            costs.append(self.pressure * torch.cat(whole, dim=1).sum(1).mean())
        return torch.stack(costs).sum() if costs else torch.zeros(())

    def remember(self, losses: Tensor, step: int) -> None:
        """Let the gates take in the last batch: its mean, and its best example as a pattern.

        `losses` (B,) are those of its examples, (B, L) of its positions. Gates of positions
        remember nothing.
        """
        for gate in self.gates.values():
            if isinstance(gate, Gate):
                gate.remember(losses.argmin(), step)
            elif isinstance(gate, CausalGate):
                gate.seen = None

    @contextmanager
    def watching(self) -> Iterator[Marks]:
        """Collect the marks of all inputs that the network is run on within; full on leaving."""
        heard: dict[str, list[Tensor]] = {name: [] for name in self.gates}
        marks: dict[str, npt.NDArray[np.bool_]] = {}

        def listen(name: str) -> torch.utils.hooks.RemovableHandle:
            def hook(_: nn.Module, __: object, opened: Tensor) -> None:
                rows = opened.transpose(1, -1).reshape(-1, opened.shape[1])  # positions as inputs
                heard[name].append(rows > 0.5)

            return self.gates[name].register_forward_hook(hook)

        handles = [listen(name) for name in self.gates]
        try:
            yield marks
        finally:
            for handle in handles:
                handle.remove()
        marks.update({name: torch.cat(opened).cpu().numpy() for name, opened in heard.items()})

    def active_ratio(self, marks: Marks, most: int) -> float:
        """Return active over dense parameters, the mean over inputs; note spread and marks.

        Exact for up to `most` combinations of marks; of more, as many inputs are counted, evenly
        spaced.
        """
        joined = np.concatenate(list(marks.values()), axis=1)
        kinds, times = np.unique(joined, axis=0, return_counts=True)
        if len(kinds) > most:
            chosen = np.linspace(0, len(joined) - 1, most).round().astype(int)
            kinds, times = np.unique(joined[chosen], axis=0, return_counts=True)
        counted = self._active(kinds, [opened.shape[1] for opened in marks.values()])
        ratios = counted / self.network.spec.dense_parameters()
        mean = float(np.average(ratios, weights=times))
        spread = float(np.sqrt(np.average((ratios - mean) ** 2, weights=times)))
        self.opened = {name: opened.mean(axis=0) for name, opened in marks.items()}
        stages = {
            f"open_{name.removeprefix('gate').removesuffix('_gate')}": float(opened.mean())
            for name, opened in self.opened.items()
        }
        self.seen = {"active_spread": spread, **stages}
        return mean

    def expected_flops(self) -> float:
        """Return the FLOPs of one example, gates as open as when the ratio was last measured."""
        return expected_flops(self.network.spec, masks_of(self.network), self.opened)

    def never_open(self, marks: Marks) -> dict[str, Tensor]:
        """Return by site which channels (C,) no input has opened."""
        closed: dict[str, Tensor] = {}
        for node in self.network.spec.nodes:
            if operation_of(node).closes:
                site = self.network.spec.channels.site(node.name)
                assert site is not None  # gates act behind masks
                shut = ~marks[node.inputs[1]].any(axis=0)
                flags = np.repeat(shut, node.attributes["runs"])
                closed[site] = torch.from_numpy(flags).to(self.network.masks[site].device)
        return closed

    def _active(self, kinds: npt.NDArray[np.bool_], widths: list[int]) -> npt.NDArray[np.float64]:
        """Count the active parameters under each row of joined marks."""
        masks = masks_of(self.network)
        cuts = np.cumsum(widths)[:-1]
        found = []
        for kind in kinds:
            row = dict(zip(self.gates, np.split(kind, cuts), strict=True))
            found.append(trace(self.network.spec, replace(masks, marks=row)).active_parameters())
        return np.array(found, dtype=np.float64)
