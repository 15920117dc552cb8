"""Opening and closing `run.sqlite`: checked before it is trusted, with errors that say what to do.

See https://www.sqlite.org/wal.html for what write-ahead logging promises.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from evo.errors import BadInput
from evo.files.atomic_file import PARTIAL, full_disk, unwritable
from evo.files.paths import shown
from evo.record.earlier_names import EARLIER, translate
from evo.record.earlier_versions import written_by
from evo.record.schema import SCHEMA, TABLES
from evo.version import VERSION

PATIENCE_SECONDS = 10.0  # how long to wait for another program's lock
GLANCE_SECONDS = 0.5  # how long the last writer waits for readers; outlasts a look by `evo watch`
MOST_BYTES = 256 * 2**20  # of a row
PAGE_BYTES = 16384  # genomes take 1 to 2 kB each: a usual page of 4096 would stay half empty


def create(path: Path | None) -> sqlite3.Connection:
    """Make a new database with empty tables, in memory if `path` is None.

    A file appears under its name only when it is whole: others may look for it meanwhile.
    """
    if path is None:
        connection = _connection(":memory:")
        _make_tables(connection)
        return connection
    if path.exists():
        raise BadInput(f"{path} exists already; choose another name for the new run")
    partial = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL}")
    with _refused_as_bad_input(path):
        try:
            with contextlib.closing(_connection(f"{_uri(partial)}?mode=rwc")) as connection:
                _make_tables(connection)
            os.replace(partial, path)
        except OSError as error:
            raise BadInput(unwritable(path, error)) from error
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
        connection = _connection(f"{_uri(path)}?mode=rw")
        with _closed_on_error(connection):
            _prepare_for_writing(connection)
    return connection


def _make_tables(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # before anything is written
    connection.execute("PRAGMA journal_mode = MEMORY")  # a killed process leaves one file less
    connection.execute("BEGIN IMMEDIATE")
    for table in TABLES:
        connection.execute(table)
    facts = {"schema": str(SCHEMA), "evo_version": VERSION}
    connection.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())
    connection.execute("COMMIT")


def connect(path: Path, *, read_only: bool, check_pages: bool = True) -> sqlite3.Connection:
    """Open an existing database after checking that it is whole and of a schema known here.

    One of an earlier schema is opened for reading alone, and read under the names of today. All
    of the file is read to check its pages; a caller that did so already need not again.
    """
    if not path.is_file():
        raise BadInput(f"there is no {path}; is {path.parent} the folder of a run?")
    with _refused_as_bad_input(path):
        connection = _connection(f"{_uri(path)}?mode={'ro' if read_only else 'rw'}")
        with _closed_on_error(connection):
            schema = _check_schema(connection, path, read_only)
            if check_pages:
                _check_pages(connection, path)
            if schema in EARLIER:
                translate(connection, schema)
            if read_only:
                connection.execute("PRAGMA query_only = ON")
            else:
                _prepare_for_writing(connection)
    return connection


def disconnect(connection: sqlite3.Connection) -> None:
    """Close; the last writer leaves one plain file, which opens from read-only places too."""
    with contextlib.suppress(sqlite3.Error):
        if not connection.execute("PRAGMA query_only").fetchone()[0]:
            _merge_the_log(connection)
    connection.close()


def _merge_the_log(connection: sqlite3.Connection) -> None:
    """Put all into one file; where a reader is in the way, as much as can be."""
    connection.execute("PRAGMA busy_timeout = 0")
    deadline = time.monotonic() + GLANCE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = DELETE")
            return
        time.sleep(0.02)
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def explain(error: sqlite3.Error, path: str) -> str:
    """Word an error of SQLite for people."""
    text = str(error)
    if "full" in text:
        return full_disk(Path(path))
    if "locked" in text or "busy" in text:
        return f"{path} is locked by another program; close that, then `evo resume` the run"
    if "malformed" in text or "not a database" in text:
        return _damaged(Path(path), text)
    return f"{path}: {text}"


@contextlib.contextmanager
def _refused_as_bad_input(path: Path | None) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise BadInput(explain(error, str(path))) from error


@contextlib.contextmanager
def _closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _connection(uri: str) -> sqlite3.Connection:
    # Autocommit: transactions begin and end where `Store.transaction` says so.
    # Code that shares a connection between threads has to lock it, as `Store` does.
    return sqlite3.connect(
        uri, uri=True, timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
    )


def _uri(path: Path) -> str:
    return path.absolute().as_uri()


def _prepare_for_writing(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    # In WAL mode NORMAL loses nothing if the process dies, and stays consistent in a power cut.
    connection.execute("PRAGMA synchronous = NORMAL")
    # Merging the log into the file waits for the disk; at 40 MB instead of 4 it does so rarely.
    connection.execute("PRAGMA wal_autocheckpoint = 2500")


def _check_schema(connection: sqlite3.Connection, path: Path, read_only: bool) -> str:
    """Return the schema of a database that may be opened; raise `BadInput` for any other."""
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
    made = list(connection.execute("SELECT type, name FROM sqlite_master"))
    for kind, name in made:
        if kind not in ("table", "index"):  # code that runs when rows are read or written
            raise BadInput(
                f"{path} has a {kind}, {name!r:.80}, which evo never makes; it stays unread"
            )
    tables = {name for _, name in made}
    if "meta" not in tables:
        raise BadInput(f"{path} is not the record of a run: it has no table 'meta'")
    facts = dict(connection.execute("SELECT key, value FROM meta"))
    schema = facts.get("schema")
    if schema in EARLIER and not read_only:
        raise BadInput(_cannot_go_on(path, schema, facts.get("evo_version")))
    if schema not in (str(SCHEMA), *EARLIER):
        raise BadInput(
            f"{path} has schema {facts.get('schema')}, written by evo {facts.get('evo_version')}; "
            f"this is evo {VERSION}, which reads schema {SCHEMA}. Use the version of evo that "
            f"wrote it."
        )
    return str(schema)


def _check_pages(connection: sqlite3.Connection, path: Path) -> None:
    faults = [text for (text,) in connection.execute("PRAGMA quick_check(1)")]
    if faults != ["ok"]:
        raise BadInput(_damaged(path, " ".join(faults[0].split())))


def _cannot_go_on(path: Path, schema: str, version: str | None) -> str:
    config = shown(path.with_name("config.toml"))
    return (
        f"{shown(path)} has schema {schema}, bred by {written_by(version)}. Such a run can be "
        "shown, plotted, reported, exported, evaluated and retrained; it cannot be gone on with. "
        f"`evo run {config} --name NEW` breeds anew with its settings; a search of a function of "
        "your own is called again under another name."
    )


def _damaged(path: Path, what: str) -> str:
    return (
        f"{path} is damaged ({what}). Restore it from a copy; nothing was changed, and the "
        f"checkpoints and snapshots beside it are untouched."
    )
