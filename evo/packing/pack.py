"""Packs a run into one ZIP: record, config, tables, weights, figures and report, and a manifest.

What is packed is a copy of one moment, so a run may be at work meanwhile; figures and report are
drawn from that copy. The same record gives the same bytes, but for the fonts of figures.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from evo.errors import BadInput
from evo.files.atomic_file import PARTIAL, RecordError, unwritable
from evo.files.paths import RESULTS, called_here, shown
from evo.packing.manifest import FILE_NAME, manifest
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.running.machines import read_machines
from evo.storage.mirror import Mirror
from evo.storage.places import open_storage

ENDING = ".zip"
EXTERNAL_MODE = 0o644 << 16  # of a file, as ZIPs store it


def reserve(output: Path, *, overwrite: bool) -> None:
    """Raise `BadInput` unless the ZIP can be made there."""
    if output.suffix != ENDING:
        raise BadInput(f"received --output {shown(output)}, expected a name that ends in {ENDING}")
    if output.is_dir() or (output.exists() and not overwrite):
        raise BadInput(f"{shown(output)} exists already; choose another --output or --overwrite")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{unwritable(output.parent, error)}; choose another --output") from error


def pack(folder: RunFolder, output: Path) -> int:
    """Write a run into the ZIP `output`, in one step; return how many files it holds.

    Raises `RecordError` where nothing can be written, `StorageError` for a record that cannot be
    copied.
    """
    try:
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.") as work:
            copy = _copied(folder, Path(work))
            files = sorted(path for path in copy.path.rglob("*") if path.is_file())
            with closing(Store.open(copy.database, read_only=True)) as store:
                facts = {"run": folder.name, "machines": read_machines(store)}
            text = manifest(copy.path, files, facts)
            with _in_one_step(output) as partial:
                _write(partial, copy, files, text)
    except OSError as error:
        raise RecordError(unwritable(output, error)) from error
    return len(files) + 1


def _copied(folder: RunFolder, work: Path) -> RunFolder:
    """Copy the run as of one moment, and draw what it shows."""
    from evo.plots.drawing import draw_figures
    from evo.report import write_report

    results = work / RESULTS  # where whoever unpacks it will have it: the report has commands
    Mirror(folder, open_storage(str(results), folder.name)).sync()
    copy = RunFolder(results / folder.name)
    with called_here(work):
        draw_figures(copy.path)
        write_report(copy)
    (copy.path / FILE_NAME).unlink(missing_ok=True)  # of an earlier packing
    return copy


def _write(path: Path, copy: RunFolder, files: Sequence[Path], text: str) -> None:
    with ZipFile(path, "w", ZIP_DEFLATED) as packed:
        packed.writestr(_entry(f"{copy.name}/{FILE_NAME}"), text)
        for file in files:
            name = f"{copy.name}/{file.relative_to(copy.path).as_posix()}"
            with (
                packed.open(_entry(name), "w", force_zip64=True) as entry,
                file.open("rb") as read,
            ):
                while block := read.read(1 << 20):
                    entry.write(block)


def _entry(name: str) -> ZipInfo:
    """Name a file of the ZIP, dated as of ZIP's beginning: the same files give the same ZIP."""
    entry = ZipInfo(name)
    entry.compress_type, entry.external_attr = ZIP_DEFLATED, EXTERNAL_MODE
    return entry


@contextmanager
def _in_one_step(output: Path) -> Iterator[Path]:
    """Yield a file that takes the name of `output` once it is whole."""
    partial = output.with_name(f".{output.name}.{os.getpid()}{PARTIAL}")
    try:
        yield partial
        os.replace(partial, output)
    finally:
        partial.unlink(missing_ok=True)
