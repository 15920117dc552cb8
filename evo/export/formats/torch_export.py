"""`model.pt2`: the network as a program of torch.export, for any batch size, free of Python."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from evo.export.exported import Exported, input_type

FILE_NAME = "model.pt2"


def write(exported: Exported, path: Path) -> None:
    """Save the traced network."""
    program = traced(exported)
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # names folders of the machine it was made on
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.export.save(program, path)


def program(path: Path) -> Callable[[Tensor], Tensor]:
    """Return what was saved as a module."""
    return torch.export.load(path).module()


def traced(exported: Exported, examples: int | None = None) -> torch.export.ExportedProgram:
    """Trace the network; inputs have shape (N, ...) and `input_type`.

    N is `examples` if that is given, else any number from 1.
    """
    kind = input_type(exported.spec)
    example = torch.zeros(examples or 2, *exported.spec.input_shape, dtype=kind)
    batch = {} if examples else {0: torch.export.Dim("batch", min=1)}
    network = copy.deepcopy(exported.network)
    del network.masks, network.weight_masks  # all in force already; the program need not hold them
    return torch.export.export(network, (example,), dynamic_shapes=(batch,))
