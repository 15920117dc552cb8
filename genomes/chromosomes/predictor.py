"""The predictor chromosome: which features a female reads and how she predicts.

`CANDIDATE_TERMINALS` and `JUVENILE_TERMINALS` name the features that her formulas may read;
`fitness.prediction.features` computes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from genomes.chromosomes.feature_subset import FeatureSubset
from genomes.chromosomes.plain_predictors import ANCHORS, HALF_LIVES, PLAIN
from genomes.genes.expression import Expression
from genomes.genes.gene import Choice, Gene, Integer, Real, Record, Struct, Value

KINDS = ("expression", "forest", "gaussian-process", "nearest", "power-law", "rank", "ridge")
OWN_GENES: Mapping[str, tuple[str, ...]] = {  # which genes only these kinds read
    "expression": ("candidate_expression", "juvenile_expression"),
    "forest": ("forest_trees", "forest_depth"),
    "nearest": ("neighbours", "genome_share"),
    "power-law": ("ridge_penalty",),
    "rank": ("ridge_penalty", "pairwise"),
    "ridge": ("ridge_penalty", "pairwise"),
}
# Stages of a male's life at which he is predicted; later decisions have further names.
CANDIDATE, JUVENILE = "candidate", "juvenile"
PARTS = (
    "genome",
    "costs",
    "pedigree",
    "curve",
    "shown",
)  # groups of features; a gene `reads_...` each

COST_TERMINALS = (
    "log_dense_parameters",
    "log_flops",
    "log_activations",
    "planned_active_ratio",
    "log_planned_parameters",
    "inherited_share",
)
PEDIGREE_TERMINALS = ("parents_mean", "parents_max", "kin_mean", "kin_max")
CURVE_TERMINALS = (
    "metric_last",
    "metric_mean",
    "metric_slope",
    "train_loss_last",
    "validation_loss_last",
    "validation_loss_slope",
    "loss_gap",
    "log_gradient_norm",
    "active_ratio_last",
)
CANDIDATE_TERMINALS = COST_TERMINALS + PEDIGREE_TERMINALS
JUVENILE_TERMINALS = CANDIDATE_TERMINALS + CURVE_TERMINALS
SHOWN = "shown."  # prefix of what else a juvenile showed, in formulas and among columns


def genes(
    juvenile_epochs: int,
    kinds: tuple[str, ...] = KINDS,
    shown: tuple[str, ...] = (),
    features: Sequence[str] = (),
) -> Struct:
    """Return the genes of a female who sees at most `juvenile_epochs` epochs of a curve.

    `kinds` are names of registered predictor kinds; plugins add to them. `shown` names what else
    is known to be shown by every juvenile, so that formulas may read it.
    """
    if juvenile_epochs < 1:
        raise ValueError(f"received juvenile_epochs={juvenile_epochs}, expected at least 1")
    flag, seen = Choice((True, False)), tuple(f"{SHOWN}{name}" for name in shown)
    fields: dict[str, Gene] = {
        "kind": Choice(kinds),
        "reads_genome": flag,
        "reads_costs": flag,
        "reads_pedigree": flag,
        "reads_curve": flag,
        "reads_shown": flag,
        "ignored": FeatureSubset((*features, *JUVENILE_TERMINALS, *seen)),
        "epochs_read": Integer(1, juvenile_epochs),
        "anchored": flag,
        "anchor": Choice(ANCHORS),
        "anchor_records": Real(0.3, 100.0, log=True),
        "inputs": Choice(("standard", "scores")),
        "transform": Choice(("none", "logit", "rank")),
        "window": Integer(20, 150, log=True),
        "half_life": Choice(HALF_LIVES),
        "ridge_penalty": Real(1e-3, 1e3, log=True),
        "pairwise": flag,
        "neighbours": Integer(1, 20, log=True),
        "genome_share": Real(0.05, 0.95),
        "forest_trees": Integer(5, 30),
        "forest_depth": Integer(2, 8),
        "candidate_expression": Expression(CANDIDATE_TERMINALS),
        "juvenile_expression": Expression(JUVENILE_TERMINALS + seen),
    }
    return Struct(fields)


def in_use(genes: Record) -> Record:
    """Return the genes that make a difference to this predictor; those of other kinds do not."""
    idle = {name for names in OWN_GENES.values() for name in names}
    idle -= set(OWN_GENES.get(genes["kind"], ()))
    if not genes["reads_curve"]:
        idle |= {"epochs_read", "anchored"}
    if "anchored" in idle or not genes.get("anchored"):
        idle |= {"anchor"}
    return Record({name: value for name, value in genes.items() if name not in idle})


def parts_read(genes: Record, stage: str) -> tuple[str, ...]:
    """Return which groups of features she reads of a `candidate`, or of a juvenile.

    Costs, if her genes leave nothing else to read: what is shown may be nothing.
    """
    born = () if stage == CANDIDATE else ("curve", "shown")
    parts = [part for part in PARTS if genes.get(f"reads_{part}")]
    parts = [part for part in parts if part in born or part not in ("curve", "shown")]
    return tuple(parts) if set(parts) - {"shown"} else ("costs", *parts)


# Predictors that a thoughtful user would write down at once; the first females carry them.
# docs/decisions.md says how they were chosen.
CLASSICS: tuple[Mapping[str, Value], ...] = (
    {"kind": "gaussian-process"},
    {"kind": "forest", "forest_trees": 20, "forest_depth": 6},
    {"kind": "rank", "ridge_penalty": 30.0, "pairwise": True},
    {
        "kind": "expression",
        "reads_genome": False,
        "juvenile_expression": ("metric_last",),
        "candidate_expression": ("log_planned_parameters",),
    },
    {"kind": "ridge", "ridge_penalty": 30.0, "pairwise": False},
)


def classic(number: int, drawn: Record, struct: Struct) -> Record:
    """Turn drawn predictor genes into a classic one: reads all, the whole curve, a long window.

    `number` counts through `CLASSICS` and starts again. What `struct` pins stays as it is.
    """
    epochs = struct.fields["epochs_read"]
    wanted: dict[str, Value] = {f"reads_{part}": True for part in PARTS}
    wanted |= PLAIN
    wanted |= {"transform": "rank", "inputs": "scores", "window": 150, "anchored": True}
    wanted |= CLASSICS[number % len(CLASSICS)]
    wanted["epochs_read"] = getattr(epochs, "high", drawn["epochs_read"])
    return struct.overriding(drawn, wanted)


# Controls: predictors that nobody has to learn, by their names beside the ids of females.
CONTROL = "control-"
PLAN, PARENTS, EARLY = (CONTROL + name for name in ("plan", "parents", "early"))
# The column that each reads of a candidate, and of a juvenile; its scale alone is fitted.
CONTROL_COLUMNS: Mapping[str, tuple[str, str]] = {
    PLAN: ("log_planned_parameters", "log_planned_parameters"),
    PARENTS: ("parents_mean", "parents_mean"),
    EARLY: ("log_planned_parameters", "metric_last"),
}


def is_control(name: str) -> bool:
    """Tell whether a member of the ensemble is a control, and no female."""
    return name in CONTROL_COLUMNS


def controls(epochs: int) -> dict[str, Record]:
    """Return the genes of all controls by name; `epochs` of a curve are seen at most.

    Without any, `EARLY` has nothing to look at and is left out.
    """
    return {
        name: _control(candidate, juvenile, max(1, epochs))
        for name, (candidate, juvenile) in CONTROL_COLUMNS.items()
        if name != EARLY or epochs
    }


def _control(candidate: str, juvenile: str, epochs: int) -> Record:
    reads = {f"reads_{part}": part not in ("genome", "shown") for part in PARTS}
    return Record({
        **reads, "kind": "expression", "anchored": False, "epochs_read": epochs,
        "inputs": "scores", "transform": "rank", "window": 150,
        "candidate_expression": (candidate,), "juvenile_expression": (juvenile,),
    })  # fmt: skip
