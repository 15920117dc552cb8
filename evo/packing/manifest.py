"""`manifest.json` of a packed run: what is in it, and where and by what it was made.

`files` has the bytes and the SHA-256 of every other file by name; `machines` those that drove the
run (`runners.machine`), `packed_by` the version of evo that packed it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from evo.version import VERSION

FILE_NAME = "manifest.json"
FORMAT = 1
CHUNK = 1 << 20


def manifest(root: Path, files: Iterable[Path], facts: Mapping[str, Any]) -> str:
    """Write the manifest of these files, named from `root` on, and of what else is known."""
    listed = {
        file.relative_to(root).as_posix(): {"bytes": file.stat().st_size, "sha256": digest(file)}
        for file in files
    }
    head = {"format": FORMAT, "packed_by": f"evo {VERSION}", **facts}
    return json.dumps({**head, "files": listed}, indent=1, ensure_ascii=False) + "\n"


def digest(file: Path) -> str:
    """Return a file's SHA-256 in hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
