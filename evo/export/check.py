"""Checks an export before anybody gets it: all its forms give what the network gives.

Every file that can be run is run on batches of several sizes, one example among them, and on
validation inputs, where the network under its masks says what is right. Whatever differs is a
fault of evo, never of the user's.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from evo.export.export_format import Program
from evo.export.exported import Exported
from genomes.graph.operation import operation_of
from genomes.networks.network import Network

BATCHES = (1, 2, 7)
LACKING, CODES = 0.2, 3.0  # share of missing numbers; the spread of codes of categories
TOLERANCE = 1e-3  # of the greatest logit: float32 sums differ by their order


class ExportDiffers(RuntimeError):
    """A form of the export computes something else than the network does."""


def check_programs(exported: Exported, programs: Mapping[str, Program]) -> dict[str, float]:
    """Run forms of an export, by name; return the largest difference of each from the network.

    Raises `ExportDiffers` beyond the tolerance, saying where.
    """
    network, sample = exported.network, exported.sample
    largest = dict.fromkeys(programs, 0.0)
    with torch.inference_mode():
        cases = [(x, network(x), False) for x in (example_inputs(network, n) for n in BATCHES)]
        if sample is not None:
            cases.append((sample.inputs, sample.outputs, True))
        for name, program in programs.items():
            for x, expected, of_task in cases:
                found = _difference(name, program(x), expected, of_task=of_task)
                largest[name] = max(largest[name], found)
    return largest


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


def _difference(name: str, found: Tensor, expected: Tensor, *, of_task: bool) -> float:
    """Return the largest difference of outputs; raise `ExportDiffers` beyond the tolerance."""
    on = f"{len(expected)} validation inputs" if of_task else f"a batch of {len(expected)}"
    if found.shape != expected.shape:
        raise ExportDiffers(
            f"{name} gives outputs of shape {tuple(found.shape)} for {on}, the network of "
            f"{tuple(expected.shape)}; nothing was exported"
        )
    differences = (found - expected).abs().flatten(1).amax(dim=1)
    allowed = TOLERANCE * max(1.0, float(expected.abs().max()))
    if not bool((differences <= allowed).all()):
        worst = int(differences.nan_to_num(torch.inf).argmax())
        raise ExportDiffers(
            f"{name} gives other outputs than the network for {on}: they differ by "
            f"{float(differences[worst]):.3g} in example {worst}, {allowed:.3g} is allowed; "
            "nothing was exported"
        )
    return float(differences.max())
