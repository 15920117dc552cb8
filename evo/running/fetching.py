"""Copies a mirrored run from its storage to the local disk, where it is gone on with."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from evo.errors import BadInput
from evo.files.atomic_file import PARTIAL, unwritable
from evo.files.paths import RESULTS, absolute
from evo.record.run_folder import RunFolder
from evo.settings.config import load_toml, to_toml
from evo.settings.function_config import in_toml, read_function_config
from evo.storage.claim import CLAIM, LOCAL, check_unclaimed, read_claim
from evo.storage.mirror import DATABASE
from evo.storage.places import Storage, StorageError, as_written, is_url, open_place


def is_mirror(run: str) -> bool:
    """Tell whether a URL, or a path to a folder, is the mirror of a run and not its own folder."""
    return is_url(run) or (Path(as_written(run)) / CLAIM).is_file()


def fetch(place: str) -> Path:
    """Return the local folder of a mirrored run, copied from there if there is none.

    It lies in the results folder of its config. Raises `BadInput` if another driver seems at work
    on it, if the local folder of that name is another run or an older state, or if it cannot be
    read.
    """
    storage = open_place(place)
    if read_claim(storage) is None:
        raise BadInput(f"{storage.place} is not the mirror of a run: it has no {CLAIM}")
    above, _, name = storage.place.rpartition("/")
    try:
        if DATABASE not in storage.sizes():
            raise BadInput(f"{storage.place} holds nothing of a run yet; delete it")
        folder = _local(storage, name)
        if not is_url(place) and folder.resolve() == Path(storage.place).resolve():
            os.replace(folder / CLAIM, folder / LOCAL)  # it was copied here by hand
            return folder
        if folder.exists():
            check_unclaimed(storage, folder)
        else:
            check_unclaimed(storage)
            _copy(storage, folder)
    except StorageError as error:
        raise BadInput(f"the run cannot be copied from {error}") from error
    _move(RunFolder(folder), above)
    return folder


def _move(folder: RunFolder, storage: str) -> None:
    """Write another storage into a run's config, if it was mounted elsewhere."""
    function = read_function_config(folder.config)
    if function is not None:
        if function.get("storage") != storage:
            folder.write_config(in_toml({**function, "storage": storage}))
        return
    config = load_toml(folder.config)
    if config.storage != storage:
        folder.write_config(to_toml(config.model_copy(update={"storage": storage})))


def fetch_to(storage: Storage, folder: Path) -> None:
    """Copy a mirrored run to its folder, unless that is there or nothing is mirrored.

    Raises `BadInput` if another driver seems at work on it, or if it cannot be read.
    """
    try:
        if folder.exists() or read_claim(storage) is None:
            return
        check_unclaimed(storage)
        _copy(storage, folder)
    except StorageError as error:
        raise BadInput(f"the run cannot be copied from {error}") from error


def _local(storage: Storage, name: str) -> Path:
    """Return where the run's folder belongs here, by the config that is mirrored."""
    with tempfile.TemporaryDirectory() as scratch:
        config = Path(scratch) / "config.toml"
        storage.get(config.name, config)
        function = read_function_config(config)
        results = load_toml(config).results if function is None else function.get("results")
        return absolute(results or RESULTS) / name


def _copy(storage: Storage, folder: Path) -> None:
    """Copy all files; the folder is there whole or not at all."""
    partial = folder.with_name(f".{folder.name}.{os.getpid()}{PARTIAL}")
    try:
        for name in storage.sizes():
            file = partial / (LOCAL if name == CLAIM else name)
            if not file.resolve().is_relative_to(partial.resolve()):
                raise BadInput(f"{storage.place} holds a file {name!r}, which is no run's")
            file.parent.mkdir(parents=True, exist_ok=True)
            storage.get(name, file)
        os.replace(partial, folder)
    except OSError as error:
        raise BadInput(unwritable(folder, error)) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
