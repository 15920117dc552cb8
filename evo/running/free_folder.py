"""Chooses the folder of a new run: the name that was given, or the next free number."""

from __future__ import annotations

import re
from pathlib import Path

from evo.errors import BadInput
from evo.files.paths import run_argument, shown
from evo.settings.config import RunConfig
from evo.storage.claim import check_free, read_claim
from evo.storage.places import open_storage


def free_folder(config: RunConfig, results: Path) -> Path:
    """Return the run's folder: the given name, which must be free, or the next free number."""
    if config.name:
        return named_folder(results, config.name, config.storage)
    return numbered_folder(results, stem_of(config.task), config.storage)


def stem_of(task: str) -> str:
    """Return what folders are called after a task, before their number."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", Path(task.split(":")[-1]).stem).strip("-") or "run"


def named_folder(results: Path, name: str, storage: str | None) -> Path:
    """Return the folder of this name; raise `BadInput` unless it is free, in the storage too."""
    folder = results / name
    if folder.exists():
        raise BadInput(
            f"{shown(folder)} exists already. Continue it with `evo resume "
            f"{run_argument(folder)}`, or choose another --name."
        )
    if storage is not None:
        check_free(open_storage(storage, name), name)
    return folder


def numbered_folder(results: Path, stem: str, storage: str | None) -> Path:
    """Return the first of stem-001, stem-002, ... that is free, in the storage too."""
    number = 1
    while (results / f"{stem}-{number:03d}").exists() or (
        storage is not None and _is_mirrored(storage, f"{stem}-{number:03d}")
    ):
        number += 1
    if storage is not None:
        check_free(open_storage(storage, f"{stem}-{number:03d}"), f"{stem}-{number:03d}")
    return results / f"{stem}-{number:03d}"


def _is_mirrored(storage: str, name: str) -> bool:
    """Tell whether a storage holds a run of this name."""
    return read_claim(open_storage(storage, name)) is not None
