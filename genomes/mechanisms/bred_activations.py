"""Bred activation functions: trees of arithmetic, beside the five functions with names."""

from genomes.genes.activation import ACTIVATIONS

DEFAULT = False
OFF = {"architecture.*.activation": ACTIVATIONS}  # of stages or layers, as the family has them
