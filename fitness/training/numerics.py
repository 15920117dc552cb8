"""Numeric settings of a training: device, precision, memory format.

They are part of the trajectory key, so they are settings with a fixed default per kind of device,
never decided by timing. Free of torch at import.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Device = Literal["cpu", "cuda"]
Precision = Literal["float32", "bfloat16"]
MemoryFormat = Literal["contiguous", "channels_last"]
ALLOWED = {
    "device": ("cpu", "cuda"),
    "precision": ("float32", "bfloat16"),
    "memory_format": ("contiguous", "channels_last"),
}


@dataclass(frozen=True)
class Numerics:
    """Where and how precisely to compute; `bfloat16` means autocast over float32 parameters."""

    device: Device = "cpu"
    precision: Precision = "float32"
    memory_format: MemoryFormat = "contiguous"

    def __post_init__(self) -> None:
        for name, allowed in ALLOWED.items():
            received = getattr(self, name)
            if received not in allowed:
                raise ValueError(
                    f"received {name} {received!r}, expected one of {', '.join(allowed)}"
                )

    @classmethod
    def for_device(cls, device: str) -> Numerics:
        """Return the defaults for `auto`, `cpu` or `cuda`; `auto` takes CUDA where there is one.

        Raises ValueError for another name, and for `cuda` where torch sees no CUDA device.
        """
        if device not in ("auto", "cpu", "cuda"):
            raise ValueError(f"received device {device!r}, expected one of auto, cpu, cuda")
        if device == "cpu":
            return cls()
        import torch

        if torch.cuda.is_available():
            return cls(device="cuda")
        if device == "cuda":
            raise ValueError("received device 'cuda', but torch sees none; use --device cpu")
        return cls()
