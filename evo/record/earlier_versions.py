"""Runs that an earlier version of evo left: what is read as it is, and what cannot go on, and why.

Tables, snapshots, genomes and checkpoints carry the number of their format, which is checked where
they are read; `evo.record.earlier_names` translates names. Which genes there are has no number:
those of a mechanism that came later are added, switched off, and all are compared one by one, for
a population that lacks some cannot be bred on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from evo.version import VERSION
from genomes.chromosomes.plain_predictors import PLAIN
from genomes.chromosomes.space import reads_tokens
from genomes.chromosomes.training_genes import WITHOUT_AUGMENTATION
from genomes.genes.gene import Conditional, Gene, ListOf, Record, Struct, Value
from genomes.genes.genome import Genome, Space

NAMED = 6  # genes, where more differ
# Genes by chromosome that came after runs were recorded, as these trained and predicted.
LATER: Mapping[str, Mapping[str, Value]] = {
    "training": {
        "teaching": False,
        "teaching_temperature": None,
        "teaching_weight": None,
        "credit": "backpropagation",
    },
    "predictor": PLAIN,
}
LATER_OF_TEXTS: Mapping[str, Mapping[str, Value]] = {"training": WITHOUT_AUGMENTATION}


def written_by(version: str | None) -> str:
    """Say which evo wrote something, beside which one this is."""
    if version == VERSION:  # between releases the number stays
        return f"another state of evo {VERSION}"
    return f"evo {version or '(version unknown)'}; this is evo {VERSION}"


def with_later_genes(genome: Genome) -> Genome:
    """Return the genome with the genes it was recorded without, switched off.

    They are no part of a network's trajectory key, so what it was trained to stays known.
    """
    chromosomes = genome.chromosomes
    of_texts = LATER_OF_TEXTS if reads_tokens(chromosomes.get("architecture", Record())) else {}
    known = {
        name: {**genes, **of_texts.get(name, {})}
        for name, genes in LATER.items()
        if name in chromosomes and _is_evos(name, genome)
    }
    later = {
        name: Record({**genes, **chromosomes[name]})
        for name, genes in known.items()
        if not genes.keys() <= chromosomes[name].keys()
    }
    return replace(genome, chromosomes=chromosomes.replacing(**later)) if later else genome


def _is_evos(chromosome: str, genome: Genome) -> bool:
    """Tell whether a chromosome is evo's: a predictor, or another beside a network."""
    return chromosome == "predictor" or "architecture" in genome.chromosomes


def genes_apart(space: Space, genomes: Iterable[Genome]) -> str:
    """Say which genes of the space the genomes lack, or have besides; empty if none."""
    found: dict[tuple[str, str], None] = {}
    for genome in genomes:
        found |= dict.fromkeys(_apart(Struct(space.chromosomes), genome.chromosomes, ""))
    parts = [
        f"{verb} {_named([name for v, name in found if v == verb])}"
        for verb in ("lack", "have the unknown")
        if any(v == verb for v, _ in found)
    ]
    return f"its genomes {' and '.join(parts)}" if parts else ""


def _apart(gene: Gene, value: Value, path: str) -> Iterator[tuple[str, str]]:
    """Yield what a value lacks, or has besides, by dotted name; items of lists alike."""
    if isinstance(gene, Conditional):
        gene = gene.gene
    if isinstance(gene, Struct) and isinstance(value, Mapping):
        for name in dict.fromkeys([*gene.fields, *value]):
            dotted = f"{path}.{name}" if path else name
            if name not in value:
                yield "lack", dotted
            elif name not in gene.fields:
                yield "have the unknown", dotted
            else:
                yield from _apart(gene.fields[name], value[name], dotted)
    elif isinstance(gene, ListOf) and isinstance(value, tuple):
        for item in value:
            yield from _apart(gene.gene, item, path)


def _named(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"gene{'s' if len(names) > 1 else ''} {', '.join(names[:NAMED])}{more}"
