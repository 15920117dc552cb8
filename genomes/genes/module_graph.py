"""A gene whose value is a graph of modules: what they are and which reads which both evolve.

A value is a tuple of modules in topological order, the last of which gives the output. A module is
a `Record` of its own genes, of `id`, its historical marking, and of `inputs`, the ids of one or
more earlier modules or "input". Modules are aligned by their markings, as genes are in NEAT
(Stanley & Miikkulainen 2002, https://doi.org/10.1162/106365602320169811). Every module leads to
the output: one that loses its last reader goes. Must not know what modules do.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from genomes.genes.gene import Columns, ListOf, Path, Record, Struct, Value
from genomes.genes.module_edits import (
    INPUT,
    MARK,
    Graph,
    edges,
    first,
    linked,
    living,
    merged,
    removed,
    rewired,
    split,
    unlinked,
)

LINKED_AT_FOUNDING = 0.25  # chance of a skip beside each module that a founder gets


@dataclass(frozen=True)
class ModuleGraph:
    """Between 1 and `maximum` modules with genes `gene`, each with up to `inputs` inputs.

    Founders have at most `founding` modules: graphs grow.
    """

    gene: Struct
    maximum: int
    inputs: int
    founding: int

    def __post_init__(self) -> None:
        if not 1 <= self.founding <= self.maximum or self.inputs < 1:
            raise ValueError(
                f"received founding={self.founding}, maximum={self.maximum}, inputs={self.inputs}"
                "; expected 1 <= founding <= maximum, and at least one input"
            )
        if {"id", "inputs"} & set(self.gene.fields):
            raise ValueError("modules have an id and inputs already; name the gene otherwise")

    def names(self) -> Iterable[str]:
        return ("", *self.gene.names())

    def pinned_within(self, path: Path, value: Value) -> ModuleGraph:
        """Pin a gene in every module."""
        return replace(self, gene=self.gene.pinned_within(path, value))

    def encode(self) -> Columns:
        """Encode a graph as a list in its order, its share of possible edges and its depth."""
        modules = ListOf(self.gene, 1, self.maximum).encode()
        possible = self.maximum * self.inputs

        def write(value: tuple[Mapping[str, Value], ...]) -> list[float]:
            depth = {INPUT: 0}
            for module in value:
                depth[module["id"]] = 1 + max(depth[source] for source in module["inputs"])
            read = sum(len(module["inputs"]) for module in value)
            deep = depth[value[-1]["id"]] / self.maximum
            return [read / possible, deep, *modules.write(value)]

        return Columns((".edges", ".depth", *modules.names), write)

    def sample(self, rng: random.Random) -> Graph:
        """Grow a graph from one module, as a lineage would; so founders share markings."""
        graph = first(self.gene.sample(rng))
        for _ in range(rng.randint(1, self.founding) - 1):
            graph = split(graph, *rng.choice(edges(graph)), self.gene.sample(rng))
            if rng.random() < LINKED_AT_FOUNDING:
                graph = self._link(graph, rng) or graph
        return graph

    def mutate(self, value: Value, rng: random.Random) -> Graph:
        """Change a gene of one module, or the graph, with equal chances.

        The graph gains or loses a module or an edge, or a module reads another one.
        """
        if rng.random() < 0.5:
            changed = self._changed(value, rng)
            if changed != value:
                return changed
        changes: tuple[Change, ...] = (
            self._split, self._remove, self._link, self._unlink, self._rewire
        )  # fmt: skip
        for change in rng.sample(changes, len(changes)):
            found = change(value, rng)
            if found is not None:
                return found
        return self._changed(value, rng)

    def crossover(self, a: Value, b: Value, rng: random.Random) -> Graph:
        """Mix modules of the same marking; take in what else the child's edges lead to.

        One parent's order stands. A module that both have reads what it reads in either; what only
        the other parent has comes along where it is read.
        """
        frame, other = (a, b) if rng.random() < 0.5 else (b, a)
        ours, theirs = ({module["id"]: module for module in graph} for graph in (frame, other))
        end = rng.choice((frame[-1]["id"], other[-1]["id"]))
        child: list[Record] = []
        placed = {INPUT}
        for mark in merged(frame, other):
            if mark in ours and mark in theirs:
                child.append(self._mixed(ours[mark], theirs[mark], placed, rng))
            else:
                child.append(ours[mark] if mark in ours else theirs[mark])
            placed.add(mark)
        graph = living(child, end)
        while len(graph) > self.maximum:
            strange = [module["id"] for module in graph if module["id"] not in ours]
            graph = removed(graph, rng.choice(strange), self.inputs) or graph
        return graph

    def check(self, value: Value) -> Graph:
        """Return the modules that lead to the output; raise ValueError for what is no graph."""
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= self.maximum:
            raise ValueError(f"received {value!r}, expected 1 to {self.maximum} modules")
        known = {INPUT}
        modules = []
        for module in value:
            modules.append(self._checked(module, known))
            known.add(modules[-1]["id"])
        return living(modules, modules[-1]["id"])

    def _checked(self, module: Value, known: set[str]) -> Record:
        if not isinstance(module, Mapping) or not {"id", "inputs"} <= set(module):
            raise ValueError(f"received {module!r}, expected a module with id, inputs and genes")
        mark, inputs = module["id"], module["inputs"]
        if not isinstance(mark, str) or not MARK.fullmatch(mark) or mark in known:
            raise ValueError(
                f"received id {mark!r}, expected four syllables of its own: 'bafurezi'"
            )
        if (
            not isinstance(inputs, list | tuple)
            or not 1 <= len(inputs) <= self.inputs
            or len(set(inputs)) < len(inputs)
        ):
            raise ValueError(f"{mark}: received inputs {inputs!r}, expected 1 to {self.inputs}")
        for source in inputs:
            if source not in known:
                raise ValueError(f"{mark}: its input {source!r} is no earlier module")
        genes = {name: gene for name, gene in module.items() if name not in ("id", "inputs")}
        try:
            return Record({"id": mark, "inputs": tuple(inputs), **self.gene.check(genes)})
        except ValueError as error:
            raise ValueError(f"{mark}: {error}") from None

    # -- variation --------------------------------------------------------------------------------

    def _genes(self, module: Record) -> Record:
        return Record({name: module[name] for name in self.gene.fields})

    def _mixed(self, a: Record, b: Record, placed: set[str], rng: random.Random) -> Record:
        genes = self.gene.crossover(self._genes(a), self._genes(b), rng)
        inputs = a["inputs"]
        if rng.random() < 0.5:  # the other's order may be another one
            inputs = tuple(mark for mark in b["inputs"] if mark in placed) or inputs
        return Record({"id": a["id"], "inputs": inputs, **genes})

    def _changed(self, graph: Graph, rng: random.Random) -> Graph:
        place = rng.randrange(len(graph))
        module = graph[place]
        genes = self.gene.mutate(self._genes(module), rng)
        return (*graph[:place], module.replacing(**genes), *graph[place + 1 :])

    def _split(self, graph: Graph, rng: random.Random) -> Graph | None:
        """Put a module on an edge: a new one, or the twin of one that reads or is read there."""
        if len(graph) == self.maximum:
            return None
        source, target = rng.choice(edges(graph))
        near = [self._genes(m) for m in graph if m["id"] in (source, target)]
        genes = rng.choice(near) if rng.random() < 0.5 else self.gene.sample(rng)
        return split(graph, source, target, genes)

    def _remove(self, graph: Graph, rng: random.Random) -> Graph | None:
        """Take a module out; its readers read what it read."""
        mark = rng.choice(graph)["id"]
        return removed(graph, mark, self.inputs)

    def _link(self, graph: Graph, rng: random.Random) -> Graph | None:
        """Let a module read an earlier one, too."""
        missing = [pair for pair in _absent(graph) if len(pair[1]["inputs"]) < self.inputs]
        if not missing:
            return None
        source, target = rng.choice(missing)
        return linked(graph, source, target["id"])

    def _unlink(self, graph: Graph, rng: random.Random) -> Graph | None:
        """Take one of several inputs from a module."""
        spare = [(s, target) for s, target in _spare(graph) if len(target["inputs"]) > 1]
        if not spare:
            return None
        source, target = rng.choice(spare)
        return unlinked(graph, source, target["id"])

    def _rewire(self, graph: Graph, rng: random.Random) -> Graph | None:
        """Let a module read an earlier one in place of another."""
        spare, missing = _spare(graph), _absent(graph)
        options = [(old, new, a) for old, a in spare for new, b in missing if a["id"] == b["id"]]
        if not options:
            return None
        old, new, target = rng.choice(options)
        return rewired(graph, target["id"], old, new)


Change = Callable[[Graph, random.Random], Graph | None]


def _spare(graph: Graph) -> list[tuple[str, Record]]:
    """List edges without which every module still leads to the output: removal takes modules."""
    readers = Counter(source for module in graph for source in module["inputs"])
    return [
        (source, module)
        for module in graph
        for source in module["inputs"]
        if source == INPUT or readers[source] > 1
    ]


def _absent(graph: Graph) -> list[tuple[str, Record]]:
    """List pairs of an earlier id and a module that does not read it."""
    earlier = [INPUT]
    found = []
    for module in graph:
        found += [(source, module) for source in earlier if source not in module["inputs"]]
        earlier.append(module["id"])
    return found
