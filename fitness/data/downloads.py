"""Download of data files with a checksum into a cache folder; nothing is ever half there."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from fitness.data.idx import read_bytes

TIMEOUT_SECONDS = 30.0


class DownloadError(FileNotFoundError):
    """None of the addresses gave the file; the message says why, one line an address."""


def cache_folder(name: str) -> Path:
    """Return evo's cache folder for a data set: `$XDG_CACHE_HOME/evo/<name>` or `~/.cache/...`."""
    return user_cache() / "evo" / name


def user_cache() -> Path:
    """Return the user's cache folder after the XDG base directory specification."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The specification has relative paths ignored.
    return Path(base) if os.path.isabs(base) else Path.home() / ".cache"


def content_sha256(path: Path) -> str:
    """Hash a file's uncompressed contents: repacking by a distribution does not change it."""
    return hashlib.sha256(read_bytes(path)).hexdigest()


def has_content(sha256: str) -> Callable[[Path], None]:
    """Return a check that uncompressed contents have a checksum; it raises ValueError."""

    def check(path: Path) -> None:
        if (found := content_sha256(path)) != sha256:
            raise ValueError(f"its contents have SHA-256 {found}, expected {sha256}")

    return check


def has_sha256(sha256: str) -> Callable[[Path], None]:
    """Return a check that a file, as it was published, has a checksum; it raises ValueError."""

    def check(path: Path) -> None:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != sha256:
            raise ValueError(f"it has the SHA-256 {found}, expected {sha256}, as published")

    return check


def has_md5(md5: str) -> Callable[[Path], None]:
    """Return a check that a file, as it was published, has a checksum; it raises ValueError."""

    def check(path: Path) -> None:
        if (found := file_md5(path)) != md5:
            raise ValueError(f"it has the MD5 {found}, expected {md5}, as published")

    return check


def file_md5(path: Path) -> str:
    """Hash a file as it is: what publishers of old data sets state. It shows damage, no malice."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def download(addresses: Sequence[str], target: Path, sha256: str) -> None:
    """Fetch the first address whose uncompressed contents have the checksum, to `target`."""
    fetch(addresses, target, has_content(sha256))


def fetch(addresses: Sequence[str], target: Path, check: Callable[[Path], None]) -> None:
    """Fetch the first address whose file passes a check, to `target`.

    The file appears by an atomic rename once it is whole. Raises DownloadError otherwise.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    reasons = []
    for address in addresses:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                _fetch(address, file)
            check(partial)
            os.replace(partial, target)
            return
        except (OSError, ValueError, http.client.HTTPException) as error:
            reasons.append(f"  {address}: {_reason(error)}")
        finally:
            partial.unlink(missing_ok=True)
    raise DownloadError(f"could not download {target.name}:\n" + "\n".join(reasons))


def _fetch(address: str, file: BinaryIO) -> None:
    with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as response:
        shutil.copyfileobj(response, file, length=1 << 20)


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.URLError) and not isinstance(error, urllib.error.HTTPError):
        return str(error.reason)
    return str(error) or type(error).__name__
