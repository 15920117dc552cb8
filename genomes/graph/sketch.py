"""Sketch: lays out a NetworkSpec node by node, inferring shapes on the way."""

from __future__ import annotations

from typing import Any

from genomes.genes.gene import Record
from genomes.graph import inhibition
from genomes.graph.normalization import Normalization
from genomes.graph.operation import operation as operation_named
from genomes.graph.shapes import Shape
from genomes.graph.spec import NetworkSpec, Node

LEAST_DROPOUT = 0.05  # less costs time and regularises nothing


class Sketch:
    """A spec under construction: nodes are added by operation, shapes are inferred."""

    def __init__(self, input_shape: Shape, input_name: str = "input") -> None:
        self.input_shape = input_shape
        self.nodes = [Node(input_name, "input", (), Record(), input_shape)]
        self._shapes = {input_name: input_shape}

    def opening(self, normalization: Normalization | None, *, flat: bool = False) -> str:
        """Append how inputs are normalised, if they are; `flat` makes images vectors.

        Return the node that the first layer reads.
        """
        x = self.nodes[0].name
        if normalization is not None:
            x = self.add("normalize", "normalize", x, **vars(normalization))
        if flat and len(self.input_shape) > 1:
            x = self.add("flatten", "flatten", x)
        return x

    def add(self, name: str, operation: str, *inputs: str, **attributes: Any) -> str:
        """Append a node and return its name."""
        record = Record(attributes)
        sources = [self._shapes[source] for source in inputs]
        shape = operation_named(operation).shape(record, sources)
        self._shapes[name] = shape
        self.nodes.append(Node(name, operation, inputs, record, shape))
        return name

    def dropout(self, name: str, source: str, rate: float) -> str:
        """Append dropout unless its rate is negligible; return what comes after."""
        return source if rate < LEAST_DROPOUT else self.add(name, "dropout", source, rate=rate)

    def inhibit(self, name: str, source: str, genes: Record, site: str, stage: int) -> str:
        """Append a stage's lateral inhibition, if any, behind the mask; return what comes after.

        The mask follows again where inhibition would make something of masked channels.
        """
        if genes["kind"] == inhibition.NONE:
            return source
        x = self.add(f"{name}_inhibit", "inhibit", source, places=(), **genes)
        if not inhibition.revives(genes):
            return x
        return self.add(f"{name}_inhibit_mask", "mask", x, site=site, stage=stage)

    def shape(self, name: str) -> Shape:
        """Return the output shape of a node."""
        return self._shapes[name]

    def finish(self) -> NetworkSpec:
        """Return the spec; the node added last gives the logits."""
        return NetworkSpec(self.input_shape, tuple(self.nodes))
