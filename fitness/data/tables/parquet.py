"""Reads a table of Apache Parquet."""

from __future__ import annotations

from pathlib import Path

from fitness.data.arrays import UnusableData
from fitness.data.tables.reading import Raw, checked_names


def read_parquet(path: Path) -> Raw:
    """Read a file; raises UnusableData for a damaged one, and where pyarrow is not installed."""
    import pandas

    try:
        import pyarrow
    except ImportError:
        raise UnusableData(
            "needs pyarrow: pip install 'evo[parquet]', or write the table as CSV"
        ) from None
    try:
        frame = pandas.read_parquet(path, engine="pyarrow")
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise UnusableData(f"cannot be read as Parquet: {error}") from None
    if not len(frame):
        raise UnusableData("has columns, but no rows")
    frame.columns = checked_names([str(name) for name in frame.columns])
    return Raw(frame)
