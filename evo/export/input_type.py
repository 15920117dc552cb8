"""The type of tensor in which a network takes its inputs."""

from __future__ import annotations

import torch

from evo.export.model_source import reads_float64
from genomes.graph.spec import NetworkSpec


def input_type(spec: NetworkSpec) -> torch.dtype:
    """Return float32; float64 where that cannot carry the raw inputs, int64 for tokens."""
    if spec.tokens is not None:
        return torch.int64
    return torch.float64 if reads_float64(spec) else torch.float32
