"""Sizes: how large a network is, of the spec or, where a family can tell, of the genes alone."""

from __future__ import annotations

from typing import NamedTuple

from genomes.graph.spec import NetworkSpec


class Sizes(NamedTuple):
    """Trainable parameters; forward FLOPs and numbers kept for the backward pass, per example."""

    parameters: int
    flops: int
    activations: int

    @classmethod
    def of(cls, spec: NetworkSpec) -> Sizes:
        """Return the sizes of a spec."""
        return cls(spec.dense_parameters(), spec.flops(), spec.activations())
