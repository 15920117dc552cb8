"""What the sections of the report read: one run's record, opened once, each part read once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from evo.findings.front_table import stored_front
from evo.findings.tables import RunTables
from evo.record.database import connect
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.settings.config import RunConfig, load_toml, metric_of, stages_of
from evo.settings.function_config import read_function_config, readable
from fitness.objective import Objective, objective_names
from fitness.prediction.features import main_outcome

Row = tuple[Any, ...]


@dataclass
class Source:
    """A run as the report sees it; make it by `opened`."""

    folder: RunFolder
    connection: sqlite3.Connection  # read-only
    config: RunConfig | None  # None for searches of a user's function
    function: dict[str, Any] = field(default_factory=dict)  # their config

    @property
    def objectives(self) -> tuple[str, ...]:
        """The run's objectives in order."""
        return self.config.objectives if self.config else tuple(self.function["objectives"])

    @property
    def main(self) -> str:
        """The objective that the search is about first of all."""
        return self.objectives[main_outcome(self.objectives)]

    @property
    def metric(self) -> str:
        """What learning curves show."""
        return metric_of(self.config).name if self.config else self.main

    @property
    def stages(self) -> tuple[int, ...]:
        """Epochs after which decisions fall, and of a full training; empty if unknown."""
        if self.config:
            return stages_of(self.config)
        return tuple(self.function.get("settings", {}).get("stages", ()))

    @cached_property
    def store(self) -> Store:
        """The record."""
        return Store(self.connection, str(self.folder.database))

    @cached_property
    def front(self) -> list[dict[str, Any]]:
        """The rows of the front, with what was measured at the end, the best first."""
        sign = -1.0 if self.rises(self.main) else 1.0
        rows = stored_front(self.folder, self.store)
        return sorted(rows, key=lambda row: (sign * row.get(self.main, 0.0), str(row["genome"])))

    @cached_property
    def summaries(self) -> list[dict[str, Any]]:
        """The summaries of the finished generations."""
        return self.store.generations()

    @cached_property
    def adults(self) -> pd.DataFrame:
        """One row an adult training that ended well."""
        adults = RunTables(self.folder).adults
        return adults[adults["status"] == "ok"].drop_duplicates("job").reset_index(drop=True)

    def rises(self, objective: str) -> bool:
        """Tell whether more of an objective is better."""
        if self.config:
            known = objective in objective_names()  # those of a plugin need not be here
            return known and Objective.load(objective).direction == "max"
        found = self.function["objectives"].get(objective, {})
        return bool(isinstance(found, dict) and found.get("direction") == "max")

    def series(self, name: str) -> list[float | None]:
        """Return one figure of all summaries, None where there is no such number."""
        found = (summary.get(name) for summary in self.summaries)
        return [value if isinstance(value, int | float) else None for value in found]

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        """Ask the database, row by row; the tables are those of `evo.record.schema`."""
        return self.connection.execute(sql, values)

    def of_front(self, sql: str) -> Iterator[Row]:
        """Ask with the front's genomes as the list `(SELECT value FROM json_each(?))`."""
        return self.rows(sql, [json.dumps([row["genome"] for row in self.front])])


@contextmanager
def opened(folder: RunFolder) -> Iterator[Source]:
    """Open a run's record for reading; raises `BadInput` if it cannot be read."""
    folder = RunFolder.open(folder.path)
    function = read_function_config(folder.config)
    config = None if function else load_toml(folder.config)
    with closing(connect(folder.database, read_only=True)) as connection:
        yield Source(folder, connection, config, readable(function) if function else {})
