"""What a stranger may put into files that evo reads: damage by hypothesis, and odd files."""

from __future__ import annotations

import copy
import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

VALUES: list[Any] = [
    None, True, False, -1, 0, 1, 3, 2**31, 2**63, 10**20, 10**400, 1e308, -1e-320, 0.5,
    float("nan"), float("inf"), "", "x", "../../../etc/passwd", "\0", "a" * 5000, "\ud800",
    [], {}, [[1]], {"a": 1}, [None], [1, 2, 3], ["x"], json.loads("[" * 500 + "]" * 500),
]  # fmt: skip
INSERTED = [
    b"[" * 100_000, b'{"a":' * 50_000, b"9" * 5000, b"\0" * 50, b"\xff\xfe", b"1e999", b"NaN"
]  # fmt: skip
SPARSE_BYTES = 2**42  # that a file may declare without having them
ADDRESS_BYTES = 4 * 2**30  # that a command may ask for beyond what the process has


def places(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the keys that lead to each value of JSON data."""
    yield at
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, dict | list):
            yield from places(value, (*at, key))
        else:
            yield (*at, key)


@st.composite
def damaged_json(draw: st.DrawFn, data: Any) -> Any:
    """Return JSON data with one value dropped, doubled, or replaced by another."""
    at = draw(st.sampled_from(list(places(data))))
    how = draw(st.sampled_from(["replaced", "replaced", "replaced", "dropped", "doubled"]))
    value = draw(st.sampled_from(VALUES))
    if not at:
        return value
    found = copy.deepcopy(data)
    parent = found
    for key in at[:-1]:
        parent = parent[key]
    if how == "dropped":
        del parent[at[-1]]
    elif how == "doubled" and isinstance(parent, list):
        parent.append(parent[at[-1]])
    elif how == "doubled":
        parent[f"{at[-1]}_x"] = parent[at[-1]]
    else:
        parent[at[-1]] = value
    return found


@st.composite
def damaged_bytes(draw: st.DrawFn, whole: bytes) -> bytes:
    """Return bytes that are cut short, changed, spread apart, or have lost some."""
    place = draw(st.integers(0, len(whole) - 1))
    how = draw(st.sampled_from(["cut", "changed", "inserted", "lost", "other"]))
    if how == "cut":
        return whole[:place]
    if how == "changed":
        new = draw(st.binary(min_size=1, max_size=8))
        return whole[:place] + new + whole[place + len(new) :]
    if how == "inserted":
        return whole[:place] + draw(st.sampled_from(INSERTED)) + whole[place:]
    if how == "lost":
        return whole[:place] + whole[place + draw(st.integers(1, 40)) :]
    return draw(st.binary(max_size=100))


@st.composite
def damaged_tensors(draw: st.DrawFn, whole: bytes) -> bytes:
    """Return a safetensors file whose header says something else than before."""
    size = int.from_bytes(whole[:8], "little")
    header = as_bytes(draw(damaged_json(json.loads(whole[8 : 8 + size]))))
    return len(header).to_bytes(8, "little") + header + whole[8 + size :]


def damaged_file(name: str, whole: bytes) -> st.SearchStrategy[bytes]:
    """Return what may come of a file, by its name: damage that keeps its format is commoner."""
    if name.endswith(".json"):
        kept = damaged_json(json.loads(whole)).map(as_bytes)
    elif name.endswith(".safetensors"):
        kept = damaged_tensors(whole)
    else:
        return damaged_bytes(whole)
    return st.one_of(kept, kept, damaged_bytes(whole))


def as_bytes(data: Any) -> bytes:
    """Write JSON as a stranger would, lone surrogates too."""
    return json.dumps(data).encode("utf-8", "surrogatepass")


# -- odd kinds of files ---------------------------------------------------------------------------


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(SPARSE_BYTES)


ODD: dict[str, Callable[[Path], None]] = {
    "a folder": Path.mkdir,
    "a pipe": lambda path: os.mkfifo(path),
    "a device without end": lambda path: path.symlink_to("/dev/zero"),
    "a link in a circle": lambda path: path.symlink_to(path.name),
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
    "terabytes of nothing": _sparse,
    "nobody's": lambda path: path.touch(mode=0o000),
}


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Let no more memory be asked for inside than a command may take for a small folder."""
    if sys.platform != "linux":
        yield
        return
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    now = pages * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + ADDRESS_BYTES, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
