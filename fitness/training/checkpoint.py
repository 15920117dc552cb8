"""Checkpoints: one safetensors blob that holds everything a training needs to go on.

Randomness is derived from (seed, epoch), so no generator state is stored. Never pickled.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

FORMAT = 1  # raise it whenever what a checkpoint holds, or how a training goes on, changes
DISTRIBUTION = "evo-nas"
METADATA = "evo"  # the name of the one metadata entry, a JSON object


class CheckpointError(ValueError):
    """A checkpoint that cannot be read, or belongs to another training than the one at hand."""


@dataclass(frozen=True)
class Header:
    """What a checkpoint belongs to: `task` is its data's fingerprint, `spec` a network's hash."""

    epoch: int
    adult_epochs: int
    precision: str
    memory_format: str
    task: str
    spec: str


def pack(header: Header, tensors: dict[str, Tensor]) -> bytes:
    """Return header and tensors as safetensors bytes; tensors may be views on any device."""
    metadata = {"format": FORMAT, "evo_version": _version(), **asdict(header)}
    copies = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }
    # One entry: safetensors writes several in no fixed order, but equal states are equal bytes.
    return safetensors.torch.save(copies, {METADATA: json.dumps(metadata, sort_keys=True)})


def unpack(data: bytes, expected: Mapping[str, object]) -> dict[str, Tensor]:
    """Return the tensors; raise CheckpointError if the header differs from what is expected.

    `expected` has the names of `Header`'s fields, those that matter to the caller.
    """
    found = read_header(data)
    for name, wanted in expected.items():
        if (received := getattr(found, name)) != wanted:
            raise CheckpointError(
                f"the checkpoint was made with {WORDS[name]} {received}, "
                f"but {wanted} is expected. {REMEDIES[name]}"
            )
    try:
        return safetensors.torch.load(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise _damaged(data, str(error)) from None


def read_header(data: bytes) -> Header:
    """Return what a checkpoint says of itself.

    Raises CheckpointError for a damaged one and for another format.
    """
    try:
        (length,) = struct.unpack("<Q", data[:8])
        metadata = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][METADATA])
        found_format, writer = metadata["format"], metadata["evo_version"]
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise _damaged(data, str(error)) from None
    if found_format != FORMAT:
        raise CheckpointError(
            f"the checkpoint has format {found_format} (written by evo {writer}), but this evo "
            f"{_version()} reads format {FORMAT}. Use the version that wrote it, or train anew."
        )
    try:
        return Header(
            epoch=metadata["epoch"],
            adult_epochs=metadata["adult_epochs"],
            precision=metadata["precision"],
            memory_format=metadata["memory_format"],
            task=metadata["task"],
            spec=metadata["spec"],
        )
    except KeyError as error:
        raise _damaged(data, str(error)) from None


WORDS = {
    "epoch": "epoch",
    "adult_epochs": "adult epochs",
    "precision": "precision",
    "memory_format": "memory format",
    "task": "task data",
    "spec": "network",
}
_NUMERICS = "Use the numeric settings of the run that wrote it, or train anew."
REMEDIES = {
    "epoch": "Give the checkpoint of the epoch from which training goes on.",
    "adult_epochs": "Schedules span the adult epochs: use the same number, or train anew.",
    "precision": _NUMERICS,
    "memory_format": _NUMERICS,
    "task": "Use the data of the run that wrote it: the same files, unchanged.",
    "spec": "Give the checkpoint of this genome.",
}


def _damaged(data: bytes, why: str) -> CheckpointError:
    return CheckpointError(
        f"the checkpoint is damaged or no checkpoint ({len(data)} bytes received; {why}). It may "
        "have been cut short while written or copied: restore it, or train this genome anew."
    )


def _version() -> str:
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:  # run from a source tree
        return "unknown"
