"""Unpacks what `evo pack` wrote, after its manifest was held against every file."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import BadZipFile, ZipFile

from evo.errors import BadInput
from evo.files.atomic_file import RecordError, unwritable
from evo.files.paths import shown
from evo.packing.manifest import CHUNK, FILE_NAME, FORMAT
from evo.record.run_folder import RunFolder

MOST_MANIFEST_BYTES = 64 << 20


def unpack(file: Path, results: Path) -> RunFolder:
    """Make the run of a packed file under `results`; return its folder.

    Nothing is left behind unless every file has the length and the hash of the manifest. Raises
    `BadInput` for a file that is not as it was packed and for a name that is taken, `RecordError`
    where nothing can be written.
    """
    try:
        with ZipFile(file) as packed:
            name, listed = _listed(packed, file)
            target = results / name
            if target.exists():
                raise BadInput(f"{shown(target)} exists already; choose other --results")
            results.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=results, prefix=f".{name}.") as work:
                _extract(packed, name, listed, Path(work) / name, file)
                (Path(work) / name / FILE_NAME).write_bytes(packed.read(f"{name}/{FILE_NAME}"))
                os.rename(Path(work) / name, target)
    except (BadZipFile, EOFError, RuntimeError, zlib.error) as error:  # encrypted ones too
        raise BadInput(f"{shown(file)} is no whole ZIP: {error}") from error
    except FileNotFoundError as error:
        raise BadInput(f"there is no file {shown(file)}") from error
    except OSError as error:
        raise RecordError(unwritable(results, error)) from error
    return RunFolder.open(target)


def _listed(packed: ZipFile, file: Path) -> tuple[str, dict[str, dict[str, Any]]]:
    """Return the run's name and its files by name, as the manifest has them."""
    found = [PurePosixPath(name) for name in packed.namelist()]
    roots = {path.parts[0] for path in found if path.parts}
    try:
        (root,) = roots
        entry = packed.getinfo(f"{root}/{FILE_NAME}")
        if entry.file_size > MOST_MANIFEST_BYTES:
            raise ValueError("its manifest is too large")
        told = json.loads(packed.read(entry))
        listed, version = dict(told["files"]), told["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{shown(file)} has no {FILE_NAME} of a packed run in it; expected what evo pack wrote"
        ) from error
    if version != FORMAT:
        raise BadInput(f"{shown(file)} has format {version!r}, this evo reads {FORMAT}")
    names = {path.relative_to(root).as_posix() for path in found} - {FILE_NAME}
    if strange := sorted(names ^ listed.keys()):
        raise BadInput(f"{shown(file)} is not as it was packed: {strange[0]!r} is in one of "
                       "ZIP and manifest alone")  # fmt: skip
    return root, listed


def _extract(
    packed: ZipFile, root: str, listed: dict[str, dict[str, Any]], folder: Path, file: Path
) -> None:
    if root in ("..", ".") or any(".." in PurePosixPath(name).parts for name in listed):
        raise BadInput(f"{shown(file)} has names that lead out of the run's folder")
    folder.mkdir()
    for name, told in listed.items():
        target, entry = folder / name, packed.getinfo(f"{root}/{name}")
        target.parent.mkdir(parents=True, exist_ok=True)
        state = hashlib.sha256()
        if isinstance(told, dict) and told.get("bytes") == entry.file_size:  # else not unpacked
            with packed.open(entry) as source, target.open("wb") as out:
                while block := source.read(CHUNK):
                    state.update(block)
                    out.write(block)
        if told != {"bytes": entry.file_size, "sha256": state.hexdigest()}:
            raise BadInput(f"{shown(file)} is not as it was packed: {name} is another file")
