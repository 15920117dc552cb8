"""`weights.safetensors`: all tensors under the names that `model.py` gives them."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import save

from evo.export.exported import Exported

FILE_NAME = "weights.safetensors"


def write(exported: Exported, path: Path) -> None:
    """Write the weights, and the constants of normalisations."""
    tensors = {name: tensor.contiguous() for name, tensor in exported.network.tensors().items()}
    path.write_bytes(save(tensors, metadata={"format": "pt"}))
