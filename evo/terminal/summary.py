"""What `evo show RUN` prints of a run besides its front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evo.breeding.run_skill import skill_over
from evo.files.paths import shown
from evo.record.data_facts import data_lines, read_data, written
from evo.record.disk_use import disk_text
from evo.record.recorder import NOT_REPRODUCIBLE
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.running.forecasting import compared
from evo.running.overview import overview
from evo.settings.config import RunConfig, load_toml, metric_of, stages_of
from evo.settings.function_config import read_function_config
from evo.terminal.function_lines import function_settings
from evo.text.amounts import INHERITED, count, duration, percent, short_count, sparkline
from fitness.stages import in_words

EVENTS = 5  # the latest warnings and errors
BARS = 50  # of the sparkline at most


def summary_lines(folder: RunFolder) -> list[str]:
    """Describe a run: how it stands, its settings, its cost, the skill of its predictors."""
    asked, seen = _asked(folder), overview(folder)
    of = f" of {seen.generations}" if seen.generations else ""
    with Store.open(folder.database, read_only=True) as store:
        summaries, events = store.generations(), store.events()
        chance, forecast = store.meta().get(NOT_REPRODUCIBLE), compared(store)
        data = read_data(store)
    lines = [
        f"{shown(folder.path)}: {seen.state}, generation {seen.generations_done}{of}",
        *asked,
        *(written(data_lines(data)) if data else ()),
    ]
    if summaries:
        lines += _figures(summaries)
    lines.append(f"disk        {disk_text(folder)}")
    alarms = [event for event in events if event.level != "info"]
    lines += [f"{event.level:<12}{event.text}" for event in alarms[-EVENTS:]]
    if chance:
        lines.append(f"not reproducible: another machine may not repeat this ({chance})")
    if forecast:
        lines.append(forecast.text())
    return [*lines, ""]


def event_lines(folder: RunFolder) -> list[str]:
    """List all events of a run, oldest first: time in UTC, level, text."""
    with Store.open(folder.database, read_only=True) as store:
        events = store.events()
    if not events:
        return [f"no event is recorded in {shown(folder.path)} yet"]
    return [f"{e.time[:19].replace('T', ' ')}  {e.level:<9}{e.text}" for e in events]


def _asked(folder: RunFolder) -> list[str]:
    function = read_function_config(folder.config)
    if function is not None:
        return function_settings(function)
    config = load_toml(folder.config)
    metric_of(config)  # of a plugin: known by its label from here on
    return _settings(config)


def _settings(config: RunConfig) -> list[str]:
    pins, operators = (
        ", ".join(f"{name}={value}" for name, value in table.items())
        for table in (config.pins, config.operators)
    )
    return [
        f"task        {config.task}, seed {config.seed}, strategy {config.strategy}, on "
        f"{config.device}",
        f"population  {config.population} networks (males), {config.females} predictors "
        f"(females); {config.sons} and {config.daughters} new ones a generation",
        f"epochs      {_epochs(stages_of(config))}",
        f"inherited   {INHERITED[config.inherit]}",
        *([f"pinned      {pins}"] if pins else []),
        *([f"operators   {operators}"] if operators else []),
        *([f"loss        {config.loss}"] if config.loss else []),
    ]


def _epochs(stages: Sequence[int]) -> str:
    partial = f"{in_words(stages[:-1])} of partial training, " if len(stages) > 1 else ""
    return f"{partial}{in_words(stages[-1:])} of full"


def _figures(summaries: Sequence[Mapping[str, Any]]) -> list[str]:
    last = summaries[-1]
    volumes = [float(s.get("hypervolume") or 0.0) for s in summaries]
    failures: dict[str, int] = {}
    for summary in summaries:
        for status, number in (summary.get("failures") or {}).items():
            failures[status] = failures.get(status, 0) + number
    failed = ", ".join(f"{n} {status.replace('_', ' ')}" for status, n in failures.items() if n)
    return [
        f"spent       {count(last.get('epochs_spent'))} epochs, "
        f"{short_count(last.get('training_flops'))}FLOPs, "
        f"{duration(last.get('training_seconds'))} of training; "
        f"{percent(last.get('epochs_saved_share'), 0)} of the epochs were saved",
        *_skill(summaries),
        f"hypervolume {volumes[-1]:.4f}  {sparkline(volumes[-BARS:])}",
        *([f"failed      {failed}"] if failed else []),
    ]


def _skill(summaries: Sequence[Mapping[str, Any]]) -> list[str]:
    found = skill_over(summaries)
    if found.females is None:
        return []  # of a strategy without females
    return [f"skill       predictors {found.text()}, Kendall's tau over the run"]
