"""Edits of a graph of modules, as pure functions of plain values.

A module's `id` is a hash of the edge it was born on, so that lineages which split the same edge
have the same module (the innovation number of Stanley & Miikkulainen 2002, without a counter). Its
four syllables name a module in drawings and exported source.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence

from genomes.genes.gene import Record

Graph = tuple[Record, ...]
INPUT, OUTPUT = "input", "output"
CONSONANTS, VOWELS, SYLLABLES = "bdfghjklmnprstvz", "aeiou", 4  # 80 ** 4 = 41 million markings
MARK = re.compile(f"([{CONSONANTS}][{VOWELS}]){{{SYLLABLES}}}")


def marking(source: str, target: str, taken: Collection[str] = ()) -> str:
    """Name the module born on an edge; where that one lives already, the edge's next."""
    birth = 0
    while True:
        text = hashlib.sha256(f"{source}>{target}>{birth}".encode()).digest()
        mark = "".join(CONSONANTS[byte % 16] + VOWELS[byte // 16 % 5] for byte in text[:SYLLABLES])
        if mark not in taken:
            return mark
        birth += 1


def first(genes: Record) -> Graph:
    """Return the graph of one module, from which all others are grown."""
    return (Record({"id": marking(INPUT, OUTPUT), "inputs": (INPUT,), **genes}),)


def chain(modules: Iterable[Record]) -> Graph:
    """Return a graph in which each module reads the one before, grown at its end."""
    graph: Graph = ()
    for genes in modules:
        graph = split(graph, graph[-1]["id"], OUTPUT, genes) if graph else first(genes)
    return graph


def edges(graph: Graph) -> list[tuple[str, str]]:
    """List which module reads which; the output reads the last module."""
    inner = [(source, module["id"]) for module in graph for source in module["inputs"]]
    return [*inner, (graph[-1]["id"], OUTPUT)]


def split(graph: Graph, source: str, target: str, genes: Record) -> Graph:
    """Put a new module on an edge."""
    mark = marking(source, target, [module["id"] for module in graph])
    new = Record({"id": mark, "inputs": (source,), **genes})
    if target == OUTPUT:
        return (*graph, new)
    place = _place(graph, target)
    reader = _reading(graph[place], source, (mark,))
    return (*graph[:place], new, reader, *graph[place + 1 :])


def linked(graph: Graph, source: str, target: str) -> Graph:
    """Let a module read an earlier one, too."""
    place = _place(graph, target)
    reader = graph[place].replacing(inputs=(*graph[place]["inputs"], source))
    return (*graph[:place], reader, *graph[place + 1 :])


def unlinked(graph: Graph, source: str, target: str) -> Graph:
    """Take an input from a module that has others."""
    return rewired(graph, target, source)


def rewired(graph: Graph, target: str, old: str, *new: str) -> Graph:
    """Let a module read others in place of one of its inputs."""
    place = _place(graph, target)
    reader = _reading(graph[place], old, new)
    return living((*graph[:place], reader, *graph[place + 1 :]), graph[-1]["id"])


def removed(graph: Graph, mark: str, most: int) -> Graph | None:
    """Take a module out; its readers read its inputs, up to `most` each. None for the only one."""
    place = _place(graph, mark)
    inputs = graph[place]["inputs"]
    rest = [_reading(module, mark, inputs, most) for module in graph if module["id"] != mark]
    if place < len(graph) - 1:
        return living(rest, graph[-1]["id"])
    ends = [module["id"] for module in rest if module["id"] in inputs]
    return living(rest, ends[-1]) if ends else None


def living(modules: Sequence[Record], end: str) -> Graph:
    """Return the modules from which a path leads to the one that gives the output."""
    wanted = {end}
    found = []
    for module in reversed(modules):
        if module["id"] in wanted:
            wanted.update(module["inputs"])
            found.append(module)
    return tuple(reversed(found))


def merged(a: Graph, b: Graph) -> list[str]:
    """Order the modules of two graphs: a's as they are, the others right behind what they read."""
    order = [INPUT, *(module["id"] for module in a)]
    for module in b:
        if module["id"] not in order:
            place = 1 + max(order.index(source) for source in module["inputs"])
            order.insert(place, module["id"])
    return order[1:]


def _place(graph: Graph, mark: str) -> int:
    return next(place for place, module in enumerate(graph) if module["id"] == mark)


def _reading(module: Record, old: str, new: Sequence[str], most: int | None = None) -> Record:
    """Return a module that reads others in place of one of its inputs, none of them twice."""
    inputs = module["inputs"]
    if old not in inputs:
        return module
    place = inputs.index(old)
    several = dict.fromkeys((*inputs[:place], *new, *inputs[place + 1 :]))
    return module.replacing(inputs=tuple(several)[:most])
