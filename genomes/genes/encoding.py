"""Genomes as numbers: a generic encoding of any `Struct` of genes as one vector.

The encoding is compiled once into nested writers, for it runs on every candidate. How its values
become numbers each gene tells itself.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import numpy.typing as npt

from genomes.genes.gene import Struct, Value, names_of

Array = npt.NDArray[np.float64]
_POSITION = re.compile(r"\.(\d+|mean)(?=[.=]|$)")  # of an item in a list, in a column's name
_END = re.compile(r"[.=]")  # of a name within it


class Encoding:
    """Vectors of equal length for all values of a `Struct`.

    Choices become one-hot columns (two options one column, numbers also their rank), numbers their
    position in [0, 1], lists their length, their first items and the mean over all items; what is
    `Fixed`, or kept by that from ever acting, becomes nothing, a conditional gene also tells
    whether it acts. Values that the genes do not allow are encoded without complaint.
    """

    names: tuple[str, ...]  # of the columns
    genes: tuple[str, ...]  # that have columns, called as a pin names them

    def __init__(self, struct: Struct) -> None:
        columns = struct.encode()
        self.names = tuple(name.removeprefix(".") for name in columns.names)
        shown = frozenset().union(*map(genes_shown, self.names))
        self.genes = tuple(gene for gene in names_of(struct) if gene in shown)
        self._write = columns.write

    def vector(self, value: Value) -> Array:
        """Encode a value; shape (len(self.names),), finite."""
        return np.array(self._write(value), dtype=np.float64)


@cache
def genes_shown(column: str) -> frozenset[str]:
    """Return what a column may show, as a pin would name it: a gene, and all it is within.

    Of a gene in a list it is that of any item: `stages.0.width.square` shows `stages.width`.
    """
    found = {column}
    for name in (column, _POSITION.sub("", column)):
        found |= {name[: end.start()] for end in _END.finditer(name)} | {name}
    return frozenset(found)
