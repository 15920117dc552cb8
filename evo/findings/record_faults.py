"""What is wrong with the record of a run, when reading it failed: rows that evo never wrote.

Asked after a failure alone, so that sound records cost nothing. Whoever made the record, the file
and the row are named.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from evo.errors import BadInput
from evo.files.paths import shown
from evo.findings.baselines import read_baselines
from evo.record.data_facts import read_data
from evo.record.database import connect
from evo.record.remeasured import remeasurements, split_size
from evo.record.rows import EVALUATION_COLUMNS, read_evaluation
from evo.record.run_folder import RunFolder
from evo.record.store import TRIAL_COLUMNS, Store
from evo.settings.config import load_toml
from evo.settings.function_config import read_function_config
from genomes.genes.genome import Genome

# What reading a row that evo did not write may raise.
MALFORMED = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)
FACTS = ("axes", "forecast", "founders")  # of `meta`, JSON besides those that are read below


def fault_of_record(folder: RunFolder) -> str | None:
    """Return in words the first thing that is wrong with the record of a run; None for nothing."""
    try:
        if fault := _fault_of_config(folder.config):
            return fault
        with closing(connect(folder.database, read_only=True)) as connection:
            for where, fault in _faults(connection):
                return _worded(folder.database, where, fault)
        with Store.open(folder.database, read_only=True) as store:
            for read in (read_data, _baselines, remeasurements, _split_sizes):
                if fault := _raised(partial(read, store)):
                    return _worded(folder.database, "table meta", fault)
    except BadInput as error:
        return str(error)
    except sqlite3.Error:
        return None
    return None


def _fault_of_config(path: Path) -> str | None:
    """Say what the config of a run of networks lacks; BadInput for a wrong one."""
    if read_function_config(path) is not None or load_toml(path).objectives:
        return None
    return f"{shown(path)} names no objectives, as the config of every run does; is it cut short?"


def _worded(path: Path, where: str, fault: str) -> str:
    return f"{shown(path)} is damaged, or was not written by evo: {where}: {fault}"


def _baselines(store: Store) -> None:
    for one in read_baselines(store):
        values = {name: x for name, x in vars(one).items() if x is not None}
        figures = {name: values.pop(name, 0) for name in ("parameters", "validation", "test")}
        _numbers("baseline", figures)
        _texts("baseline", list(values.values()))


def _split_sizes(store: Store) -> None:
    split_size(store, "test")


def _faults(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Yield where a row is wrong, and how."""
    for table, (columns, check) in CHECKS.items():
        rows = connection.execute(f"SELECT {columns} FROM {table}")
        for number, row in enumerate(rows, start=1):
            if fault := _raised(partial(check, row)):
                yield f"table {table}, row {number}", fault


def _raised(call: Callable[[], object]) -> str:
    """Return what a call raises of what malformed rows raise, empty if it does not."""
    try:
        call()
    except MALFORMED as error:
        return " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return ""


# -- rows -----------------------------------------------------------------------------------------


def _genome(row: tuple[Any, ...]) -> None:
    identity, generation, sex, parents, text = row
    genome = Genome.from_json(json.loads(text))
    if (genome.id, genome.sex) != (identity, sex):
        raise ValueError(f"the genome is {genome.id} ({genome.sex}), the row {identity} ({sex})")
    _expect(isinstance(generation, int) and generation >= 0, "generation", generation)
    _texts("parents", json.loads(parents))


def _evaluation(row: tuple[Any, ...]) -> None:
    found = read_evaluation(row)
    _numbers("objectives", found.objectives)
    _numbers("costs", {**found.costs, **found.features})
    _texts("marks", found.marks)
    _texts("names", (found.job, found.key, found.genome, found.status, found.reason))
    for epoch in found.curve:
        _numbers(
            "curve", {n: x for n, x in vars(epoch).items() if n != "traces" and x is not None}
        )
        _numbers("traces", epoch.traces)
    _expect(0 <= found.from_epoch <= found.to_epoch, "to_epoch", found.to_epoch)
    file, size, checksum = row[12:15]
    if file is not None:
        _texts("checkpoint", (file, checksum))
        _expect(isinstance(size, int) and size >= 0, "checkpoint_bytes", size)


def _trial(row: tuple[Any, ...]) -> None:
    generation, position, *names = row
    _expect(isinstance(generation, int) and generation >= 0, "generation", generation)
    _expect(isinstance(position, int), "position", position)
    _texts("names", names)


def _prediction(row: tuple[Any, ...]) -> None:
    generation, *names, predicted = row
    _expect(isinstance(generation, int) and generation >= 0, "generation", generation)
    _texts("names", names)
    _numbers("predicted", json.loads(predicted))


def _generation(row: tuple[Any, ...]) -> None:
    _texts("finished", row[2:])
    summary = json.loads(row[1])
    _expect(isinstance(summary, dict), "summary", summary)
    failures = summary.pop("failures", {})
    _numbers("failures", failures)
    plain = {n: x for n, x in summary.items() if x is not None and not isinstance(x, dict | list)}
    _numbers("summary", plain)


def _measurement(row: tuple[Any, ...]) -> None:
    genome, split, replicate, value = row
    _texts("names", (genome, split))
    _expect(isinstance(replicate, int), "replicate", replicate)
    _numbers("value", {"value": value})


def _fact(row: tuple[Any, ...]) -> None:
    _texts("fact", row)
    if row[0] in FACTS:
        json.loads(row[1])


def _event(row: tuple[Any, ...]) -> None:
    _texts("event", row)


def _expect(holds: bool, name: str, value: object) -> None:
    if not holds:
        raise ValueError(f"{name} is {value!r:.80}")


def _texts(name: str, values: Any) -> None:
    _expect(isinstance(values, list | tuple), name, values)
    for value in values:
        _expect(isinstance(value, str), name, value)


def _numbers(name: str, values: Any) -> None:
    _expect(isinstance(values, Mapping), name, values)
    for key, value in values.items():
        _expect(isinstance(value, int | float), f"{name}, {key}", value)
        float(value)  # an integer may be too large for one


CHECKS: Mapping[str, tuple[str, Callable[[tuple[Any, ...]], None]]] = {
    "meta": ("key, value", _fact),
    "genomes": ("id, generation, sex, parents, json", _genome),
    "evaluations": (EVALUATION_COLUMNS, _evaluation),
    "trials": (TRIAL_COLUMNS, _trial),
    "predictions": ("generation, female, male, stage, predicted", _prediction),
    "generations": ("number, summary, finished", _generation),
    "measurements": ("genome, split, replicate, value", _measurement),
    "events": ("time, level, text", _event),
}
