"""Graphs of modules written by hand, and the networks they decode to; for tests of modules."""

from __future__ import annotations

from typing import Any

from genomes.architectures import modular
from genomes.genes.gene import Record
from genomes.genes.module_edits import chain
from genomes.graph.inhibition import OFF
from genomes.graph.interface import Interface
from genomes.graph.normalization import Normalization
from genomes.graph.spec import NetworkSpec
from genomes.layout.module_layout import MODULES

USUAL = {"width": 6, "kernel": 3, "stride": 1, "expansion": 2, "reduction": 2, "pooling": "max"}
A, B, C, D = "babababa", "bebebebe", "bibibibi", "bobobobo"  # markings


def module(kind: str, **changes: Any) -> Record:
    """Return the genes of a module; those that do not act in its kind are None."""
    acting = MODULES.load(kind).GENES
    genes = {name: value if name in acting else None for name, value in USUAL.items()}
    others = {"normalisation": "batch", "activation": "relu", "inhibition": OFF, "join": "add"}
    return Record({"kind": kind, **genes, **others, **changes})


def placed(mark: str, inputs: str, kind: str, **changes: Any) -> Record:
    """Return a module with its marking and what it reads."""
    return Record({"id": mark, "inputs": tuple(inputs.split()), **module(kind, **changes)})


def decode(*modules: Record, shape: tuple[int, ...] = (1, 8, 8), **changes: Any) -> NetworkSpec:
    """Check and decode modules; those without markings are a chain."""
    graph = modules if "id" in modules[0] else chain(modules)
    values = {
        "family": "modular", "modules": graph, "head": "global_average", "head_width": 0,
        "dropout": 0.0,
    }  # fmt: skip
    genes = modular.genes(Interface(shape, 4))
    normalization: Normalization | None = changes.pop("normalization", None)
    return modular.decode(genes.check({**values, **changes}), Interface(shape, 4, normalization))


def operations(spec: NetworkSpec, mark: str = "") -> list[str]:
    """List the operations of a network, or of one module."""
    return [node.operation for node in spec.nodes if node.name.startswith(mark)]
