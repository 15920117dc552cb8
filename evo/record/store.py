"""The record of a run in one SQLite file: genomes, requests, evaluations, predictions, figures.

Written by the driver alone (WAL, one transaction a call unless `transaction` bundles them), read
by anybody at any time. Knows nothing of strategies; checkpoints lie outside, by name and checksum.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evo.files.atomic_file import RecordError
from evo.record.checkpoints import Checkpoints, StoredCheckpoint, intact
from evo.record.database import connect, create, disconnect, explain
from evo.record.earlier_versions import with_later_genes
from evo.record.rows import (
    EVALUATION_COLUMNS,
    Event,
    Measurement,
    PredictionRow,
    TrialRow,
    evaluation_row,
    genome_row,
    read_evaluation,
    to_json,
)
from fitness.evaluation import Evaluation
from genomes.genes.genome import Genome

TRIAL_COLUMNS = "generation, position, genome, stage, evaluation"
BATCH = 500  # names in one question; SQLite allows 999 at least


class Store:
    """All tables of one run. Adding the same row again changes nothing, so replays are free."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self._connection = connection
        self._lock = threading.RLock()  # so that a timer's thread may write as well
        self.path = path

    @classmethod
    def create(cls, path: Path, meta: Mapping[str, str] | None = None) -> Store:
        """Make a new file; raises `BadInput` if it is there already or cannot be made."""
        store = cls(create(path), str(path))
        store.set_meta(meta or {})
        return store

    @classmethod
    def in_memory(cls) -> Store:
        """Make a record that is gone with the process."""
        return cls(create(None), "the record in memory")

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Store:
        """Open a run's file; raises `BadInput` if it is missing, damaged or of another schema.

        `read_only` never waits for the driver nor disturbs it.
        """
        return cls(connect(path, read_only=read_only), str(path))

    def close(self) -> None:
        """Close the file. May be called twice."""
        disconnect(self._connection)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Bundle what is written inside: all of it is recorded, or nothing. Nests."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            with self._explained():
                self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                with self._explained():
                    self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk has rolled back already
                    with contextlib.suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")
                raise

    # -- writing ----------------------------------------------------------------------------------

    def add_genomes(self, generation: int, genomes: Iterable[Genome]) -> None:
        """Record births. A genome that is known keeps the generation it was born in."""
        self._write(
            "INSERT INTO genomes VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
            "sex = excluded.sex, parents = excluded.parents, json = excluded.json "
            "WHERE json <> excluded.json",
            (genome_row(generation, genome) for genome in genomes),
        )

    def add_evaluation(
        self, evaluation: Evaluation, stage: str, checkpoint: StoredCheckpoint | None = None
    ) -> None:
        """Record what came of a job, by the job's name. Store its checkpoint first."""
        self.add_evaluations([(evaluation, stage, checkpoint)])

    def add_evaluations(
        self, rows: Iterable[tuple[Evaluation, str, StoredCheckpoint | None]]
    ) -> None:
        """Record what came of several jobs in one transaction."""
        places = ", ".join("?" * 15)
        self._write(
            f"INSERT OR REPLACE INTO evaluations ({EVALUATION_COLUMNS}) VALUES ({places})",
            (evaluation_row(*row) for row in rows),
        )

    def add_trials(self, trials: Iterable[TrialRow]) -> None:
        """Record requests: genome, stage, and the evaluation of each."""
        rows = ((t.generation, t.position, t.genome, t.stage, t.evaluation) for t in trials)
        self._write("INSERT OR REPLACE INTO trials VALUES (?, ?, ?, ?, ?)", rows)

    def add_predictions(self, predictions: Iterable[PredictionRow]) -> None:
        """Record predictions."""
        rows = (
            (p.generation, p.female, p.male, p.stage, to_json(dict(p.predicted)))
            for p in predictions
        )
        self._write("INSERT OR REPLACE INTO predictions VALUES (?, ?, ?, ?, ?)", rows)

    def add_generation(self, number: int, summary: Mapping[str, Any]) -> None:
        """Record that a generation is finished, and its summary."""
        row = (number, to_json(dict(summary)), _now())
        self._write("INSERT OR REPLACE INTO generations VALUES (?, ?, ?)", [row])

    def add_measurement(self, measurement: Measurement) -> None:
        """Record one more measurement of a genome of the front."""
        m = measurement
        row = (m.genome, m.split, m.replicate, float(m.value))
        self._write("INSERT OR REPLACE INTO measurements VALUES (?, ?, ?, ?)", [row])

    def add_event(self, level: str, text: str) -> None:
        """Record something worth telling; `level` is info, warning or error."""
        row = (_now(), level, text)
        self._write("INSERT INTO events (time, level, text) VALUES (?, ?, ?)", [row])

    def set_meta(self, values: Mapping[str, str]) -> None:
        """Set facts about the whole run, by key."""
        self._write("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def mark_removed(self, jobs: Iterable[str]) -> None:
        """Note that the checkpoints of these jobs are given up on purpose; do so before deleting.

        Their evaluations stay, and count as not found where the checkpoint is needed.
        """
        sql = "UPDATE evaluations SET checkpoint_removed = 1 WHERE name = ?"
        self._write(sql, ((job,) for job in jobs))

    def forget_after(self, generation: int) -> None:
        """Forget the history after a generation, before it is replayed; evaluations stay."""
        with self.transaction():
            for table in ("genomes", "trials", "predictions"):
                self._write(f"DELETE FROM {table} WHERE generation > ?", [(generation,)])
            self._write("DELETE FROM generations WHERE number > ?", [(generation,)])

    def forget_evaluations(self, jobs: Iterable[str]) -> None:
        """Forget what came of these jobs, so that they are trained again."""
        self._write("DELETE FROM evaluations WHERE name = ?", ((job,) for job in jobs))

    # -- reading ----------------------------------------------------------------------------------

    def meta(self) -> dict[str, str]:
        """Return facts about the whole run, by key."""
        return dict(self._read("SELECT key, value FROM meta"))

    def genomes(self, generation: int | None = None) -> list[Genome]:
        """Return the genomes born in a generation, or all, in order of birth."""
        where, values = _within(generation)
        rows = self._read(f"SELECT json FROM genomes{where} ORDER BY rowid", values)
        return [with_later_genes(Genome.from_json(json.loads(text))) for (text,) in rows]

    def find_genome(self, identity: str) -> Genome | None:
        """Return a genome by id, None if there is none."""
        rows = self._read("SELECT json FROM genomes WHERE id = ?", (identity,))
        return with_later_genes(Genome.from_json(json.loads(rows[0][0]))) if rows else None

    def find_evaluation(
        self, job: str, checkpoints: Checkpoints | None = None
    ) -> Evaluation | None:
        """Return what came of the job of this name; None if unknown. See `find_evaluations`."""
        return self.find_evaluations([job], checkpoints).get(job)

    def find_evaluations(
        self, jobs: Sequence[str], checkpoints: Checkpoints | None = None
    ) -> dict[str, Evaluation]:
        """Return what came of these jobs, as far as known, by name and without checkpoints.

        Pass `checkpoints` if the checkpoint is needed: then an evaluation that left one counts
        as found only while that is there exactly as recorded, so that it is trained again. A loss
        that was not on purpose is recorded as an event.
        """
        columns = f"{EVALUATION_COLUMNS}, checkpoint_removed"
        found = {}
        for start in range(0, len(jobs), BATCH):
            batch = jobs[start : start + BATCH]
            places = ", ".join("?" * len(batch))
            sql = f"SELECT {columns} FROM evaluations WHERE name IN ({places})"
            for row in self._read(sql, batch):
                if checkpoints is None or self._is_there(row, checkpoints):
                    found[row[0]] = read_evaluation(row)
        return found

    def _is_there(self, row: tuple[Any, ...], checkpoints: Checkpoints) -> bool:
        """Tell whether the checkpoint of a row, if it left one, is still as it was recorded."""
        job, (file, size, checksum, removed) = row[0], row[12:]
        if file is None:
            return True
        if removed:
            return False
        if intact(checkpoints, job, StoredCheckpoint(file, size, checksum)):
            return True
        self.add_event("warning", f"checkpoint {file} is missing or damaged; training again")
        return False

    def evaluations(self) -> list[Evaluation]:
        """Return all evaluations, without checkpoints, in the order they came."""
        rows = self._read(f"SELECT {EVALUATION_COLUMNS} FROM evaluations ORDER BY rowid")
        return [read_evaluation(row) for row in rows]

    def statuses(self) -> dict[str, str]:
        """Return how each job that has an evaluation ended, in the order they came."""
        return dict(self._read("SELECT name, status FROM evaluations ORDER BY rowid"))

    def evaluated(self) -> set[str]:
        """Return the names of all jobs that have an evaluation."""
        return {name for (name,) in self._read("SELECT name FROM evaluations")}

    def adults(self) -> list[tuple[str, int, str, dict[str, float], dict[str, float]]]:
        """Return genome, generation, job, objectives and costs of all whose adult life went well.

        In the order they were asked.
        """
        rows = self._read(
            "SELECT t.genome, t.generation, e.name, e.objectives, e.costs FROM trials t "
            "JOIN evaluations e ON e.name = t.evaluation WHERE t.stage = 'adult' AND "
            "e.status = 'ok' ORDER BY t.generation, t.rowid"
        )
        return [(*row[:3], json.loads(row[3]), json.loads(row[4])) for row in rows]

    def find_checkpoint(self, job: str) -> StoredCheckpoint | None:
        """Return what is recorded of a job's checkpoint, None if it has none (any more)."""
        rows = self._read(
            "SELECT checkpoint, checkpoint_bytes, checkpoint_sha256 FROM evaluations "
            "WHERE name = ? AND checkpoint IS NOT NULL AND NOT checkpoint_removed",
            (job,),
        )
        return StoredCheckpoint(*rows[0]) if rows else None

    def checkpoint_sizes(self) -> list[int]:
        """Return the sizes in bytes of all checkpoints that were ever kept."""
        sql = "SELECT checkpoint_bytes FROM evaluations WHERE checkpoint_bytes IS NOT NULL"
        return [size for (size,) in self._read(sql)]

    def span(self, job: str) -> tuple[str, int]:
        """Return the stage of a recorded job and the epoch it began at; KeyError for none."""
        rows = self._read("SELECT stage, from_epoch FROM evaluations WHERE name = ?", (job,))
        if not rows:
            raise KeyError(job)
        return rows[0][0], rows[0][1]

    def left_no_checkpoint(self, job: str) -> bool:
        """Tell whether a job is recorded and never had a checkpoint."""
        rows = self._read("SELECT checkpoint FROM evaluations WHERE name = ?", (job,))
        return bool(rows) and rows[0][0] is None

    def gave_up_checkpoint(self, job: str) -> bool:
        """Tell whether a job's checkpoint was given up on purpose."""
        rows = self._read("SELECT checkpoint_removed FROM evaluations WHERE name = ?", (job,))
        return bool(rows) and bool(rows[0][0])

    def trials(self, generation: int | None = None) -> list[TrialRow]:
        """Return the trials of a generation, or all, in the order they were asked."""
        where, values = _within(generation)
        order = " ORDER BY generation, rowid"
        rows = self._read(f"SELECT {TRIAL_COLUMNS} FROM trials{where}{order}", values)
        return [TrialRow(*row) for row in rows]

    def trials_of(self, genome: str) -> list[TrialRow]:
        """Return the trials of a genome in the order they were asked."""
        rows = self._read(
            f"SELECT {TRIAL_COLUMNS} FROM trials WHERE genome = ? ORDER BY rowid", (genome,)
        )
        return [TrialRow(*row) for row in rows]

    def find_trial(self, genome: str, stage: str) -> TrialRow | None:
        """Return the trial of a genome at a stage, None if it was never asked for."""
        rows = self._read(
            f"SELECT {TRIAL_COLUMNS} FROM trials WHERE genome = ? AND stage = ?", (genome, stage)
        )
        return TrialRow(*rows[0]) if rows else None

    def predictions(self, generation: int | None = None) -> list[PredictionRow]:
        """Return the predictions of a generation, or all."""
        where, values = _within(generation)
        columns = "generation, female, male, stage, predicted"
        rows = self._read(f"SELECT {columns} FROM predictions{where} ORDER BY rowid", values)
        return [PredictionRow(g, f, m, s, json.loads(text)) for g, f, m, s, text in rows]

    def generations(self) -> list[dict[str, Any]]:
        """Return the summaries of all finished generations, in order."""
        rows = self._read("SELECT summary FROM generations ORDER BY number")
        return [json.loads(text) for (text,) in rows]

    def measurements(self) -> list[Measurement]:
        """Return all further measurements of the front."""
        columns = "genome, split, replicate, value"
        rows = self._read(f"SELECT {columns} FROM measurements ORDER BY rowid")
        return [Measurement(*row) for row in rows]

    def events(self) -> list[Event]:
        """Return all events in the order they were recorded."""
        rows = self._read("SELECT time, level, text FROM events ORDER BY id")
        return [Event(*row) for row in rows]

    # -- the database -----------------------------------------------------------------------------

    def _write(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        with self.transaction(), self._explained():
            self._connection.executemany(sql, rows)

    def _read(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock, self._explained():
            return self._connection.execute(sql, values).fetchall()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn SQLite's errors into `RecordError`."""
        try:
            yield
        except sqlite3.Error as error:
            raise RecordError(explain(error, self.path)) from error


def _within(generation: int | None) -> tuple[str, tuple[int, ...]]:
    return ("", ()) if generation is None else (" WHERE generation = ?", (generation,))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
