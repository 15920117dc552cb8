"""Gathers what the report shows: plain data, section by section."""

from __future__ import annotations

from typing import Any

from evo.record.run_folder import RunFolder
from evo.report import (
    failures,
    figures,
    front,
    genes,
    language,
    networks,
    number_genes,
    overall,
    predictors,
    stages,
)
from evo.report.source import opened

FORMAT = 1  # of the data in the page


def gather(folder: RunFolder) -> dict[str, Any]:
    """Return the data of the page; raises `BadInput` if the run cannot be read."""
    with opened(folder) as source:
        found = networks.members(source)
        return {
            "format": FORMAT,
            "name": folder.path.resolve().name,
            **overall.facts(source),
            "front": front.section(source),
            "networks": {genome: member.data() for genome, member in found.items()},
            "progress": figures.progress(source),
            "predictors": predictors.section(source),
            "genes": number_genes.added(genes.section(source), source),
            "stages": stages.section(source, found),
            "language": language.section(source, found),
            "failures": failures.rows(source),
            "costs": figures.costs(source),
        }
