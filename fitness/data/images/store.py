"""Decoded pictures in the user's cache: one memory-mapped file, named by what it was made of.

All processes of a machine that open it share its pages. Splits lie one after another, so each is a
piece of the file. What is there is never changed; what is half there never has its name.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData
from fitness.data.downloads import cache_folder

VERSION = 1  # raise it when the same files become other arrays
PICTURES, ORDER, FACTS = "pictures.npy", "order.npy", "facts.json"
CHUNK = 1024  # pictures copied at a time
SPARE = 1.02  # free space asked for, times what will be written


@dataclass(frozen=True)
class Stored:
    """Pictures (N, C, H, W) split by split, their places in the listing, the splits' sizes.

    They are mapped from `file`.
    """

    pictures: npt.NDArray[Any]
    order: npt.NDArray[np.int64]
    sizes: tuple[int, ...]
    notes: tuple[str, ...]
    file: Path


def content_key(files: Sequence[Path], *facts: object) -> str:
    """Hash what files hold, in order, and what else decides the arrays; raises UnusableData."""

    def digest(path: Path) -> bytes:
        try:
            return hashlib.sha256(path.read_bytes()).digest()
        except OSError as error:
            raise UnusableData(f"{path} cannot be read: {error.strerror}") from None

    state = hashlib.sha256(json.dumps([VERSION, *facts]).encode())
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for one in pool.map(digest, files, chunksize=64):
            state.update(one)
    return state.hexdigest()[:32]


def place_of(key: str) -> Path:
    """Return the folder of the cache for a key."""
    return cache_folder("images") / key


def read(key: str) -> Stored | None:
    """Open what is kept for a key; None if there is nothing."""
    folder = place_of(key)
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        order = np.load(folder / ORDER, allow_pickle=False)
        told = tuple(facts["sizes"]), tuple(facts["notes"])
        return Stored(_mapped(folder), order, *told, file=folder / PICTURES)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError) as error:
        raise UnusableData(f"the cache {folder} is damaged ({error}); delete it") from None


@contextmanager
def scratch(key: str, bytes_needed: int, what: str) -> Iterator[Path]:
    """Make a folder beside the place of a key, removed in the end; say what will be written.

    `what` is for people. Raises UnusableData where there is no room or no permission.
    """
    place = place_of(key)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(place.parent).free
        if free < SPARE * bytes_needed:
            raise OSError(f"{free / 1e6:,.0f} MB are free, {bytes_needed / 1e6:,.0f} MB needed")
        folder = Path(tempfile.mkdtemp(prefix=".", dir=place.parent))
    except OSError as error:
        raise UnusableData(
            f"decoded pictures cannot be kept in {place.parent}: {error}. Set XDG_CACHE_HOME to a "
            "folder with room, or choose a smaller --image-size"
        ) from None
    print(f"{what}, kept in {place}", file=sys.stderr, flush=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def empty(folder: Path, shape: tuple[int, ...], kind: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return a new array in a file of a scratch folder, to be filled and then `keep`-ed."""
    return np.lib.format.open_memmap(folder / "raw.npy", mode="w+", dtype=kind, shape=shape)


def keep(
    key: str,
    folder: Path,
    raw: npt.NDArray[Any],
    order: npt.NDArray[np.int64],
    sizes: tuple[int, ...],
    notes: tuple[str, ...],
) -> Stored:
    """Write pictures in the order of the splits; they appear under the key all at once."""
    shape = (len(order), *raw.shape[1:])
    file = np.lib.format.open_memmap(folder / PICTURES, mode="w+", dtype=raw.dtype, shape=shape)
    for start in range(0, len(order), CHUNK):
        file[start : start + CHUNK] = raw[order[start : start + CHUNK]]
    file.flush()
    np.save(folder / ORDER, order)
    facts = json.dumps({"sizes": sizes, "notes": notes})
    (folder / FACTS).write_text(facts, encoding="utf-8")
    (folder / "raw.npy").unlink()
    try:
        os.rename(folder, place_of(key))
    except OSError:  # another process was faster, with the same
        if read(key) is None:
            raise
    found = read(key)
    assert found is not None
    return found


def _mapped(folder: Path) -> npt.NDArray[Any]:
    """Map the file so that a write, of which there is none, would stay in this process."""
    mapped = np.load(folder / PICTURES, mmap_mode="c", allow_pickle=False)
    return np.asarray(mapped)
