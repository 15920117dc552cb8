"""Family `gru`: gated recurrent units over tokens, an answer at each position.

Layers of units (Cho et al. 2014, https://arxiv.org/abs/1406.1078), one on the other. Masks act on
units. The state is all that a position knows of those before.
"""

from __future__ import annotations

from genomes.chromosomes.training_genes import WITHOUT_AUGMENTATION
from genomes.genes.gene import Choice, Fixed, ListOf, Real, Record, Struct
from genomes.graph.interface import Interface
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec
from genomes.layout.text_ends import SCORED_WIDTH, check_text

READS_TOKENS = True

# How founders of `TEXTBOOK` are trained: a gain for rectifiers does not suit recurrent weights.
TRAINING = {
    "optimizer": "adamw",
    "learning_rate": 0.1,  # of SGD: AdamW takes a tenth
    "weight_decay": 1e-3,
    "schedule": "cosine",
    "label_smoothing": 0.0,
    **WITHOUT_AUGMENTATION,
    "initialisation": "scaled-normal",
}


def genes(interface: Interface) -> Struct:
    """Return the genes of the family; raise ValueError for anything but texts to continue."""
    check_text(interface, "gru")
    layer = Struct({"units": Choice((32, 48, 64, 96, 128, 192, 256))})
    return Struct(
        {
            "family": Fixed("gru"),
            "layers": ListOf(layer, 1, 3),
            "embedding": Choice((16, 32, 64, 96, 128)),
            "tied": Choice((True, False)),
            "dropout": Real(0.0, 0.5, skew=3.0),
        }
    )


def decode(values: Record, interface: Interface) -> NetworkSpec:
    """Build the network of a value of `genes`."""
    assert interface.tokens is not None  # as `genes` asks
    sketch, width = Sketch(interface.input_shape), values["embedding"]
    table = sketch.add(
        "embed_table", "token_table", "input", out_channels=width, tokens=interface.tokens
    )
    x = sketch.add("embed_lookup", "token_lookup", table, "input")
    x = sketch.dropout("embed_dropout", x, values["dropout"])
    for stage, layer in enumerate(values["layers"]):
        name = f"layer{stage}"
        x = sketch.add(f"{name}_gru", "gru", x, units=layer["units"])
        x = sketch.add(f"{name}_mask", "mask", x, site=name, stage=stage)
        x = sketch.dropout(f"{name}_dropout", x, values["dropout"])
    if values["tied"] and interface.outputs == interface.tokens:
        # Between units, which are masked, and the table (Press & Wolf 2017, section 3).
        x = sketch.add("head_joined", "linear", x, out_features=width, bias=True)
        sketch.add("scores", "token_scores", x, table, scale=SCORED_WIDTH / width)
    else:
        sketch.add("logits", "linear", x, out_features=interface.outputs, bias=True)
    return sketch.finish()


def _network(embedding: int, *units: int) -> Record:
    layers = tuple(Record(units=number) for number in units)
    return Record(layers=layers, embedding=embedding, tied=True, dropout=0.0)


# Some founders have one of these, which fit the limits of tasks `text:`.
TEXTBOOK = (_network(64, 128), _network(64, 128, 128), _network(64, 192), _network(32, 96))
