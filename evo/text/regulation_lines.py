"""A regulatory network as text: what each gene makes, and what makes or stops it."""

from __future__ import annotations

from genomes.chromosomes.regulation_genes import SIGNALS
from genomes.genes.gene import Record

FAINT = 0.05  # weights below it are left out


def regulation_lines(regulation: Record) -> list[str]:
    """Write one line a gene and one for what the stages read."""
    genes = regulation["network"]
    read = ", ".join(str(gene % len(genes)) for gene in regulation["readout"])
    lines = [f"gene {number}: {_gene(gene, len(genes))}" for number, gene in enumerate(genes)]
    return [*lines, f"stages read genes {read}"]


def _gene(gene: Record, count: int) -> str:
    names = [f"gene {number}" for number in range(count)] + list(SIGNALS)
    weights = [*gene["inputs"][:count], *gene["promoters"]]
    bound = [
        f"{'+' if weight > 0 else '-'} {abs(weight):.2g} {name}"
        for name, weight in zip(names, weights, strict=True)
        if abs(weight) >= FAINT
    ]
    made = " ".join([f"{gene['basal']:.2g}", *bound])
    constants = f"K {gene['half_saturation']:.2g}, n {gene['hill']:.2g}"
    return f"{made}; decay {gene['decay']:.2g}, {constants}"
