"""The front of a run, rebuilt from its record. `pareto.csv` is written for people, never read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from evo.errors import BadInput
from evo.files.atomic_file import RecordError
from evo.findings.choice import Directed, Measured, Role, Row, by_merit, roles
from evo.pareto.dominance import Axes, worthy
from evo.pareto.front import Front, Member
from evo.pareto.open_axes import AxisPlan, OpenAxes
from evo.problems.network_problem import make_axes
from evo.record.front_rows import as_csv, front_rows
from evo.record.recorder import AXES
from evo.record.remeasured import expected_range, split_size
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.settings.config import RunConfig, load_toml, metric_of
from evo.settings.function_config import read_function_config
from evo.settings.task_reference import task_reference
from evo.text.amounts import count
from evo.text.figures import figure
from fitness.metric import Metric
from fitness.objective import Objective
from fitness.plugins import import_plugins


def read_front(folder: RunFolder) -> list[dict[str, Any]]:
    """Return the rows of the front as the record has it, with what was measured at the end."""
    with Store.open(folder.database, read_only=True) as store:
        return stored_front(folder, store)


def best_of_front(folder: RunFolder, metric: Metric) -> str:
    """Return who is best on the front by the metric; ties go to fewer active parameters."""
    front = read_front(folder)
    if not front:
        raise BadInput("the front of this run is empty so far: no network has been fully trained")
    return str(min(front, key=by_merit(metric))["genome"])


def stored_front(folder: RunFolder, store: Store) -> list[dict[str, Any]]:
    """Return the same from a record that is open."""
    front = Front(axes_of_run(folder, store))
    for row in store.adults():
        front.add(Member.of(*row))
    return front_rows(store, front)


@dataclass(frozen=True)
class FrontRows:
    """A front as summaries list it: rows within the reference, and which row has which role.

    `beyond` members are beyond the reference; where all are, all are listed. Searches of a user's
    function have no roles.
    """

    rows: Sequence[Row]
    metric: Directed  # that they are ordered by
    roles: Mapping[Role, Row] = field(default_factory=dict)
    beyond: int = 0
    validation_examples: int = 0  # 0 if unknown
    expected: str = ""  # of the default on new examples, in words
    objectives: Sequence[str] = ()


def front_and_roles(folder: RunFolder) -> FrontRows:
    """Return the front of a run for a summary."""
    with Store.open(folder.database, read_only=True) as store:
        axes, rows = axes_of_run(folder, store), stored_front(folder, store)
        if not rows:
            return FrontRows((), axes.curve_metric)
        listed = [rows[i] for i in worthy(axes.losses(rows))]
        beyond = len(rows) - len(listed)
        if read_function_config(folder.config) is not None:
            return FrontRows(listed, axes.curve_metric, beyond=beyond, objectives=axes.names)
        measured = Measured.of(store, Metric.load(axes.curve_metric.name))
        parts = roles(rows, axes, measured)
        expected = _expected(measured, str(parts["default"]["genome"]), split_size(store, "test"))
    examples = measured.validation_examples
    return FrontRows(
        listed, measured.metric, parts, beyond, examples, expected, objectives=axes.names
    )


def _expected(measured: Measured, genome: str, examples: int) -> str:
    """Say where the metric of a network on so many new examples is expected, if that is known."""
    again, metric = measured.remeasured, measured.metric
    if genome not in again or not examples:
        return ""
    expected = expected_range(again, genome, examples, metric)
    if expected is None:
        return ""
    low, high = (figure(metric.name, end, digits=1) for end in expected)
    return (
        f"The default was retrained and measured on {count(again[genome].examples)} examples; "
        f"on {count(examples)} new ones expect {low} to {high} (95 % interval)."
    )


def renew_front_file(folder: RunFolder) -> None:
    """Write `pareto.csv` anew if it is not what the record says and no process drives the run."""
    rows = read_front(folder)
    if not rows or folder.driver() is not None:
        return
    text = as_csv(rows)
    if not folder.pareto.is_file() or folder.pareto.read_bytes() != text.encode():
        with suppress(RecordError):  # a run may lie where nothing can be written
            folder.write_front(text)


def axes_of_run(folder: RunFolder, store: Store) -> Axes:
    """Return the objectives of a run as axes, as its config and its record have them."""
    function = read_function_config(folder.config)
    if function is None:
        return axes_of(load_toml(folder.config))
    axes = OpenAxes([AxisPlan(name, **given) for name, given in function["objectives"].items()])
    axes.restore(json.loads(store.meta().get(AXES, "{}")))
    return axes


def axes_of(config: RunConfig) -> Axes:
    """Return the axes of a run of networks; raises `BadInput` for an unknown objective."""
    import_plugins(config.plugins)
    try:
        objectives = [Objective.load(name) for name in config.objectives]
    except ValueError as error:
        raise BadInput(str(error)) from None
    given = dict(config.reference_point or {})
    if missing := [o for o in objectives if o.name not in given]:  # a config written by hand
        task = task_reference(config).load()
        batch = config.latency_batch
        given |= {objective.name: objective.reference_for(task, batch) for objective in missing}
    return make_axes(objectives, given, metric_of(config))
