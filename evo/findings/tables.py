"""The record of a run as pandas tables: `read_tables("results/digits-001").adults`.

Reads only, also while the run goes on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from evo.files.paths import absolute
from evo.record.database import connect
from evo.record.rows import EPOCH_FIELDS
from evo.record.run_folder import RunFolder

ADULT = ["genome", "generation", "job", "status", "reason"]  # columns of an adult training


def open_folder(run: str | Path, results: str | Path = "results") -> RunFolder:
    """Open a run by name under `results`, or by path; raises `BadInput` if it cannot be read."""
    named = absolute(results) / run
    folder = RunFolder.open(named if RunFolder(named).database.is_file() else absolute(run))
    connect(folder.database, read_only=True).close()
    return folder


def read_tables(run: str | Path) -> RunTables:
    """Open the tables of a run; raises `BadInput` if it cannot be read."""
    return RunTables(open_folder(run))


class RunTables:
    """The record of a run as DataFrames, each read when it is first asked for and then kept.

    Objectives keep their names; costs become `cost_<name>`, what was predicted `predicted_<name>`,
    nested figures of a summary `<name>_<part>`.
    """

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder

    @cached_property
    def genomes(self) -> pd.DataFrame:
        """One row a genome: id, generation, sex, mother, father (None for founders)."""
        rows = self._rows("SELECT id, generation, sex, parents FROM genomes ORDER BY rowid")
        return _table(
            ["genome", "generation", "sex", "mother", "father"],
            ([*row[:3], *_parents(row[3])] for row in rows),
        )

    @cached_property
    def genes(self) -> pd.DataFrame:
        """One row a genome, one column a gene by dotted name; items of lists by their index."""
        rows = self._rows("SELECT id, json FROM genomes ORDER BY rowid")
        found = [
            {"genome": genome, **_flat(json.loads(text)["chromosomes"], ".")}
            for genome, text in rows
        ]
        return pd.DataFrame(found) if found else pd.DataFrame(columns=["genome"])

    @cached_property
    def evaluations(self) -> pd.DataFrame:
        """One row a job: how it ended, its objectives and costs."""
        known = ["job", "key", "genome", "stage", "from_epoch", "to_epoch", "status", "reason"]
        rows = self._rows(
            "SELECT name, key, genome, stage, from_epoch, to_epoch, status, reason, objectives, "
            "costs FROM evaluations ORDER BY rowid"
        )
        return _expanded(known, rows, ("", "cost_"))

    @cached_property
    def adults(self) -> pd.DataFrame:
        """One row an adult training: genome, generation, how it ended, its objectives.

        `generation` is that of the training. A failed one has a status other than ok.
        """
        rows = self._rows(
            "SELECT t.genome, t.generation, t.evaluation, e.status, e.reason, e.objectives, "
            "e.costs FROM trials t JOIN evaluations e ON e.name = t.evaluation "
            "WHERE t.stage = 'adult' ORDER BY t.generation, t.rowid"
        )
        return _expanded(ADULT, rows, ("", "cost_"))

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row a request: generation, position, genome, stage, and the job that met it."""
        columns = ["generation", "position", "genome", "stage", "job"]
        return _table(columns, self._rows("SELECT * FROM trials ORDER BY generation, rowid"))

    @cached_property
    def curves(self) -> pd.DataFrame:
        """One row an epoch: job, genome, stage, then losses, metric, and what mechanisms left."""
        rows = self._rows("SELECT name, genome, stage, curve FROM evaluations ORDER BY rowid")
        epochs = [(*row[:3], *epoch) for row in rows for epoch in json.loads(row[3])]
        columns = ["job", "genome", "stage", *EPOCH_FIELDS]
        known = _table(columns, [epoch[: len(columns)] for epoch in epochs])
        traces = pd.DataFrame([dict(*epoch[len(columns) :]) for epoch in epochs])
        return pd.concat([known, traces], axis=1)

    @cached_property
    def generations(self) -> pd.DataFrame:
        """One row a finished generation: its summary, and when it was finished."""
        rows = self._rows("SELECT number, summary, finished FROM generations ORDER BY number")
        found = [
            {"generation": number, **_flat(json.loads(text), "_"), "finished": finished}
            for number, text, finished in rows
        ]
        return pd.DataFrame(found) if found else pd.DataFrame(columns=["generation", "finished"])

    @cached_property
    def logbook(self) -> Any:
        """DEAP's log (`deap.tools.Logbook`): a record a generation, a chapter an objective.

        A record is the generation's summary. A chapter holds mean, std, min and max of an
        objective over those that were fully trained in the generation.
        """
        from evo.findings.logbook import make_logbook

        grown = self.adults[self.adults["status"] == "ok"]
        names = [str(name) for name in grown if name not in ADULT]
        known = [name for name in names if not name.startswith("cost_")]
        summaries = self.generations.drop(columns="finished")
        return make_logbook(summaries.to_dict("records"), grown.to_dict("records"), known)

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """One row a prediction: generation, female, male, stage, what was predicted."""
        rows = self._rows(
            "SELECT generation, female, male, stage, predicted FROM predictions ORDER BY rowid"
        )
        return _expanded(["generation", "female", "male", "stage"], rows, ("predicted_",))

    @cached_property
    def measurements(self) -> pd.DataFrame:
        """One row a further measurement of a genome of the front: split, replicate, value."""
        rows = self._rows("SELECT * FROM measurements ORDER BY rowid")
        return _table(["genome", "split", "replicate", "value"], rows)

    @cached_property
    def events(self) -> pd.DataFrame:
        """One row an event: time, level, text."""
        rows = self._rows("SELECT time, level, text FROM events ORDER BY id")
        return _table(["time", "level", "text"], rows)

    @cached_property
    def front(self) -> pd.DataFrame:
        """One row a member of the front, with what was measured at the end; see `pareto.csv`.

        It is rebuilt from the record. Empty before the first adult.
        """
        from evo.findings.front_table import read_front

        return pd.DataFrame(read_front(self.folder) or {"genome": [], "generation": []})

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        path = self.folder.database  # whose pages were checked once already
        with closing(connect(path, read_only=True, check_pages=False)) as connection:
            return connection.execute(sql).fetchall()


def _table(columns: list[str], rows: Iterable[Iterable[Any]]) -> pd.DataFrame:
    return pd.DataFrame([tuple(row) for row in rows], columns=columns)


def _expanded(
    known: list[str], rows: Iterable[tuple[Any, ...]], prefixes: tuple[str, ...]
) -> pd.DataFrame:
    """Make a table of rows that end in JSON mappings, one for each prefix of the new columns."""
    found = []
    for row in rows:
        entry = dict(zip(known, row, strict=False))
        for prefix, text in zip(prefixes, row[len(known) :], strict=True):
            entry |= {prefix + name: value for name, value in json.loads(text).items()}
        found.append(entry)
    return pd.DataFrame(found) if found else pd.DataFrame(columns=known)


def _parents(text: str) -> tuple[str | None, str | None]:
    mother, father = [*json.loads(text), None, None][:2]
    return mother, father


def _flat(value: Any, separator: str, prefix: str = "") -> dict[str, Any]:
    """Flatten nested mappings and lists to one level of joined names."""
    if isinstance(value, list):
        value = {str(position): item for position, item in enumerate(value)}
    if not isinstance(value, Mapping):
        return {prefix: value}
    flat: dict[str, Any] = {}
    for name, item in value.items():
        flat |= _flat(item, separator, f"{prefix}{separator}{name}" if prefix else str(name))
    return flat
