"""Where a run is mirrored to: a folder on a shared file system, or an object store.

A storage takes whole files, each in one step, by names with "/" between their parts. It knows
nothing of runs; see `evo.storage.mirror`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from evo.errors import BadInput
from evo.files.atomic_file import PARTIAL
from evo.files.paths import absolute

# File systems of fsspec that replace a file in one step. Others are better mounted.
OBJECT_STORES = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oci", "oss", "memory")


class StorageError(RuntimeError):
    """A storage could not be read or written; what it held before is intact."""


class Storage(Protocol):
    """One run's place in a storage. Everything raises `StorageError`."""

    place: str  # for people: a path or a URL

    def sizes(self) -> dict[str, int]:
        """Return the sizes in bytes of all files by name; none if the place does not exist."""

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, None if there is none."""

    def write(self, name: str, content: bytes) -> None:
        """Replace a file in one step."""

    def put(self, file: Path, name: str) -> None:
        """Replace a file by a local one in one step."""

    def get(self, name: str, file: Path) -> None:
        """Copy a file to a local one."""

    def remove(self, names: Iterable[str]) -> None:
        """Delete files; those that are not there are passed over."""


def is_url(text: str) -> bool:
    """Tell a URL from a path; `file://` is a path, see `as_written`."""
    return "://" in text and not text.startswith("file://")


def as_written(text: str) -> str:
    """Return the setting as a config keeps it: a URL without a last slash, or an absolute path."""
    if is_url(text):
        return text.rstrip("/")
    return str(absolute(text.removeprefix("file://")))


def open_storage(storage: str, run: str) -> Storage:
    """Return the place of a run in a storage; touches nothing. Raises `BadInput`."""
    written = as_written(storage)
    if not is_url(written):
        return StorageFolder(Path(written) / run)
    return StorageUrl(f"{written}/{run}")


def open_place(place: str) -> Storage:
    """Return the storage that a run's own path or URL names."""
    above, _, run = as_written(place).rpartition("/")
    return open_storage(above or "/", run)


class StorageFolder:
    """A folder: a network file system, another disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = str(path)

    def sizes(self) -> dict[str, int]:
        """Return the sizes of all files, half-written ones left out."""
        with self._explained():
            files = [file for file in self.path.rglob("*") if file.is_file()]
            return {
                file.relative_to(self.path).as_posix(): file.stat().st_size
                for file in files
                if not file.name.endswith(PARTIAL)
            }

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, None if there is none."""
        with self._explained():
            try:
                return (self.path / name).read_bytes()
            except FileNotFoundError:
                return None

    def write(self, name: str, content: bytes) -> None:
        """Write beside, flush, rename."""
        with self._explained(), self._replaced(name) as partial:
            partial.write_bytes(content)

    def put(self, file: Path, name: str) -> None:
        """Copy beside, flush, rename."""
        with self._explained(), self._replaced(name) as partial:
            shutil.copyfile(file, partial)

    def get(self, name: str, file: Path) -> None:
        """Copy a file."""
        with self._explained():
            shutil.copyfile(self.path / name, file)

    def remove(self, names: Iterable[str]) -> None:
        """Delete files."""
        with self._explained():
            for name in names:
                (self.path / name).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _replaced(self, name: str) -> Iterator[Path]:
        """Yield a file to be written that takes the name once it is whole and on the disk."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}{PARTIAL}")  # a later try replaces it
        try:
            yield partial
            with partial.open("rb") as written:
                os.fsync(written.fileno())
            os.replace(partial, target)
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            raise

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(f"{self.place}: {error.strerror or error}") from error


class StorageUrl:
    """An object store, by fsspec (https://filesystem-spec.readthedocs.io)."""

    def __init__(self, url: str) -> None:
        scheme = url.split("://")[0]
        if scheme not in OBJECT_STORES:
            raise BadInput(
                f"received the storage {url}; expected a folder or a URL of "
                f"{', '.join(OBJECT_STORES)}. Mount other file systems and give the folder."
            )
        try:
            from fsspec.core import url_to_fs

            self._files, self._root = url_to_fs(url)
        except ImportError as error:
            raise BadInput(
                f"the storage {url} needs a package that is not installed ({error}): "
                "pip install 'evo-nas[storage]'"
            ) from None
        except Exception as error:  # whatever a store's package has to say against the URL
            raise BadInput(f"the storage {url} cannot be used: {error}") from error
        self.place = url

    def sizes(self) -> dict[str, int]:
        """Return the sizes of all files."""
        with self._explained():
            self._files.invalidate_cache()
            found = self._files.find(self._root, detail=True)
            root = self._root.rstrip("/") + "/"
            return {name.removeprefix(root): int(info["size"]) for name, info in found.items()}

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, None if there is none."""
        with self._explained():
            try:
                return bytes(self._files.cat_file(self._at(name)))
            except FileNotFoundError:
                return None

    def write(self, name: str, content: bytes) -> None:
        """Upload bytes."""
        with self._explained():
            self._files.pipe_file(self._at(name), content)

    def put(self, file: Path, name: str) -> None:
        """Upload a file."""
        with self._explained():
            self._files.put_file(str(file), self._at(name))

    def get(self, name: str, file: Path) -> None:
        """Download a file."""
        with self._explained():
            self._files.get_file(self._at(name), str(file))

    def remove(self, names: Iterable[str]) -> None:
        """Delete files."""
        with self._explained():
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    self._files.rm_file(self._at(name))

    def _at(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # every store has errors of its own
            text = " ".join(str(error).split()) or type(error).__name__
            raise StorageError(f"{self.place}: {text}") from error
