"""Family `modular`: a graph of modules whose kinds and connections both evolve, and a small head.

Modules (`genomes/modules/`) are chained, skipped, added and concatenated;
`genomes.layout.module_joins` reconciles shapes, and strides, windows and kernels that do not fit
are reduced, so that every value of the genes decodes. What reads a vector, be it a convolution,
works on vectors.
"""

from __future__ import annotations

from genomes.chromosomes.epigenome import MAXIMUM_STAGES
from genomes.genes.activation_gene import ActivationGene
from genomes.genes.gene import (
    Choice,
    Conditional,
    Fixed,
    Gene,
    Integer,
    Real,
    Record,
    Struct,
    Value,
)
from genomes.genes.module_edits import INPUT, Graph, chain, linked
from genomes.genes.module_graph import ModuleGraph
from genomes.graph import inhibition
from genomes.graph.interface import Interface
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec
from genomes.layout.module_joins import joined
from genomes.layout.module_layout import MODULES, Module, NetworkSketch, Stream
from genomes.layout.windows import KERNELS, STRIDES

MAXIMUM_MODULES, MAXIMUM_INPUTS, FOUNDING_MODULES = 12, 3, 6


def genes(interface: Interface) -> Struct:
    """Return the genes of the family; raise ValueError where inputs are vectors."""
    shape = interface.input_shape
    if len(shape) == 1:
        raise ValueError(
            f"received inputs of shape {shape}; family modular needs (channels, height, width) or "
            "(channels, length). Choose family mlp."
        )
    modules = ModuleGraph(
        _module(len(shape) - 1), MAXIMUM_MODULES, MAXIMUM_INPUTS, FOUNDING_MODULES
    )
    return Struct(
        {
            "family": Fixed("modular"),
            "modules": modules,
            "head": Choice(("global_average", "flatten")),
            "head_width": Choice((0, 16, 32, 64)),
            "dropout": Real(0.0, 0.5, skew=3.0),
        }
    )


def _module(dimensions: int) -> Struct:
    strides = STRIDES[dimensions]  # the larger, the rarer
    kinds = {name: MODULES.load(name) for name in MODULES.names()}

    def acting(name: str, gene: Gene) -> dict[str, Gene]:
        users = [kind for kind, module in kinds.items() if name in module.GENES]
        return {name: Conditional(gene, {"kind": users})}

    return Struct(
        {
            "kind": Choice(kinds, weights=[module.WEIGHT for module in kinds.values()]),
            **acting("width", Integer(4, 64, log=True)),
            **acting("kernel", Choice(KERNELS[dimensions])),
            **acting("stride", Choice(strides, weights=range(len(strides), 0, -1))),
            **acting("expansion", Integer(1, 4)),
            **acting("reduction", Choice((2, 4, 8))),
            **acting("pooling", Choice(("max", "average"))),
            "normalisation": Choice(("batch", "layer", "none"), weights=(4, 1, 1)),
            "activation": ActivationGene(),
            "inhibition": inhibition.genes((inhibition.CHANNELS, inhibition.POSITIONS)),
            "join": Choice(("add", "concatenate")),
        }
    )


def decode(values: Record, interface: Interface) -> NetworkSpec:
    """Build the network of a value of `genes`."""
    return _sketched(values, interface).finish()


def _sketched(values: Record, interface: Interface) -> Sketch:
    plan = NetworkSketch(Sketch(interface.input_shape), values["head"])
    streams = {INPUT: Stream(plan.sketch.opening(interface.normalization), None)}
    for genes_of_module in values["modules"]:
        module = Module(plan, genes_of_module)
        read = joined(module, [streams[source] for source in genes_of_module["inputs"]])
        kind = MODULES.load(genes_of_module["kind"])
        streams[module.mark] = module.inhibited(kind.lay_out(module, read))
    _head(plan, values, interface.outputs, streams[values["modules"][-1]["id"]])
    return plan.sketch


def _head(plan: NetworkSketch, values: Record, outputs: int, stream: Stream) -> None:
    sketch, x = plan.sketch, plan.vector("head", stream).node
    if values["head_width"]:
        last = values["modules"][-1]
        stage = min(len(plan.stages), MAXIMUM_STAGES - 1)
        x = sketch.add("head_linear", "linear", x, out_features=values["head_width"], bias=True)
        x = sketch.add("head_activation", "activation", x, function=last["activation"])
        x = sketch.add("head_mask", "mask", x, site="head", stage=stage)
    x = sketch.dropout("head_dropout", x, values["dropout"])
    sketch.add("logits", "linear", x, out_features=outputs, bias=True)


def _plain(kind: str, **changes: Value) -> Record:
    usual = {
        "width": 16,
        "kernel": 3,
        "stride": 1,
        "expansion": 2,
        "reduction": 4,
        "pooling": "max",
    }
    acting = MODULES.load(kind).GENES
    genes = {name: value if name in acting else None for name, value in usual.items()}
    others = {
        "normalisation": "batch",
        "activation": "relu",
        "inhibition": inhibition.OFF,
        "join": "add",
    }
    return Record({"kind": kind, **genes, **others, **changes})


def _pyramid(*widths: int) -> Graph:
    pool = _plain("pooling")
    stages = [(_plain("conv", width=width), pool) for width in widths]
    return chain(module for stage in stages for module in stage)


def _residual() -> Graph:
    return chain(
        (
            _plain("conv", width=10),
            _plain("residual", width=10),
            _plain("residual", width=20, stride=2),
            _plain("residual", width=20),
        )
    )


def _excited() -> Graph:
    return chain(
        (
            _plain("conv", width=16, stride=2),
            _plain("separable", width=32),
            _plain("excite", width=32),
            _plain("separable", width=32, stride=2),
            _plain("excite", width=32),
        )
    )


def _concatenated() -> Graph:
    """Each reads all before it (DenseNet, https://arxiv.org/abs/1608.06993)."""
    graph = chain(_plain("conv", width=width, join="concatenate") for width in (12, 12, 12))
    return linked(graph, graph[0]["id"], graph[2]["id"])


# Networks as a textbook draws them; some founders have one of these.
TEXTBOOK = tuple(
    Record(modules=modules, head=head, head_width=0, dropout=0.0)
    for modules, head in (
        (_pyramid(8, 16), "flatten"),
        (_residual(), "global_average"),
        (_excited(), "global_average"),
        (_concatenated(), "flatten"),
    )
)
