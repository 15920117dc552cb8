"""Family `mlp`: fully connected layers; images are flattened, rows of tables prepared first."""

from __future__ import annotations

from genomes.genes.activation_gene import ActivationGene
from genomes.genes.gene import Choice, Fixed, Integer, ListOf, Real, Record, Struct
from genomes.graph import inhibition
from genomes.graph.interface import Interface
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec
from genomes.layout import table_opening


def genes(interface: Interface) -> Struct:
    """Return the genes of the family."""
    layer = Struct(
        {
            "width": Integer(4, 256, log=True),
            "normalisation": Choice(("batch", "layer", "none")),
            "activation": ActivationGene(),
            "inhibition": inhibition.genes((inhibition.CHANNELS,)),
        }
    )
    return Struct(
        {
            "family": Fixed("mlp"),
            "layers": ListOf(layer, 0, 4),
            "dropout": Real(0.0, 0.5),
            **(table_opening.genes(interface.table) if interface.table else {}),
        }
    )


def _layers(widths: tuple[int, ...], normalisation: str, activation: str) -> tuple[Record, ...]:
    usual = {"normalisation": normalisation, "activation": activation}
    return tuple(Record(width=width, **usual, inhibition=inhibition.OFF) for width in widths)


# Perceptrons that a thoughtful user would try first; some founders have one of these. The noise of
# batch normalisation costs small networks of values more than it gives (docs/decisions.md).
TEXTBOOK = tuple(
    Record(layers=_layers(*layers), dropout=0.0, **opening)
    for layers, opening in zip(
        (
            ((64, 64), "none", "silu"),
            ((64, 32), "batch", "relu"),
            ((32,), "none", "silu"),
            ((16, 16), "batch", "relu"),
        ),
        table_opening.TEXTBOOK,
        strict=True,
    )
)
# How they are trained, for they hardly learn a table by SGD in as many steps.
TRAINING = {
    "optimizer": "adamw",
    "learning_rate": 0.15,  # of SGD: AdamW takes a tenth
    "weight_decay": 1e-3,
    "schedule": "cosine",
}


def decode(values: Record, interface: Interface) -> NetworkSpec:
    """Build the network of a value of `genes`."""
    sketch = Sketch(interface.input_shape)
    if interface.table is not None:
        x = table_opening.lay_out(sketch, interface.table, values)
    else:
        x = sketch.opening(interface.normalization, flat=True)
    for stage, layer in enumerate(values["layers"]):
        x = _layer(sketch, stage, layer, x)
        x = sketch.dropout(f"layer{stage}_dropout", x, values["dropout"])
    sketch.add("logits", "linear", x, out_features=interface.outputs, bias=True)
    return sketch.finish()


def _layer(sketch: Sketch, stage: int, layer: Record, x: str) -> str:
    name, normalisation = f"layer{stage}", layer["normalisation"]
    bias = normalisation == "none"
    x = sketch.add(f"{name}_linear", "linear", x, out_features=layer["width"], bias=bias)
    if not bias:
        x = sketch.add(f"{name}_norm", f"{normalisation}_norm", x)
    x = sketch.add(f"{name}_activation", "activation", x, function=layer["activation"])
    site = f"stage{stage}"
    x = sketch.add(f"{name}_mask", "mask", x, site=site, stage=stage)
    # Genes of earlier versions lack it.
    genes_of_inhibition = layer.get("inhibition", inhibition.OFF)
    return sketch.inhibit(name, x, genes_of_inhibition, site, stage)
