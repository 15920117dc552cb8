"""Rebuilds the network of an export from `spec.json` and `weights.safetensors`, of whomever.

No code of the folder runs: `model.py` and `model.pt2` are never looked at. Nothing is allocated
before its size is known: a damaged spec, and a made-up one, may ask for any.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from evo.errors import BadInput
from evo.files.bounded import MEBIBYTE, MOST_WEIGHTS, check_plain, read_text
from evo.files.paths import shown
from genomes.graph.activation_memory import BYTES, peak_activation_bytes
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import Network, build

MOST_AT_WORK = 1024 * MEBIBYTE  # that outputs and tables of one example may take
HELD_AT_WORK = 512 * MEBIBYTE  # that a batch may take, if an example takes less
# Exceptions that reading a file of unknown origin may raise.
MALFORMED = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)


def load_export(folder: Path) -> Network:
    """Rebuild the network of an export, in evaluation mode.

    Raises BadInput, naming the file, for what is missing, damaged, too large or too new.
    """
    if not folder.is_dir():
        raise BadInput(f"there is no folder {shown(folder)}")
    spec, tensors = _read_spec(folder / "spec.json"), _read_weights(folder / "weights.safetensors")
    given, held = spec.dense_parameters(), sum(tensor.numel() for tensor in tensors.values())
    if given > held:
        raise BadInput(
            f"{shown(folder)}: spec.json describes {given:,} parameters, weights.safetensors "
            f"holds {held:,}; the two files do not belong together"
        )
    if (at_work := bytes_at_work(spec)) > MOST_AT_WORK:
        raise BadInput(
            f"{shown(folder / 'spec.json')} describes a network that takes {at_work:,} bytes for "
            f"one example, expected at most {MOST_AT_WORK:,}"
        )
    network = _built(spec, folder / "spec.json")
    _check_tensors(network.tensors(), tensors, folder / "weights.safetensors")
    network.load_state_dict({**network.state_dict(), **tensors})
    return network.eval()


def bytes_at_work(spec: NetworkSpec) -> int:
    """Return the most bytes that outputs and tables take for one example, gradients or none."""
    return max(peak_activation_bytes(spec), BYTES * spec.activations()) + BYTES * spec.tables()


def examples_at_once(spec: NetworkSpec) -> int:
    """Return how many examples a network of unknown size can be given at once, at least one."""
    return max(1, HELD_AT_WORK // bytes_at_work(spec))


def read_json(path: Path) -> Any:
    """Return what a JSON file of an export holds; raises BadInput, naming it, for any other."""
    try:
        return json.loads(read_text(path))
    except FileNotFoundError:
        raise BadInput(f"{path.parent} is no export of evo: it has no {path.name}") from None
    except BadInput:
        raise
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path} is damaged, it is not JSON: {error}") from None


def _read_spec(path: Path) -> NetworkSpec:
    data = read_json(path)
    try:
        return NetworkSpec.from_json(data)
    except MALFORMED as error:
        raise BadInput(f"{path}: {error}") from None


def _built(spec: NetworkSpec, path: Path) -> Network:
    """Build a network that may name numbers no operation can have."""
    try:
        return build(spec)
    except MALFORMED as error:
        raise BadInput(f"{path} describes what cannot be built: {error}") from None


def _read_weights(path: Path) -> dict[str, Tensor]:
    try:
        check_plain(path, MOST_WEIGHTS)
        tensors: dict[str, Tensor] = load_file(path)
    except FileNotFoundError:
        raise BadInput(f"{path.parent} is no export of evo: it has no {path.name}") from None
    except BadInput:
        raise
    except (SafetensorError, OSError, ValueError) as error:
        raise BadInput(f"{path} is damaged, perhaps cut short: {error}") from None
    return tensors


def _check_tensors(expected: dict[str, Tensor], found: dict[str, Tensor], path: Path) -> None:
    for problem, names in (
        ("lacks", sorted(expected.keys() - found.keys())),
        ("has, but spec.json does not need,", sorted(found.keys() - expected.keys())),
    ):
        if names:
            raise BadInput(f"{path} {problem} {', '.join(names[:5])} ({len(names)} in all)")
    for name, tensor in found.items():
        # Constants that float64 holds today were float32 in exports of before.
        kinds = {expected[name].dtype, torch.float32}
        if tensor.shape != expected[name].shape or tensor.dtype not in kinds:
            raise BadInput(
                f"{path}: {name} has shape {tuple(tensor.shape)} and type {tensor.dtype}, "
                f"spec.json needs {tuple(expected[name].shape)} and {expected[name].dtype}"
            )
        if not torch.isfinite(tensor).all():
            raise BadInput(f"{path}: {name} has values that are NaN or infinite")
