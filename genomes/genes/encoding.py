"""Genomes as numbers: a generic encoding of any `Struct` of genes as one vector.

The encoding is compiled once into nested writers, for it runs on every candidate. How its values
become numbers each gene tells itself.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from genomes.genes.gene import Struct, Value

Array = npt.NDArray[np.float64]


class Encoding:
    """Vectors of equal length for all values of a `Struct`.

    Choices become one-hot columns (two options one column, numbers also their rank), numbers their
    position in [0, 1], lists their length, their first items and the mean over all items; what is
    `Fixed`, or kept by that from ever acting, becomes nothing, a conditional gene also tells
    whether it acts. Values that the genes do not allow are encoded without complaint.
    """

    names: tuple[str, ...]

    def __init__(self, struct: Struct) -> None:
        columns = struct.encode()
        self.names = tuple(name.removeprefix(".") for name in columns.names)
        self._write = columns.write

    def vector(self, value: Value) -> Array:
        """Encode a value; shape (len(self.names),), finite."""
        return np.array(self._write(value), dtype=np.float64)
