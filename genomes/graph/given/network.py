"""A network that the user gives: its graph, its weights, and which channels matter most in it.

Free of torch: weights are numpy arrays by their names in the network's state dict.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from genomes.genes.gene import canonical
from genomes.graph.operation import EPSILON, operation_of
from genomes.graph.spec import NetworkSpec

Array = npt.NDArray[Any]
Scores = Mapping[str, npt.NDArray[np.float64]]  # (C,) by site


@dataclass(frozen=True, eq=False)
class GivenNetwork:
    """What was imported. `reasons` say by layer why its channels all stay; `notes` what else.

    With `teaches` it has learnt the task, and narrower ones may learn from its answers.
    """

    spec: NetworkSpec
    tensors: Mapping[str, Array]
    reasons: Mapping[str, str]
    notes: tuple[str, ...] = ()
    teaches: bool = False

    @cached_property
    def identity(self) -> str:
        """The hash of graph and weights (SHA-256, 16 digits)."""
        state = hashlib.sha256(canonical(self.spec.to_json()).encode())
        for name in sorted(self.tensors):
            values = np.ascontiguousarray(self.tensors[name])
            state.update(f"{name}{values.shape}{values.dtype}".encode())
            state.update(values.tobytes())
        return state.hexdigest()[:16]

    def ranks(self, criterion: str) -> Mapping[str, npt.NDArray[np.int64]]:
        """Return by site the channels (C,) in the order in which they should stay, best first.

        Raises KeyError for an unknown criterion.
        """
        return _ranks(self, criterion)

    def scores(self, criterion: str) -> Scores:
        """Return by site how much each channel (C,) matters; KeyError for an unknown criterion."""
        return CRITERIA[criterion](self)


@lru_cache(maxsize=64)
def _ranks(given: GivenNetwork, criterion: str) -> Mapping[str, npt.NDArray[np.int64]]:
    scores = given.scores(criterion)
    return {site: np.argsort(-values, kind="stable") for site, values in scores.items()}


def _norms(given: GivenNetwork, power: int) -> tuple[Scores, Scores]:
    """Return the sums of |weight| ** power that lead to each channel, and away from it."""
    spec = given.spec
    arriving: dict[str, Any] = {s.name: np.zeros(s.channels) for s in spec.sites}
    leaving: dict[str, Any] = {s.name: np.zeros(s.channels) for s in spec.sites}
    for node in spec.nodes:
        rule = operation_of(node)
        if not rule.is_weighted or rule.has_edges:
            continue
        weight = np.abs(given.tensors[f"{node.name}.weight"].astype(np.float64)) ** power
        sums = weight.reshape(*weight.shape[:2], -1).sum(2)  # (out, in)
        site = spec.channels[node.name].site
        if site is not None and rule.mixes:
            arriving[site] += sums.sum(1)
        if rule.mixes:
            columns = sums.sum(0)
            for run, part in spec.channels[node.inputs[0]].runs():
                if part.site is not None:
                    per_channel = columns[run].reshape(-1, part.positions).sum(1)
                    leaving[part.site][part.channels] += per_channel
    return arriving, leaving


def _scales(given: GivenNetwork) -> Scores:
    """Return the largest factor by which a normalisation scales each channel; 1 without one."""
    found: dict[str, Any] = {}
    for node in given.spec.nodes:
        site = given.spec.channels[node.name].site
        if site is None or not operation_of(node).scales:
            continue
        scale = np.abs(given.tensors[f"{node.name}.weight"].astype(np.float64))
        found[site] = np.maximum(found.get(site, 0.0), scale)
    return {s.name: found.get(s.name, np.ones(s.channels)) for s in given.spec.sites}


def _gains(given: GivenNetwork) -> Scores:
    """Return the factor that a normalisation makes of its scale and its variance."""
    found: dict[str, Any] = {}
    for node in given.spec.nodes:
        site, variance = given.spec.channels[node.name].site, f"{node.name}.running_var"
        if site is None or variance not in given.tensors:
            continue
        scale = np.abs(given.tensors[f"{node.name}.weight"].astype(np.float64))
        epsilon = node.attributes.get("epsilon", EPSILON)
        gain = scale / np.sqrt(given.tensors[variance].astype(np.float64) + epsilon)
        found[site] = np.maximum(found.get(site, 0.0), gain)
    return {s.name: found.get(s.name, np.ones(s.channels)) for s in given.spec.sites}


def _l1(given: GivenNetwork) -> Scores:
    return _norms(given, 1)[0]


def _l2(given: GivenNetwork) -> Scores:
    return {site: np.sqrt(sums) for site, sums in _norms(given, 2)[0].items()}


def _flow(given: GivenNetwork) -> Scores:
    arriving, leaving = _norms(given, 2)
    gains = _gains(given)
    return {s: np.sqrt(arriving[s] * leaving[s]) * gains[s] for s in arriving}


def _random(given: GivenNetwork) -> Scores:
    rng = np.random.default_rng(0)
    return {site.name: rng.random(site.channels) for site in given.spec.sites}


# Which channels stay where some have to go: by the weights that lead to them (Li et al. 2017,
# https://arxiv.org/abs/1608.08710), by the scale of their normalisation (Liu et al. 2017,
# https://arxiv.org/abs/1708.06519), by what flows through them (weights to and from them, and the
# gain between), or by chance.
CRITERIA: Mapping[str, Callable[[GivenNetwork], Scores]] = {
    "flow": _flow,
    "l1": _l1,
    "l2": _l2,
    "scale": _scales,
    "random": _random,
}
