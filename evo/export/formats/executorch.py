"""`model.pte`: the network for ExecuTorch, which runs it on phones and small machines.

Lowered for XNNPACK, what that does not know for portable kernels. ExecuTorch plans memory before
it runs; the program takes one example at a time, so that it is planned for one.
"""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from evo.export.exported import Exported
from evo.export.formats.torch_export import traced

FILE_NAME = "model.pte"
BY_REQUEST = True
NEEDS = ("executorch",)
EXTRA = "executorch"


def write(exported: Exported, path: Path) -> None:
    """Lower the network and write it; types of inputs are those of `model.pt2`."""
    network = copy.deepcopy(exported.network)
    for module in network.modules():  # ExecuTorch takes no buffers that are not part of the state
        for name, buffer in module.named_buffers(recurse=False):
            module.register_buffer(name, buffer)
    program = traced(replace(exported, network=network), examples=1)
    with _quiet():
        from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
        from executorch.exir import to_edge_transform_and_lower

        lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
        path.write_bytes(lowered.to_executorch().buffer)


def program(path: Path) -> Callable[[Tensor], Tensor]:
    """Return the program as ExecuTorch's own runtime runs it, one example after the other."""
    from executorch.runtime import Runtime

    method = Runtime.get().load_program(path).load_method("forward")

    def run(x: Tensor) -> Tensor:
        return torch.cat([method.execute((one,))[0].clone() for one in torch.split(x, 1)])

    return run


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep torchao from telling which of its kernels are for other machines."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
