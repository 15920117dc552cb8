"""Topology: a gene whose value is a graph of neurons that starts minimal and grows (NEAT).

Stanley & Miikkulainen (2002), "Evolving Neural Networks through Augmenting Topologies",
Evolutionary Computation 10(2). A value holds `neurons`, pairs of name and function, and
`connections`, tuples of source, target, weight and whether it is enabled. Names tell histories:
a neuron's is a hash of the connection it split, and a connection's innovation id a hash of its
ends, so equal mutations in unrelated lineages are equal without a global counter. Ids are not
stored: connections with equal ends have equal ids.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from genomes.genes.errors import BadInput
from genomes.genes.gene import Columns, Record, Value
from genomes.genes.genome import digest
from genomes.genes.number import finite_number, shown, whole_number
from genomes.genes.wiring import (
    BIAS,
    FUNCTIONS,
    Wiring,
    acting,
    input_name,
    output_name,
    reached,
    wire,
)

Connection = tuple[str, str, float, bool]  # source, target, weight, enabled
Edges = dict[tuple[str, str], tuple[float, bool]]

PERTURBED, REPLACED = 0.8, 0.1  # share of weights that a step moves; of these, drawn afresh
STEP, LIMIT = 0.5, 30.0  # deviation of a weight's step; the greatest absolute weight
STAYS_DISABLED = 0.75  # chance, where a connection is disabled in either parent
STRUCTURE, WEIGHT = 1.0, 0.4  # in the distance: of what one has and the other has not; of weights
SMALL = 20  # connections up to which a difference in structure counts whole
ATTEMPTS = 20
# The chances of each kind of mutation, tried in an order drawn by them until one changes a value.
RATES = {
    "weights": 0.72, "connect": 0.1, "split": 0.04, "disconnect": 0.06, "toggle": 0.04,
    "function": 0.04,
}  # fmt: skip


@lru_cache(maxsize=100_000)
def innovation(source: str, target: str, occurrence: int = 0) -> str:
    """Return the id of the connection between two ends: 12 hexadecimal digits.

    A neuron is called "n" and the id of what it split; `occurrence` counts earlier splits of the
    same connection in the same graph.
    """
    return digest(source, target, occurrence)[:12]


def _names(functions: Iterable[str]) -> tuple[str, ...]:
    """Return names of functions; `BadInput` for others."""
    names = () if isinstance(functions, str) else tuple(functions)
    if not names or (unknown := [name for name in names if name not in FUNCTIONS]):
        raise BadInput(
            f"received functions {shown(unknown if names else functions)}, expected a list of "
            f"{', '.join(FUNCTIONS)}"
        )
    return names


@dataclass(frozen=True)
class Topology:
    """A feed-forward graph from `inputs` and a bias to `outputs`, with functions for neurons.

    Fresh draws connect each output with the bias and a `start` share of the inputs. With
    `weighted_when`, names of genes beside this one and values as in `Conditional`, weights vary
    only where these hold. `BadInput` for arguments beyond their ranges.
    """

    inputs: int
    outputs: int
    functions: tuple[str, ...] = ("tanh",)
    start: float = 1.0
    maximum_neurons: int = 256
    weighted_when: Record | None = None
    weighted: bool = True

    def __post_init__(self) -> None:
        for name in ("inputs", "outputs", "maximum_neurons"):
            object.__setattr__(self, name, whole_number(getattr(self, name), f"{name} ="))
        object.__setattr__(self, "start", finite_number(self.start, "start ="))
        object.__setattr__(self, "functions", _names(self.functions))
        if min(self.inputs, self.outputs, self.maximum_neurons, len(self.functions)) < 1:
            raise BadInput(f"received {self}; every number has to be at least 1")
        if not 0.0 < self.start <= 1.0:
            raise BadInput(f"received start={self.start}, expected a share above 0, up to 1")

    def beside(self, siblings: Mapping[str, Value]) -> Topology:
        """Return the gene as it is beside these values of other genes."""
        if self.weighted_when is None:
            return self
        holds = all(siblings[name] in values for name, values in self.weighted_when.items())
        return self if holds == self.weighted else replace(self, weighted=holds)

    def sample(self, rng: random.Random) -> Record:
        """Draw a minimal graph: no neurons, normal weights."""
        count = max(1, round(self.start * self.inputs))
        edges: Edges = {}
        for place in range(self.outputs):
            chosen = rng.sample(range(self.inputs), count)
            for source in (BIAS, *map(input_name, sorted(chosen))):
                edges[source, output_name(place)] = _rounded(rng.gauss(0.0, 1.0)), True
        return _record({}, edges)

    def mutate(self, value: Value, rng: random.Random) -> Record:
        """Move weights, or change one thing about the structure."""
        rates = {kind: rate for kind, rate in RATES.items() if self.weighted or kind != "weights"}
        while rates:
            kind = rng.choices(list(rates), list(rates.values()))[0]
            del rates[kind]
            neurons, edges = dict(value["neurons"]), _edges(value)
            if MUTATIONS[kind](self, neurons, edges, rng):
                return _record(neurons, edges)
        return Record(value)

    def crossover(self, a: Value, b: Value, rng: random.Random) -> Record:
        """Give `a` the weights and functions of `b` where innovations match, at random.

        What only one has comes from `a`, the fitter one if that is known.
        """
        edges, other = _edges(a), _edges(b)
        for ends in sorted(edges.keys() & other.keys()):
            (weight, enabled), (their_weight, their_enabled) = edges[ends], other[ends]
            disabled = not (enabled and their_enabled) and rng.random() < STAYS_DISABLED
            edges[ends] = (weight if rng.random() < 0.5 else their_weight), not disabled
        theirs = dict(b["neurons"])
        neurons = {
            name: theirs[name] if name in theirs and rng.random() < 0.5 else function
            for name, function in a["neurons"]
        }
        if not self._is_whole(edges):  # then what is enabled is as in `a`
            whole = _kept_edges(a["connections"])
            edges = {ends: (weight, whole[ends][1]) for ends, (weight, _) in edges.items()}
        return _record(neurons, edges)

    def check(self, value: Value) -> Record:
        """Return the value in order; ValueError for names, circles or ends that do not fit."""
        if not isinstance(value, Mapping) or set(value) != {"neurons", "connections"}:
            raise ValueError(f"received {value!r}, expected neurons and connections")
        try:
            neurons = {str(name): str(function) for name, function in value["neurons"]}
            listed = value["connections"]
            edges = {(str(s), str(t)): (float(w), bool(on)) for s, t, w, on in listed}
        except (TypeError, ValueError):
            wanted = "(name, function) and (source, target, weight, enabled)"
            raise ValueError(f"received {value!r}, expected tuples {wanted}") from None
        sources = {BIAS, *map(input_name, range(self.inputs)), *neurons}
        targets = {*map(output_name, range(self.outputs)), *neurons}
        for source, target in edges:
            if source not in sources or target not in targets:
                raise ValueError(f"received a connection from {source} to {target}, unknown ends")
        for function in neurons.values():
            if function not in self.functions:
                allowed = ", ".join(self.functions)
                raise ValueError(f"received {function!r}, expected one of {allowed}")
        if not all(math.isfinite(weight) for weight, _ in edges.values()):
            raise ValueError("received a weight that is not finite")
        every = {ends: (weight, True) for ends, (weight, _) in edges.items()}
        wire(_record(neurons, every), self.inputs, self.outputs)  # looks for circles
        if not self._is_whole(edges):
            raise ValueError("received no enabled way from an input to an output")
        return _record(neurons, edges)

    def distance(self, a: Value, b: Value) -> float:
        """Return how incompatible two values are, zero for equal ones.

        Innovations without a global counter have no order, so what NEAT calls disjoint and excess
        is one class: its share of the larger graph, plus the mean difference of common weights.
        """
        ours, theirs = _kept_edges(a["connections"]), _kept_edges(b["connections"])
        common = ours.keys() & theirs.keys()
        larger = max(len(ours), len(theirs))
        unlike = len(ours) + len(theirs) - 2 * len(common)
        total = STRUCTURE * unlike / (larger if larger > SMALL else 1)
        if self.weighted and common:
            differences = math.fsum(abs(ours[ends][0] - theirs[ends][0]) for ends in common)
            total += WEIGHT * differences / len(common)
        return total

    def wiring(self, value: Value) -> Wiring:
        """Return the neurons that act, in order; `wiring(value).sums(x)` runs them."""
        return wire(value, self.inputs, self.outputs)

    def encode(self) -> Columns:
        """Encode how large and how deep a value is."""
        return Columns((".neurons", ".connections", ".depth"), self._sizes)

    def _sizes(self, value: Value) -> list[float]:
        """Return figures of a value, each in [0, 1]."""
        wiring = self.wiring(value)
        found = (*wiring.hidden, *wiring.outputs)
        connections = sum(len(neuron.sources) for neuron in found)
        depth = max(neuron.depth for neuron in found)
        return [count / (count + scale) for count, scale in (
            (len(wiring.hidden), 8), (connections, self.inputs * self.outputs), (depth, 4)
        )]  # fmt: skip

    def _is_whole(self, edges: Edges) -> bool:
        return bool(acting(_connections(edges), self.inputs, self.outputs))

    # -- mutations: each changes neurons and edges in place and tells whether it did --------------

    def _move_weights(self, neurons: dict[str, str], edges: Edges, rng: random.Random) -> bool:
        before = dict(edges)
        for ends, (weight, enabled) in before.items():
            if rng.random() < PERTURBED:
                afresh = rng.random() < REPLACED
                moved = rng.gauss(0.0, 1.0) if afresh else weight + rng.gauss(0.0, STEP)
                edges[ends] = _rounded(moved), enabled
        return edges != before

    def _connect(self, neurons: dict[str, str], edges: Edges, rng: random.Random) -> bool:
        for _ in range(ATTEMPTS):
            source = self._any_source(neurons, rng)
            names = [*neurons, *map(output_name, range(self.outputs))]
            target = rng.choice(names)
            if (source, target) not in edges and source not in _following(edges, target):
                edges[source, target] = _rounded(rng.gauss(0.0, 1.0)), True
                return True
        return False

    def _any_source(self, neurons: Mapping[str, str], rng: random.Random) -> str:
        place = rng.randrange(len(neurons) + self.inputs + 1)
        if place < len(neurons):
            return [*neurons][place]
        return BIAS if place == len(neurons) else input_name(place - len(neurons) - 1)

    def _split(self, neurons: dict[str, str], edges: Edges, rng: random.Random) -> bool:
        """Put a neuron into a connection: weight 1 leads in, the old weight out."""
        whole = [ends for ends, (_, enabled) in edges.items() if enabled and ends[0] != BIAS]
        if len(neurons) >= self.maximum_neurons or not whole:
            return False
        source, target = rng.choice(whole)
        occurrence = 0
        while (name := f"n{innovation(source, target, occurrence)}") in neurons:
            occurrence += 1
        weight, _ = edges[source, target]
        neurons[name] = rng.choice(self.functions)
        edges |= {(source, target): (weight, False)}
        edges |= {(source, name): (1.0, True), (name, target): (weight, True)}
        return True

    def _disconnect(self, neurons: dict[str, str], edges: Edges, rng: random.Random) -> bool:
        """Remove a connection, and neurons that then have nothing before or behind them."""
        ends = rng.choice(list(edges))
        del edges[ends]
        while idle := neurons.keys() - ({s for s, _ in edges} & {t for _, t in edges}):
            for name in idle:
                del neurons[name]
            for pair in [pair for pair in edges if idle & {*pair}]:
                del edges[pair]
        return self._is_whole(edges)

    def _toggle(self, neurons: dict[str, str], edges: Edges, rng: random.Random) -> bool:
        ends = rng.choice(list(edges))
        weight, enabled = edges[ends]
        edges[ends] = weight, not enabled
        return self._is_whole(edges)

    def _change_function(self, neurons: dict[str, str], edges: Edges, rng: random.Random) -> bool:
        if not neurons or len(self.functions) < 2:
            return False
        name = rng.choice(list(neurons))
        neurons[name] = rng.choice([f for f in self.functions if f != neurons[name]])
        return True


MUTATIONS = {
    "weights": Topology._move_weights,
    "connect": Topology._connect,
    "split": Topology._split,
    "disconnect": Topology._disconnect,
    "toggle": Topology._toggle,
    "function": Topology._change_function,
}


@lru_cache(maxsize=2048)
def _kept_edges(connections: tuple[Connection, ...]) -> Edges:
    return {(source, target): (weight, on) for source, target, weight, on in connections}


def _edges(value: Value) -> Edges:
    """Return the connections by their ends, to be changed at will."""
    return dict(_kept_edges(value["connections"]))


def _connections(edges: Edges) -> Iterable[Connection]:
    return ((source, target, weight, on) for (source, target), (weight, on) in edges.items())


def _record(neurons: Mapping[str, str], edges: Edges) -> Record:
    """Return a value; sorted, so that equal graphs are equal values whatever their history."""
    return Record(
        neurons=tuple(sorted(neurons.items())), connections=tuple(sorted(_connections(edges)))
    )


def _following(edges: Edges, start: str) -> set[str]:
    """Return what connections lead to from a neuron, itself included, enabled or not."""
    forward: dict[str, list[str]] = {}
    for source, target in edges:
        forward.setdefault(source, []).append(target)
    return reached(forward, [start])


def _rounded(weight: float) -> float:
    return min(LIMIT, max(-LIMIT, float(f"{weight:.5g}")))
