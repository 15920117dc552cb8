"""Operation `opaque_pair`: an operator of PyTorch as it is, as `opaque`, that reads two inputs."""

from __future__ import annotations

from genomes.operations.opaque import Opaque

OPERATION = Opaque(arity=2)
