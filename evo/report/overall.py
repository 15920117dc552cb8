"""The settings of a run, its end and its cost, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evo.findings.baselines import comparison, read_baselines
from evo.record.data_facts import data_lines, read_data
from evo.record.recorder import NOT_REPRODUCIBLE
from evo.report.source import Source
from evo.running.forecasting import compared
from evo.running.overview import overview
from evo.settings.config import RunConfig, metric_of, stages_of
from evo.text.amounts import INHERITED, count, duration, percent, short_count
from evo.text.figures import figure, label
from fitness.stages import in_words

ENDS = {
    "generations": "all generations are done",
    "budget": "the budget of epochs is spent",
    "minutes": "the time limit was reached",
    "exhausted": "the space holds nothing new",
}
ALARMS = 20  # the latest warnings and errors

Fact = tuple[str, str]


def facts(source: Source) -> dict[str, Any]:
    """Return the state in a sentence, the facts as pairs of label and text, and the alarms."""
    seen, meta = overview(source.folder), source.store.meta()
    reason = meta.get("reason") or ""
    ended = f", {ENDS.get(reason, reason)}" if reason else ""
    of = f" of {seen.generations}" if seen.generations else ""
    alarms = [event for event in source.store.events() if event.level != "info"]
    return {
        "state": f"{seen.task}: {seen.state} after {seen.generations_done}{of} generations{ended}",
        "facts": [
            fact for fact in (*_asked(source), *_data(source), *_reached(source)) if fact[1]
        ],
        "spent": _spent(source),
        "chance": meta.get(NOT_REPRODUCIBLE, ""),
        "alarms": [f"{event.time} {event.level}: {event.text}" for event in alarms[-ALARMS:]],
        "alarms_in_all": len(alarms),
    }


def _asked(source: Source) -> list[Fact]:
    if source.config:
        return _of_networks(source.config)
    function = source.function
    settings = function.get("settings", {})
    *early, full = settings.get("stages", [0])
    wanted = ", ".join(
        f"{name} ({'higher' if source.rises(name) else 'lower'} is better)"
        for name in source.objectives
    )
    found = [
        ("function", str(function.get("evaluate", ""))),
        ("objectives", wanted),
        ("strategy", f"{function.get('strategy')}, seed {function.get('seed')}"),
        ("exchanged operators", _named(function.get("operators", {}))),
        (
            "population",
            f"{settings.get('population')} males, {settings.get('females')} predictors (females)",
        ),
        (
            "epochs",
            f"{in_words(early)} early, {full} full" if early else f"{full}",
        ),
        ("evo", str(function.get("evo_version", ""))),
    ]
    space = function.get("space", {})
    return [*found, *((f"space: {name}", str(gene)) for name, gene in space.items())]


def _epochs(config: RunConfig) -> str:
    *early, full = stages_of(config) or (0,)
    if not early:
        return str(full or "")
    last = "" if len(early) == 1 else " in the end"
    return (
        f"{in_words(early)} partly trained, {full} fully trained; "
        f"{percent(config.promoted_share, 0)} of the partly trained go on{last}, "
        f"{percent(config.audit_share, 0)} of the others are audited"
    )


def _named(table: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in table.items())


def _of_networks(config: RunConfig) -> list[Fact]:
    reference, metric = config.reference_point or {}, metric_of(config).name
    return [
        ("task", config.task),
        ("metric", label(metric) if metric not in config.objectives else ""),
        ("objectives", ", ".join(map(label, config.objectives))),
        ("loss", config.loss or ""),
        ("strategy", f"{config.strategy}, seed {config.seed}, on {config.device}"),
        (
            "population",
            f"{config.population} networks (males), {config.females} predictors (females); "
            f"{config.sons} and {config.daughters} new ones a generation",
        ),
        (
            "epochs",
            _epochs(config),
        ),
        ("inherited", INHERITED[config.inherit]),
        ("pinned", _named(config.pins)),
        ("exchanged operators", _named(config.operators)),
        ("mechanisms", ", ".join(config.mechanisms or ()) or "none"),
        (
            "reference point",
            ", ".join(f"{label(name)} {value:g}" for name, value in reference.items()),
        ),
        ("numerics", f"{config.precision}, {config.memory_format}, runner {config.runner}"),
        ("evo", config.evo_version or ""),
    ]


def _reached(source: Source) -> list[Fact]:
    if not source.summaries:
        return []
    last = source.summaries[-1]
    best = last.get("best_metric")
    return [
        ("hypervolume", f"{_number(last, 'hypervolume'):.4f}"),
        (f"best {label(source.main)}", figure(source.main, best)),
        ("front", f"{len(source.front)} members"),
        *_baselines(source),
    ]


def _data(source: Source) -> list[Fact]:
    found = read_data(source.store)
    return data_lines(found) if found else []


def _baselines(source: Source) -> list[Fact]:
    found = read_baselines(source.store)
    said = [("without a search", one.text()) for one in found]
    text = comparison(found, source.front)
    return [*said, ("better than that", text)] if text else said


def _spent(source: Source) -> list[Fact]:
    if not source.summaries:
        return []
    last = source.summaries[-1]
    engine = sum(_number(summary, "engine_seconds") for summary in source.summaries)
    training = _number(last, "training_seconds")
    share = engine / (engine + training) if engine + training else None
    return [
        ("epochs trained", count(last.get("epochs_spent"))),
        (
            "epochs saved",
            f"{count(last.get('epochs_saved'))}, "
            f"{percent(last.get('epochs_saved_share'), 0)} of training every network fully",
        ),
        ("training", f"{short_count(last.get('training_flops'))}FLOPs, {duration(training)}"),
        ("evo itself", f"{duration(engine)}, {percent(share, 1)} of the time"),
        *([("forecast and result", found.text())] if (found := compared(source.store)) else []),
    ]


def _number(summary: Mapping[str, Any], name: str) -> float:
    value = summary.get(name)
    return float(value) if isinstance(value, int | float) else 0.0
