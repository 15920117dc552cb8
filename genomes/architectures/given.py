"""Family `given`: a network that the user gives, narrower; its weights are where training starts.

The genes say for each group of channels that are tied how many stay, and by which criterion they
are chosen among those of the given network. Everything else of it stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from genomes.genes.gene import Choice, Fixed, Record, Struct, Value
from genomes.graph.given.narrowing import (
    kept_groups,
    narrowed_spec,
    narrowed_tensors,
    widened_tensors,
)
from genomes.graph.given.network import CRITERIA, GivenNetwork
from genomes.graph.interface import Interface
from genomes.graph.masks import Flags
from genomes.graph.spec import NetworkSpec
from genomes.layout.widths import LEAST, Widths

NEEDS_MODEL = True  # beside genes
CLASSIC_SHARES = (0.75, 0.5, 0.35, 0.25)  # of uniform widths and of global magnitude
TRAINING = {
    "optimizer": "sgd",
    "learning_rate": 0.03,
    "schedule": "cosine",
    "label_smoothing": 0.0,
    "teaching": True,
    "teaching_temperature": 2.0,
    "teaching_weight": 0.5,
}
# The same where tokens are read (benchmarks/given_optimizers.py).
TRAINING_BY_TOKENS = {
    **TRAINING,
    "optimizer": "adamw",
    "learning_rate": 0.1,  # of SGD: AdamW takes a tenth
    "weight_decay": 1e-3,
}


@dataclass(frozen=True)
class _Family(Fixed):
    """The name of the family, and whether its only network reads tokens."""

    reads_tokens: bool = False


def genes(interface: Interface) -> Struct:
    """Return the genes of the family; raise ValueError where no network was given."""
    given = _given(interface)
    uniform = tuple((share,) * len(given.spec.sites) for share in (1.0, *CLASSIC_SHARES))
    by_size = tuple(_by_magnitude(given, share) for share in CLASSIC_SHARES)
    classics = tuple(x for pair in zip(uniform[1:], by_size, strict=True) for x in pair)
    return Struct(
        {
            "family": _Family("given", reads_tokens=given.spec.tokens is not None),
            "widths": Widths(len(given.spec.sites), (uniform[0], *classics)),
            "criterion": Choice(tuple(CRITERIA)),
        }
    )


def textbook(architecture: Struct) -> tuple[Record, ...]:
    """Return what a thoughtful user would try first: the whole network, uniform widths at several
    ratios, and those that one threshold for the scores of all channels gives."""
    widths = architecture.fields["widths"]
    classics = widths.classics if isinstance(widths, Widths) else ()
    if not classics:  # widths are pinned
        return (Record(criterion="flow"),)
    return tuple(Record(widths=shares, criterion="flow") for shares in classics)


def training(architecture: Struct) -> Mapping[str, Value]:
    """Return how founders of `textbook` are trained, by what the network holds."""
    family = architecture.fields["family"]
    reads_tokens = isinstance(family, _Family) and family.reads_tokens
    return TRAINING_BY_TOKENS if reads_tokens else TRAINING


def decode(values: Record, interface: Interface) -> NetworkSpec:
    """Return the narrower network of a value of `genes`."""
    given = _given(interface)
    return narrowed_spec(given.spec, kept_groups(given.spec, _stay(given, values)))


def start(values: Record, interface: Interface) -> Mapping[str, npt.NDArray[Any]]:
    """Return what is left of the given network's tensors: where the training starts."""
    given = _given(interface)
    return narrowed_tensors(
        given.spec, kept_groups(given.spec, _stay(given, values)), given.tensors
    )


def carried(
    values: Record, parent: Record, tensors: Mapping[str, npt.NDArray[Any]], interface: Interface
) -> Mapping[str, npt.NDArray[Any]]:
    """Return where a child's training starts: its channels as the parent has trained them.

    `parent` are the parent's values of `genes`, `tensors` its trained ones. A channel is the same
    one in every copy of the given network, so those that the parent lacks come from there.
    """
    given = _given(interface)
    theirs, ours = (kept_groups(given.spec, _stay(given, of)) for of in (parent, values))
    whole = widened_tensors(given.spec, theirs, tensors, given.tensors)
    return narrowed_tensors(given.spec, ours, whole)


def _given(interface: Interface) -> GivenNetwork:
    if interface.given is None:
        raise ValueError(
            "family given is that of a network that the user gives; give one: --model"
        )
    return interface.given


def _stay(given: GivenNetwork, values: Record) -> dict[str, Flags]:
    """Return which channels stay of each site: the best by the criterion, at least one."""
    ranks = given.ranks(values["criterion"])
    found = {}
    for site, share in zip(given.spec.sites, values["widths"], strict=True):
        flags = np.zeros(site.channels, dtype=np.bool_)
        flags[ranks[site.name][: max(1, round(share * site.channels))]] = True
        found[site.name] = flags
    return found


@lru_cache(maxsize=64)
def _by_magnitude(given: GivenNetwork, share: float) -> tuple[float, ...]:
    """Return widths so that a share of all channels stays, those with the largest scores.

    Scores are relative to the mean of their site, or the widest layers would lose everything.
    """
    scores = given.scores("flow")
    relative = {site: values / max(values.mean(), 1e-12) for site, values in scores.items()}
    everything = np.sort(np.concatenate(list(relative.values())))[::-1]
    least = everything[max(0, round(share * everything.size) - 1)]
    shares = (float((relative[site.name] >= least).mean()) for site in given.spec.sites)
    return tuple(round(min(1.0, max(LEAST, kept)), 3) for kept in shares)
