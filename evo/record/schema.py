"""The tables of `run.sqlite`. Any change to them needs a new `SCHEMA` number.

`evo.record.earlier_names` lets schemas 1 and 2 be read as this one.

JSON columns hold what Python's `json` writes: floats round-trip exactly, and NaN and Infinity may
occur in the curve of a training that diverged.
"""

from __future__ import annotations

SCHEMA = 3

TABLES = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE genomes (
        id TEXT PRIMARY KEY, generation INTEGER NOT NULL, sex TEXT NOT NULL,
        parents TEXT NOT NULL, json TEXT NOT NULL)""",
    """CREATE TABLE evaluations (
        name TEXT PRIMARY KEY, key TEXT NOT NULL, genome TEXT NOT NULL, stage TEXT NOT NULL,
        from_epoch INTEGER NOT NULL, to_epoch INTEGER NOT NULL,
        status TEXT NOT NULL, reason TEXT NOT NULL,
        objectives TEXT NOT NULL, curve TEXT NOT NULL, costs TEXT NOT NULL, marks TEXT NOT NULL,
        checkpoint TEXT, checkpoint_bytes INTEGER, checkpoint_sha256 TEXT,
        checkpoint_removed INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TABLE trials (
        generation INTEGER NOT NULL, position INTEGER NOT NULL, genome TEXT NOT NULL,
        stage TEXT NOT NULL, evaluation TEXT NOT NULL, PRIMARY KEY (genome, stage))""",
    """CREATE TABLE predictions (
        generation INTEGER NOT NULL, female TEXT NOT NULL, male TEXT NOT NULL,
        stage TEXT NOT NULL, predicted TEXT NOT NULL, PRIMARY KEY (female, male, stage))""",
    """CREATE TABLE generations (
        number INTEGER PRIMARY KEY, summary TEXT NOT NULL, finished TEXT NOT NULL)""",
    """CREATE TABLE measurements (
        genome TEXT NOT NULL, split TEXT NOT NULL, replicate INTEGER NOT NULL,
        value REAL NOT NULL, PRIMARY KEY (genome, split, replicate))""",
    """CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, level TEXT NOT NULL,
        text TEXT NOT NULL)""",
    "CREATE INDEX genomes_by_generation ON genomes (generation)",
    "CREATE INDEX trials_by_generation ON trials (generation, position)",
    "CREATE INDEX predictions_by_generation ON predictions (generation)",
)
