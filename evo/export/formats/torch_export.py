"""`model.pt2`: the network as a program of torch.export, for any batch size, free of Python."""

from __future__ import annotations

import copy
import warnings
from pathlib import Path

import torch

from evo.export.exported import Exported
from evo.export.model_source import reads_float64

FILE_NAME = "model.pt2"


def write(exported: Exported, path: Path) -> None:
    """Trace and save the network; inputs are float32 of shape (N, ...), N at least 1.

    They are float64 where float32 cannot carry the raw inputs, and int64 where they are tokens.
    """
    kind = torch.float64 if reads_float64(exported.spec) else torch.float32
    kind = torch.int64 if exported.spec.tokens is not None else kind
    example = torch.zeros(2, *exported.spec.input_shape, dtype=kind)
    batch = torch.export.Dim("batch", min=1)
    network = copy.deepcopy(exported.network)
    del network.masks, network.weight_masks  # all in force already; the program need not hold them
    program = torch.export.export(network, (example,), dynamic_shapes=({0: batch},))
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # names folders of the machine it was made on
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.export.save(program, path)
