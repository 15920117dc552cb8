"""What a predictor predicts, its inputs and how it predicts, in words; also if it has no input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genomes.chromosomes.plain_predictors import PLAIN
from genomes.chromosomes.predictor import (
    COST_TERMINALS,
    CURVE_TERMINALS,
    JUVENILE,
    PEDIGREE_TERMINALS,
    SHOWN,
    in_use,
    parts_read,
)
from genomes.genes.gene import Record

STAGES = {"candidate": "candidate_expression", "juvenile": "juvenile_expression"}
READ: Mapping[str, tuple[str, ...]] = {  # what a formula may read of each group of features
    "costs": COST_TERMINALS,
    "pedigree": PEDIGREE_TERMINALS,
    "curve": CURVE_TERMINALS,
}
NOTHING = "none: predicts the mean"


def stage_words(stage: str) -> str:
    """Return what people call a stage of a male's life: `juvenile-2` is `partly trained 2`."""
    return stage.replace(JUVENILE, "partly trained").replace("-", " ")


def inputs_of(genes: Record) -> dict[str, str]:
    """Return the inputs for a `candidate` and for a `juvenile`."""
    return {stage: _inputs_of(genes, stage) for stage in STAGES}


def own_genes(genes: Record) -> dict[str, Any]:
    """Return the genes that say how it predicts: those in use, without its inputs.

    Those in which most females do not vary are left out where they are as usual.
    """
    said = ("reads_", "epochs_read", "ignored")
    return {
        name: gene
        for name, gene in in_use(genes).items()
        if not name.startswith(said) and (name not in PLAIN or gene != PLAIN[name])
    }


def _inputs_of(genes: Record, stage: str) -> str:
    parts = parts_read(genes, stage)
    if genes["kind"] == "expression":
        read = _read(genes[STAGES[stage]], parts)
        return ", ".join(read) or NOTHING
    epochs = genes.get("epochs_read", 1)
    curve = f"curve ({epochs} epoch{'s' if epochs > 1 else ''})"
    words = ", ".join(curve if part == "curve" else part for part in parts)
    ignored = ", ".join(name.replace("_", " ") for name in genes.get("ignored", ()))
    return f"{words}; not {ignored}" if ignored else words


def _read(formula: tuple[str | float, ...], parts: tuple[str, ...]) -> list[str]:
    """Name the inputs that a formula reads; anything else that it reads is zero."""
    seen = {name for part in parts for name in READ.get(part, ())}
    read = dict.fromkeys(token for token in formula if isinstance(token, str))
    shown = [n for n in read if n in seen or (n.startswith(SHOWN) and "shown" in parts)]
    return [name.removeprefix(SHOWN).replace("_", " ") for name in shown]
