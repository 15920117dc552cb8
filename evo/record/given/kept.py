"""Keeps a given network in a run's folder: `given.json` and `given.safetensors`.

So export, resume, retrain and show need neither the user's module nor the file of its weights.
Such a folder may come from anybody: no code of it runs, and nothing is allocated before its size
is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.numpy import load, save

from evo.errors import BadInput
from evo.files.atomic_file import write_atomically
from evo.files.bounded import MEBIBYTE, MOST_WEIGHTS, read_bytes, read_text
from evo.files.paths import shown
from genomes.graph.activation_memory import BYTES
from genomes.graph.given.network import Array, GivenNetwork
from genomes.graph.operation import operation_of
from genomes.graph.spec import NetworkSpec

GRAPH, WEIGHTS = "given.json", "given.safetensors"
MOST_AT_WORK = 4096 * MEBIBYTE  # that outputs of one example may take
# What reading a file of unknown origin may raise:
MALFORMED = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)


def keep_given(given: GivenNetwork, folder: Path) -> None:
    """Write a given network into a folder, its graph last; raises `RecordError`."""
    write_atomically(folder / WEIGHTS, save(dict(given.tensors)))
    facts = {
        "identity": given.identity,
        "teaches": given.teaches,
        "reasons": dict(given.reasons),
        "notes": list(given.notes),
        "spec": given.spec.to_json(),
    }
    write_atomically(folder / GRAPH, json.dumps(facts) + "\n")


def is_kept(folder: Path) -> bool:
    """Tell whether a folder has a given network."""
    return (folder / GRAPH).is_file()


def kept_given(folder: Path) -> GivenNetwork:
    """Read the given network of a folder, once for each state of its files.

    Raises `BadInput`, naming the file, for what is missing, damaged, or belongs to another.
    """
    stamps = []
    for path in (folder / GRAPH, folder / WEIGHTS):
        try:
            facts = path.stat()
        except OSError as error:
            raise BadInput(f"{shown(path)}: {error.strerror}; the run needs it") from None
        stamps.append((facts.st_mtime_ns, facts.st_size))
    return _read(folder, tuple(stamps))


@lru_cache(maxsize=2)
def _read(folder: Path, stamps: tuple[tuple[int, int], ...]) -> GivenNetwork:
    tensors, path = _tensors(folder / WEIGHTS), folder / GRAPH
    try:
        facts = json.loads(read_text(path))
        spec = NetworkSpec.from_json(facts["spec"])
        given = GivenNetwork(
            spec=spec,
            tensors=tensors,
            reasons=_texts(facts["reasons"]),
            notes=tuple(map(str, facts["notes"])),
            teaches=facts["teaches"] is True,
        )
        identity = given.identity
        _check(spec, tensors)
    except BadInput:
        raise
    except OSError as error:
        raise BadInput(f"{shown(path)}: {error.strerror}") from None
    except MALFORMED as error:
        raise BadInput(f"{shown(path)} is damaged: {error}") from None
    if identity != facts["identity"]:
        raise BadInput(
            f"{shown(path)} and {WEIGHTS} are not what was written together: their hash is "
            f"{identity}, {GRAPH} says {facts['identity']!r}. Copy both from the run anew"
        )
    return given


def _tensors(path: Path) -> dict[str, Array]:
    try:
        found: dict[str, Array] = load(read_bytes(path, MOST_WEIGHTS))
    except BadInput:
        raise
    except (SafetensorError, OSError, *MALFORMED) as error:
        raise BadInput(f"{shown(path)} is damaged, perhaps cut short: {error}") from None
    return found


def _texts(given: Any) -> Mapping[str, str]:
    return {str(name): str(text) for name, text in given.items()}


def _check(spec: NetworkSpec, tensors: Mapping[str, Array]) -> None:
    """Raise ValueError where tensors are no part of a graph, or it takes too much memory."""
    held = sum(values.size for values in tensors.values())
    if spec.dense_parameters() > held:
        raise ValueError(
            f"it describes {spec.dense_parameters():,} parameters, {WEIGHTS} has {held:,}"
        )
    if (at_work := BYTES * spec.activations()) > MOST_AT_WORK:
        raise ValueError(
            f"its network takes {at_work:,} bytes for one example, expected at most "
            f"{MOST_AT_WORK:,}"
        )
    for key in tensors:
        owner, _, name = key.partition(".")
        if owner not in spec.by_name or name not in operation_of(spec.by_name[owner]).axes:
            raise ValueError(f"{WEIGHTS} has {key}, of which its graph knows nothing")
