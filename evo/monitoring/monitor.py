"""Tells which inputs are unlike those a network was made for, while it runs. Needs torch alone.

At a few places, the input among them, the means of channels are compared with those of training
data: the Mahalanobis distance to the nearest class (Lee et al. 2018, "A Simple Unified Framework
for Detecting Out-of-Distribution Samples and Adversarial Attacks"). The most unusual place counts.
Inputs that were held out turn it into a p-value (Bates et al. 2023, "Testing for outliers with
conformal p-values"): of inputs like them, no more than the stated share is flagged.

    monitor = Monitor(network, Calibration.load("monitor.safetensors"), false_alarms=0.01)
    outputs, p_values, flags = monitor(x)
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

INPUT = "input"  # the place before the network
PLACES = 3  # of modules that are watched, unless they are named
BATCH = 512  # examples that calibration runs at once
SHRINKAGE = 0.05  # of covariances towards their diagonal
# Of activations, relative to their size: smaller differences are taken for rounding, which is
# another one in batches of another size.
RESOLUTION = 1e-4
LEAST_SQUARE = 0.01  # of a distance, for each number that it is made of: less is nothing
LEAST = 20  # inputs that a calibration takes, at each of its two steps
# Modules that give (N, ..., C); all others are taken to give (N, C, ...).
CHANNELS_LAST = (nn.Linear, nn.LayerNorm, nn.RMSNorm, nn.Embedding)


class Watched(NamedTuple):
    """What the network gave, (N, ...), the p-value (N,) of each input, and which are flagged."""

    outputs: Tensor
    p_values: Tensor
    flags: Tensor


@dataclass(frozen=True)
class Place:
    """What is usual at a place: whitened statistics lie around `centres`, (K, D).

    `shift` (S,) and `whitening` (S, D) lead from a statistic there; `fill` (S,) is put where it is
    NaN, and is NaN itself where that is not usual. The logarithm of squared distances has `mean`
    and `deviation` on the data that it was fitted to.
    """

    shift: Tensor
    fill: Tensor
    whitening: Tensor
    centres: Tensor
    mean: Tensor
    deviation: Tensor

    @classmethod
    def of(cls, statistics: Tensor, labels: Tensor | None, resolution: float = 0.0) -> Place:
        """Fit to statistics (N, S); with `labels` (N,), each class has a centre of its own.

        Differences below the `resolution`, relative to a number's size, count little.
        """
        missing, exact = statistics.isnan(), statistics.double()
        shift = exact.nanmean(dim=0).nan_to_num()
        fill = torch.where(missing.any(dim=0), shift, torch.nan)
        values = torch.where(missing, 0.0, exact - shift)
        groups = torch.zeros(len(values), dtype=torch.int64) if labels is None else labels
        classes, member = torch.unique(groups, return_inverse=True)
        centres = torch.stack([values[member == k].mean(dim=0) for k in range(len(classes))])
        rounding = resolution * torch.where(missing, 0.0, exact).square().mean(dim=0).sqrt()
        freedom = len(values) - len(classes)
        whitening = _whitening(values - centres[member], freedom, rounding)
        found = shift, fill, whitening, centres @ whitening
        unscaled = cls(*found, torch.zeros(()), torch.ones(()))
        distances = Fused.of([unscaled]).unusual(exact)
        scale = distances.mean(), distances.std().clamp_min(1e-6)
        return cls(*(part.to(statistics.dtype) for part in (*found, *scale)))


def _whitening(residuals: Tensor, freedom: int, rounding: Tensor) -> Tensor:
    """Return the matrix (S, S) that makes residuals (N, S) of covariance one.

    Whatever the units of the columns; one that never changes keeps its own. Columns deviate by
    their `rounding` (S,) at least.
    """
    found = residuals.square().mean(dim=0).sqrt()
    deviation = torch.maximum(found, rounding)
    deviation = torch.where(deviation > 0.0, deviation, 1.0)
    standard = residuals / deviation
    covariance = standard.T @ standard / max(1, freedom)
    covariance += torch.diag((rounding.square() - found.square()).relu() / deviation.square())
    covariance = (1 - SHRINKAGE) * covariance
    covariance += SHRINKAGE * torch.eye(len(deviation), dtype=covariance.dtype)
    factor: Tensor = torch.linalg.cholesky(covariance)
    return factor.inverse().T / deviation[:, None]


@dataclass(frozen=True)
class Fused:
    """All P places as one matrix product each for whitening and for the K centres; it is faster.

    `spans` (D, P) tells which whitened values belong to a place, `products` (D, P * K) are its
    centres times -2, `squares` (P, K) their squared lengths.
    """

    shift: Tensor
    fill: Tensor
    whitening: Tensor
    spans: Tensor
    products: Tensor
    squares: Tensor
    mean: Tensor
    deviation: Tensor

    @classmethod
    def of(cls, places: Sequence[Place]) -> Fused:
        """Put places beside each other, in the finest type that any of them has."""
        blocks: Callable[..., Tensor] = torch.block_diag
        ones = [torch.ones(place.centres.shape[1], 1) for place in places]
        fine = any(place.shift.dtype == torch.float64 for place in places)
        parts = (
            torch.cat([place.shift for place in places]),
            torch.cat([place.fill for place in places]),
            blocks(*(place.whitening for place in places)),
            blocks(*ones),
            blocks(*(-2.0 * place.centres.T for place in places)),
            torch.stack([place.centres.square().sum(dim=1) for place in places]),
            torch.stack([place.mean for place in places]),
            torch.stack([place.deviation for place in places]),
        )
        return cls(*(part.to(torch.float64 if fine else torch.float32) for part in parts))

    def unusual(self, statistics: Tensor) -> Tensor:
        """Return how unusual statistics (N, S) are at the worst place: (N,), about 0 as a rule."""
        statistics = statistics.to(self.shift.dtype)
        statistics = torch.where(statistics.isnan(), self.fill, statistics)
        values = (statistics - self.shift) @ self.whitening
        products = (values @ self.products).view(-1, *self.squares.shape)
        nearest = (products + self.squares).amin(dim=2)
        squares = values.square() @ self.spans + nearest
        least = LEAST_SQUARE * self.spans.sum(dim=0)
        rare = (squares.maximum(least).log() - self.mean) / self.deviation
        worst: Tensor = rare.amax(dim=1).nan_to_num(nan=torch.inf)
        return worst

    def to(self, device: torch.device) -> Fused:
        """Return a copy on a device."""
        return Fused(*(getattr(self, part).to(device) for part in Fused.__annotations__))


@dataclass(frozen=True)
class Calibration:
    """What is usual at each place, by its name, and the sorted scores (N,) of held-out inputs."""

    places: dict[str, Place]
    scores: Tensor

    @classmethod
    def of(
        cls,
        network: nn.Module,
        inputs: Tensor,
        labels: Tensor | None = None,
        *,
        held_out: Tensor | None = None,
        modules: Sequence[str] | None = None,
    ) -> Calibration:
        """Fit to inputs (N, ...) like those to come, best those of training.

        `labels` (N,) are their classes, if there are any. `held_out` are inputs that the network
        was not trained on; without them half of the inputs, drawn, is held out. `modules` names
        what is watched besides the input; three with parameters are chosen otherwise. Each has to
        run once for every batch. Raises ValueError for too few inputs, and for a network without
        such modules.
        """
        if held_out is None:
            order = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(0))
            fitted, rest = order[::2].to(inputs.device), order[1::2].to(inputs.device)
            labels = None if labels is None else labels[fitted]
            inputs, held_out = inputs[fitted], inputs[rest]
        for name, given in (("inputs", inputs), ("held-out inputs", held_out)):
            if len(given) < LEAST:
                raise ValueError(f"received {len(given)} {name}, expected at least {LEAST}")
        names = tuple(watchable(network) if modules is None else modules)
        labels = None if labels is None else labels.cpu()
        found = _statistics(network, inputs, names)
        places = {
            name: Place.of(part, labels, 0.0 if name == INPUT else RESOLUTION)
            for name, part in found.items()
        }
        held = torch.cat(list(_statistics(network, held_out, names).values()), dim=1)
        return cls(places, Fused.of(list(places.values())).unusual(held).sort().values)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Calibration:
        """Read what `save` wrote; ValueError, naming the file, where it is damaged or another."""
        try:
            with safe_open(path, framework="pt") as file:
                names = (file.metadata() or {})["places"].split("\n")
                places = {name: _place(file, number) for number, name in enumerate(names)}
                scores = file.get_tensor("scores")
            if scores.ndim != 1 or not scores.is_floating_point():
                raise ValueError(f"scores have shape {tuple(scores.shape)}, {scores.dtype}")
            return cls(places, scores)
        except (SafetensorError, ValueError, LookupError) as error:
            raise ValueError(f"{path} holds no calibration of a monitor: {error}") from None

    def save(self, path: str | PathLike[str]) -> None:
        """Write a safetensors file."""
        tensors = {
            f"{k}.{part}": getattr(place, part).contiguous()
            for k, place in enumerate(self.places.values())
            for part in Place.__annotations__
        }
        metadata = {"places": "\n".join(self.places), "format": "pt"}
        Path(path).write_bytes(save({**tensors, "scores": self.scores}, metadata))


def _place(file: Any, number: int) -> Place:
    """Read a place; ValueError for parts whose shapes do not belong together."""
    place = Place(*(file.get_tensor(f"{number}.{part}") for part in Place.__annotations__))
    whitening, centres = place.whitening, place.centres
    flat = place.shift.ndim == place.fill.ndim == 1 and whitening.ndim == centres.ndim == 2
    shapes = {part: tuple(getattr(place, part).shape) for part in Place.__annotations__}
    if not flat or shapes != {
        "shift": (len(whitening),),
        "fill": (len(whitening),),
        "whitening": (len(whitening), centres.shape[1]),
        "centres": (len(centres), centres.shape[1]),
        "mean": (),
        "deviation": (),
    }:
        raise ValueError(f"place {number} has shapes that do not belong together: {shapes}")
    return place


class Monitor:
    """A network that says of each input whether it is unlike those that it was calibrated by."""

    def __init__(
        self, network: nn.Module, calibration: Calibration, false_alarms: float = 0.01
    ) -> None:
        """Watch a network in evaluation mode, on the device where the network is.

        `false_alarms` is the share of usual inputs that are flagged, at most and on average.
        Raises ValueError where there were too few held-out inputs for so small a share.
        """
        least = 1.0 / (len(calibration.scores) + 1)
        if not least <= false_alarms < 1.0:
            raise ValueError(
                f"received false_alarms {false_alarms:g}; {len(calibration.scores)} held-out "
                f"inputs can tell shares from {least:.2g} to 1"
            )
        self.network, self.false_alarms = network.eval(), false_alarms
        device = next(network.parameters(), torch.empty(0)).device
        self._usual = calibration.scores.to(device)
        self._fused = Fused.of(list(calibration.places.values())).to(device)
        self._names = [name for name in calibration.places if name != INPUT]

    def __call__(self, x: Tensor) -> Watched:
        """Run inputs (N, ...) and compare what is seen on the way."""
        with _seeing(self.network, self._names) as seen:
            outputs = self.network(x)
        with torch.no_grad():
            statistics = torch.cat([*_of_input(x).values(), *seen.values()], dim=1)
            scores = self._fused.unusual(statistics)
            above = len(self._usual) - torch.searchsorted(self._usual, scores)
            p_values = (1 + above) / (len(self._usual) + 1)
        return Watched(outputs, p_values, p_values <= self.false_alarms)


def _of_input(x: Tensor) -> dict[str, Tensor]:
    """Return the statistic of inputs, (N, S); of tokens, which are no numbers, there is none.

    Rows are their own. Of each channel of pictures and signals: mean, length, extremes, and the
    length of the steps from neighbour to neighbour.
    """
    if not x.is_floating_point():
        if x.ndim < 3:
            return {}
        x = x.float()
    if x.ndim < 3:
        return {INPUT: x}
    flat = x.flatten(2)
    steps = [x.diff(dim=axis).flatten(2) for axis in range(2, x.ndim) if x.shape[axis] > 1]
    lengths = [torch.linalg.vector_norm(part, dim=2) for part in (flat, *steps)]
    return {INPUT: torch.cat([flat.mean(2), flat.amin(2), flat.amax(2), *lengths], dim=1).float()}


def _of_activation(module: nn.Module, output: Tensor) -> Tensor:
    """Return the mean of each channel of what a module gave, (N, C)."""
    x = output.detach()
    if isinstance(module, CHANNELS_LAST):
        x = x.movedim(-1, 1)
    return x.flatten(2).mean(2) if x.ndim > 2 else x


def watchable(network: nn.Module, among: Container[str] | None = None) -> tuple[str, ...]:
    """Return the names of modules with parameters of their own, evenly spread, with the last.

    Of all, or `among` these. Raises ValueError where there are none.
    """
    names = [
        name
        for name, module in network.named_modules()
        if name and next(module.parameters(recurse=False), None) is not None
        if among is None or name in among
    ]
    if not names:
        raise ValueError("received a network without modules that have parameters; name modules")
    number = min(PLACES, len(names))
    return tuple(names[-(-len(names) * k // number) - 1] for k in range(1, number + 1))


@contextmanager
def _seeing(network: nn.Module, names: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """Keep the statistics of what modules give while the network runs, by their names."""
    seen: dict[str, Tensor] = {}

    def keeping(name: str) -> Callable[[nn.Module, object, Tensor], None]:
        def keep(module: nn.Module, inputs: object, output: Tensor) -> None:
            seen[name] = _of_activation(module, output)

        return keep

    hooks = [network.get_submodule(name).register_forward_hook(keeping(name)) for name in names]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


@torch.no_grad()
def _statistics(network: nn.Module, inputs: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """Return the statistics (N, S) of inputs at the input and at modules, by name, on the CPU."""
    found: dict[str, list[Tensor]] = {}
    for part in torch.split(inputs, BATCH):
        with _seeing(network.eval(), names) as seen:
            network(part)
        for name, statistic in {**_of_input(part), **seen}.items():
            found.setdefault(name, []).append(statistic.cpu())
    return {name: torch.cat(parts) for name, parts in found.items()}
