"""How a network begins that reads rows of a table: its genes, and the nodes they stand for.

Numbers are scaled, filled where they are missing, perhaps encoded by bins and embedded, each by
itself; indicators tell what was missing; categories have trained vectors. All become one vector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from genomes.genes.gene import Choice, Conditional, Gene, Integer, Record, Value
from genomes.graph.sketch import Sketch
from genomes.graph.table_inputs import (
    BY_QUANTILES,
    BY_TARGET,
    QUANTILE,
    ROBUST,
    SCALINGS,
    TableInputs,
)

NO_BINS = 0
BINS = (NO_BINS, 4, 8, 16, 32)
WIDEST = 16  # numbers of a category's vector
NOT_EMBEDDED = 0
NUMBER_WIDTHS = (NOT_EMBEDDED, 2, 4, 8)  # numbers of the vector of a number
# How textbook networks begin, in order.
TEXTBOOK: tuple[Mapping[str, Value], ...] = (
    {"scaling": QUANTILE, "bins": 32, "edges": BY_TARGET, "number_embedding": 4, "embedding": 4},
    {"scaling": QUANTILE, "bins": NO_BINS, "number_embedding": NOT_EMBEDDED, "embedding": 4},
    {"scaling": ROBUST, "bins": 16, "edges": BY_TARGET, "number_embedding": 0, "embedding": 4},
    {"scaling": ROBUST, "bins": NO_BINS, "number_embedding": NOT_EMBEDDED, "embedding": 4},
)


def genes(table: TableInputs) -> dict[str, Gene]:
    """Return the genes that act for a table, by name."""
    of_numbers: dict[str, Gene] = {
        "scaling": Choice(SCALINGS),
        "bins": Choice(BINS, weights=(4, 1, 1, 1, 1)),
        "number_embedding": Choice(NUMBER_WIDTHS, weights=(3, 1, 1, 1)),
    }
    if table.cuts:
        binned = {"bins": BINS[1:]}
        of_numbers["edges"] = Conditional(Choice((BY_QUANTILES, BY_TARGET)), when=binned)
    of_categories: dict[str, Gene] = {"embedding": Integer(1, WIDEST, log=True)}
    return {
        **(of_numbers if table.quantiles else {}),
        **(of_categories if table.categories else {}),
    }


def lay_out(sketch: Sketch, table: TableInputs, values: Record) -> str:
    """Append what turns rows of a table into a vector; return the node that holds it."""
    rows, count = sketch.nodes[0].name, len(table.quantiles)
    parts = []
    if count:
        parts.append(_numbers(sketch, table, values))
    if table.lacking:
        parts.append(sketch.add("numbers_missing", "missing", rows, places=table.lacking))
    if table.categories:
        categories, width = table.categories, values["embedding"]
        parts.append(
            sketch.add(
                "categories_embed", "embed", rows, first=count, categories=categories, width=width
            )
        )
    x = parts[0]
    for place, part in enumerate(parts[1:]):
        x = sketch.add(f"columns_join{place}", "concatenate", x, part)
    return x


def _numbers(sketch: Sketch, table: TableInputs, values: Record) -> str:
    x, scaling, bins = sketch.nodes[0].name, values["scaling"], values["bins"]
    if table.categories:
        x = sketch.add("numbers_select", "select", x, start=0, stop=len(table.quantiles))
    x = sketch.add("numbers_scale", "normalize", x, **vars(table.scale(scaling)))
    x = sketch.add("numbers_fill", "fill", x, values=table.filling(scaling))
    if scaling == QUANTILE:
        x = sketch.add("numbers_quantiles", "quantiles", x, **table.normal_quantiles())
    elif scaling == ROBUST:
        x = sketch.add("numbers_clip", "soft_clip", x)
    counts = [1] * len(table.quantiles)
    if bins != NO_BINS:
        # Genes of earlier versions lack it.
        edges = table.edges(scaling, bins, values.get("edges") or BY_QUANTILES)
        counts = [len(row) - 1 for row in edges]
        x = sketch.add("numbers_bins", "piecewise", x, edges=edges)
    width = values.get("number_embedding", NOT_EMBEDDED)
    return x if width == NOT_EMBEDDED else _embedded(sketch, x, counts, width)


def _embedded(sketch: Sketch, x: str, counts: Sequence[int], width: int) -> str:
    """Append a vector of each number by itself: linear, then rectified (Gorishniy et al. 2022)."""
    connections, passed = [], 0
    for place, count in enumerate(counts):
        outputs = range(place * width, (place + 1) * width)
        connections += [(o, i) for o in outputs for i in range(passed, passed + count)]
        passed += count
    features = width * len(counts)
    x = sketch.add(
        "numbers_embed",
        "sparse_linear",
        x,
        out_features=features,
        edges=tuple(connections),
        bias=True,
    )
    x = sketch.add("numbers_activation", "activation", x, function="relu")
    return sketch.add("numbers_mask", "mask", x, site="numbers", stage=0)
