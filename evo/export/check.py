"""Checks an export before anybody gets it: all its forms give what the network gives.

`model.py`, `model.pt2` and what `evo evaluate` rebuilds are run on batches of several sizes, one
example among them. Whatever differs is a fault of evo, never of the user's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from evo.export.evaluate import load_export
from genomes.graph.operation import operation_of
from genomes.networks.network import Network

BATCHES = (1, 2, 7)
LACKING, CODES = 0.2, 3.0  # share of missing numbers; the spread of codes of categories
TOLERANCE = 1e-3  # of the greatest logit: float32 sums differ by their order


class ExportDiffers(RuntimeError):
    """A form of the export computes something else than the network does."""


def check_export(network: Network, folder: Path) -> None:
    """Run every form of an export that was written to `folder`; raises `ExportDiffers`."""
    forms = dict(_forms(folder))
    for size in BATCHES:
        x = example_inputs(network, size)
        with torch.inference_mode():
            expected = network(x)
            for name, form in forms.items():
                _compare(name, form(x), expected)


def example_inputs(network: Network, size: int) -> Tensor:
    """Draw inputs (N, ...) as the network expects them: tokens, or about the mean it subtracts.

    Of a table's rows some lack numbers; what follows the numbers are codes, known or not.
    """
    generator = torch.Generator().manual_seed(size)
    spec = network.spec
    if spec.tokens is not None:
        return torch.randint(spec.tokens, (size, *spec.input_shape), generator=generator)
    x = torch.randn((size, *spec.input_shape), generator=generator)
    takes_missing = any(operation_of(node).takes_missing for node in spec.nodes)
    if takes_missing:
        x[torch.rand(x.shape, generator=generator) < LACKING] = torch.nan
    if (normal := spec.normalization) is None:
        return (CODES * x).round() if takes_missing else x
    kind = torch.float64 if normal.needs_float64 else torch.float32
    spread = (-1, *[1] * (len(spec.input_shape) - 1))
    mean, std = (torch.tensor(values, dtype=kind) for values in (normal.mean, normal.std))
    numbers = x[:, : len(mean)] * std.view(spread) + mean.view(spread)
    return torch.cat([numbers, (CODES * x[:, len(mean) :]).round().to(kind)], dim=1)


def _forms(folder: Path) -> Iterator[tuple[str, nn.Module]]:
    module = ModuleType("model")
    exec(compile((folder / "model.py").read_text("utf-8"), "model.py", "exec"), module.__dict__)
    written: nn.Module = module.Network()
    written.load_state_dict(load_file(folder / "weights.safetensors"))
    yield "model.py", written.eval()
    yield "model.pt2", torch.export.load(folder / "model.pt2").module()
    yield "spec.json", load_export(folder)


def _compare(name: str, found: Tensor, expected: Tensor) -> None:
    allowed = TOLERANCE * max(1.0, float(expected.abs().max()))
    if found.shape != expected.shape or not bool(((found - expected).abs() <= allowed).all()):
        raise ExportDiffers(
            f"{name} gives other logits than the network for a batch of {len(expected)}; "
            f"nothing was exported"
        )
