"""Initial weights by kind of layer: each has a family, a gain and a spread of its own."""

from genomes.chromosomes.training_genes import INITIALISATIONS, LAYER_KINDS

DEFAULT = False
# The genes by kind never act then; they are fixed, so that nothing is drawn or encoded for them.
NEVER = {"family": "kaiming", "gain": 1.0, "spread": "normal"}
OFF = {
    "training.initialisation": INITIALISATIONS,
    **{
        f"training.initial_weights.{kind}.{gene}": value
        for kind in LAYER_KINDS
        for gene, value in NEVER.items()
    },
}
