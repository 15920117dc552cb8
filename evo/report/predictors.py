"""The predictors: their skill, what their mistakes cost, and the best of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from evo.breeding.run_skill import LEAST_AUDITS, WrongRejections, skill_over, wrong_rejections
from evo.breeding.skill_record import SkillRecord
from evo.report.figures import GREY, VERMILION, figure, line, plain_text
from evo.report.formulas import mathematics
from evo.report.front import kind, title
from evo.report.source import Source
from evo.strategy import decisions_after
from evo.text.amounts import count, percent, signed
from evo.text.predictor_words import inputs_of
from fitness.prediction.features import main_outcome
from genomes.chromosomes.predictor import CANDIDATE, in_use
from genomes.genes.genome import Genome

DASHES = ("dash", "dot", "dashdot")  # of the controls' lines
POINTS = 1500  # of predictions beside results
Stages = Mapping[str, Any]


def section(source: Source) -> dict[str, Any]:
    """Return the figures, the audit in words, and the living females, the most skilled first."""
    if not any(value is not None for value in source.series("ensemble_skill")):
        return {"figures": [], "audit": [], "females": []}
    drawn = [_skill(source), _truth(source), _calibration(source), _rejected(source)]
    return {
        "figures": [figure for figure in drawn if figure is not None],
        "audit": _audit(source),
        "females": _females(source),
        "decisions": list(decisions_after(source.stages)),
    }


def _skill(source: Source) -> dict[str, Any]:
    generations, early = source.series("generation"), f"early {title(source.main)}"
    controls = {"early_skill": early, "plan_skill": "size alone", "parents_skill": "parents' mean"}
    lines = [
        {
            **line(generations, source.series(column), name),
            "line": {"color": GREY, "width": 2, "dash": dash},
        }
        for (column, name), dash in zip(controls.items(), DASHES, strict=True)
        if any(value is not None for value in source.series(column))
    ]
    return figure(
        f"Skill of the predictors (females) beside {early}",
        [
            line(generations, source.series("ensemble_skill"), "the ensemble of predictors", 1),
            *lines,
        ],
        "generation",
        "Kendall's τ",
        "Rank correlation of predictions for partly trained networks with their results when "
        "fully trained, over the latest 60 results; 0 is guessing, 1 every pair in order.",
    )


def _calibration(source: Source) -> dict[str, Any] | None:
    bias, error = source.series("ensemble_bias"), source.series("ensemble_error")
    if all(value is None for value in bias):
        return None
    generations = source.series("generation")
    return figure(
        "Calibration: predicted minus true",
        [
            line(generations, bias, "bias", 1),
            {
                **line(generations, error, "root mean square error", 0),
                "line": {"color": GREY, "width": 2, "dash": "dash"},
            },
        ],
        "generation",
        plain_text(title(source.main)),
        "A bias above 0: the ensemble predicts too much.",
    )


def _truth(source: Source) -> dict[str, Any] | None:
    """Draw the ensemble's predictions at the last decision about the fully trained against their
    results.
    """
    if source.main not in source.adults:
        return None
    adults = source.adults.set_index("genome")[source.main].to_dict()
    asked = (
        "SELECT male, predicted FROM predictions WHERE female = 'ensemble' AND stage <> ? "
        "ORDER BY rowid"
    )
    last: dict[str, str] = dict(source.rows(asked, [CANDIDATE]))
    told = [
        (float(value), adults[male], male)
        for male, text in last.items()
        if male in adults and isinstance(value := json.loads(text).get(source.main), int | float)
    ]
    if not told:
        return None
    shown = told[:: max(1, -(-len(told) // POINTS))]
    low = min(min(row[:2]) for row in shown)
    high = max(max(row[:2]) for row in shown)
    shares = {"tickformat": ".0%"} if kind(source.main) == "share" else {}
    name = plain_text(title(source.main))
    return figure(
        "Predicted against true, of all fully trained networks",
        [
            {
                "type": "scatter",
                "mode": "lines",
                "x": [low, high],
                "y": [low, high],
                "name": "as predicted",
                "line": {"color": GREY, "width": 1, "dash": "dash"},
                "hoverinfo": "skip",
            },
            {
                "type": "scatter",
                "mode": "markers",
                "x": [row[0] for row in shown],
                "y": [row[1] for row in shown],
                "text": [plain_text(row[2]) for row in shown],
                "name": "networks",
                "marker": {"color": VERMILION, "size": 6, "opacity": 0.6},
                "hovertemplate": "%{text}<br>predicted %{x:.4f}<br>true %{y:.4f}<extra></extra>",
            },
        ],
        f"{name} predicted by the ensemble",
        f"true {name}",
        f"{len(shown)} of {len(told)} are drawn." if len(shown) < len(told) else "",
        xaxis=shares,
        yaxis=shares,
    )


def _rejected(source: Source) -> dict[str, Any] | None:
    values, found = source.series("wrongly_rejected"), _wrong(source)
    if all(value is None for value in values) or found.audits < LEAST_AUDITS:
        return None
    total, running = 0.0, []
    for value in values:
        total += value or 0.0
        running.append(total)
    return figure(
        "Good networks wrongly rejected, estimated",
        [
            {
                **line(source.series("generation"), running, "so far", 1),
                "line": {"color": VERMILION, "width": 2, "shape": "hv"},
            }
        ],
        "generation",
        "networks, in total",
        "Rejected networks that would have extended the front. Only audits show them; each "
        "audited network stands for all that were rejected with its chance. By the end: "
        + found.text()
        + ".",
        yaxis={"rangemode": "nonnegative"},
    )


def _wrong(source: Source) -> WrongRejections:
    if source.config:
        share = source.config.audit_share or 0.0
        equal = source.config.audit == "equal"
        return wrong_rejections(source.summaries, share if equal else None)
    share = source.function.get("settings", {}).get("audit_share")
    return wrong_rejections(source.summaries, float(share or 0.0))


def _audit(source: Source) -> list[tuple[str, str]]:
    def total(name: str) -> float:
        return sum(summary.get(name) or 0.0 for summary in source.summaries)

    last = source.summaries[-1]
    slope = last.get("ensemble_slope")
    return [
        (
            "epochs saved",
            f"{count(last.get('epochs_saved'))} "
            f"({percent(last.get('epochs_saved_share'), 0)} of training every network fully)",
        ),
        (
            "partly trained",
            f"{count(total('juveniles'))} networks, {count(total('adults'))} of them then fully",
        ),
        *_ladder(source),
        (
            "audited",
            f"{count(total('audited'))} rejected networks, fully trained to check predictors",
        ),
        ("wrongly rejected", _wrong(source).text()),
        ("skill over the run", f"{skill_over(source.summaries).text()}, Kendall's τ"),
        (
            "slope of results",
            f"{signed(slope)} over predictions; below 1 the ensemble is too bold",
        ),
    ]


def _ladder(source: Source) -> list[tuple[str, str]]:
    """Say how many networks came to each stage of a ladder; nothing of two stages."""
    if len(source.stages) < 3:
        return []
    asked = "SELECT stage, COUNT(*) FROM trials GROUP BY stage ORDER BY MIN(rowid)"
    reached = (number for _, number in source.rows(asked))
    stages = zip(source.stages, reached, strict=False)
    return [("trained for", "; ".join(f"{n} epochs: {count(number)}" for n, number in stages))]


def _females(source: Source) -> list[dict[str, Any]]:
    """Describe the females alive after the last generation; none if no sound snapshot is left."""
    snapshot = source.folder.latest_snapshot(lambda _: None)
    column = main_outcome(source.objectives)
    found = []
    try:
        for entry in snapshot[1]["strategy"]["predictors"]["females"] if snapshot else []:
            genome = source.store.find_genome(entry["id"])
            if genome is not None:
                found.append(_female(genome, entry["skill_records"], column))
    except (KeyError, TypeError, ValueError, IndexError):
        return []  # of a strategy without females, or not as this version of evo writes it
    return sorted(found, key=_by_skill)


def _by_skill(female: Mapping[str, Any]) -> tuple[bool, float, str]:
    skill = female["skill"]
    return skill is None, -(skill or 0.0), female["genome"]


def _female(genome: Genome, skill_records: Stages, column: int) -> dict[str, Any]:
    """Describe one: her skill with the main objective (None while untested), her inputs by
    stage, and her formulas.
    """
    skills = {}
    for stage, state in skill_records.items():
        if state[
            "scored_predictions"
        ]:  # before, only a guess from the adults that she was fitted to
            values = SkillRecord.restored(state).skills
            skills[stage] = float(values[min(column, len(values) - 1)])
    genes = in_use(genome.chromosomes["predictor"])
    formulas = {
        name.removesuffix("_expression"): mathematics(genes[name])
        for name in ("juvenile_expression", "candidate_expression")
        if name in genes
    }
    return {
        "genome": genome.id,
        "kind": genes["kind"],
        "skill": sum(skills.values()) / len(skills) if skills else None,
        "skills": skills,
        "truths": max(
            (len(state["scored_predictions"]) for state in skill_records.values()), default=0
        ),
        "inputs": inputs_of(genome.chromosomes["predictor"]),
        "formulas": formulas,
    }
