"""The vocabulary of genes: one typed value each, with its own sample, mutate and crossover.

Operators are pure functions of an explicit `random.Random`. None of these modules may know what a
gene is for.
"""

from genomes.genes.composite import Conditional, ListOf, Struct, leaves
from genomes.genes.protocol import Columns, Compound, Gene, Path, Sibling, encode, names_of
from genomes.genes.single import Choice, Fixed, Integer, Real, pin
from genomes.genes.value import Record, Value, canonical, freeze

__all__ = [
    "Choice",
    "Columns",
    "Compound",
    "Conditional",
    "Fixed",
    "Gene",
    "Integer",
    "ListOf",
    "Path",
    "Real",
    "Record",
    "Sibling",
    "Struct",
    "Value",
    "canonical",
    "encode",
    "freeze",
    "leaves",
    "names_of",
    "pin",
]
