"""Hashes a graph by what it computes, after NASBench-101 (https://arxiv.org/abs/1902.09635)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from genomes.genes.genome import digest
from genomes.graph.node import Node
from genomes.graph.operation import operation_of


def graph_hash(nodes: Sequence[Node]) -> str:
    """Hash nodes in topological order, the output last: 16 hexadecimal digits.

    Names of nodes and sites, the order of independent nodes and that of summands do not count;
    whether a node is shared or computed twice does.
    """
    by_name = {node.name: node for node in nodes}
    content = _contents(nodes)
    numbers: dict[str, int] = {}
    sites: dict[str, int] = {}
    lines: list[Any] = []
    waiting = [nodes[-1].name]
    while waiting:  # depth first from the output, inputs before what reads them
        node = by_name[waiting[-1]]
        inputs = list(node.inputs)
        if operation_of(node).sums:
            inputs.sort(key=content.__getitem__)
        unnumbered = [source for source in inputs if source not in numbers]
        if unnumbered:
            waiting.append(unnumbered[0])
            continue
        attributes: dict[str, Any] = dict(node.attributes)
        if "site" in attributes:
            attributes["site"] = sites.setdefault(attributes["site"], len(sites))
        sources = [numbers[source] for source in inputs]
        lines.append([node.operation, attributes, list(node.shape), sources])
        numbers[waiting.pop()] = len(numbers)
    return digest(lines)


def _contents(nodes: Sequence[Node]) -> Mapping[str, str]:
    """Hash what each node computes from its inputs, names aside."""
    content: dict[str, str] = {}
    for node in nodes:
        attributes = {name: value for name, value in node.attributes.items() if name != "site"}
        inputs = [content[source] for source in node.inputs]
        ordered = sorted(inputs) if operation_of(node).sums else inputs
        content[node.name] = digest(node.operation, attributes, list(node.shape), ordered)
    return content
