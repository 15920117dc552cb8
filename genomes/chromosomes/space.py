"""The search space of networks: all five chromosomes, and how the architecture is decoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy.typing as npt

from genomes.chromosomes import epigenome, pruning_genes, training_genes
from genomes.chromosomes.epigenome import MAXIMUM_STAGES
from genomes.chromosomes.feature_subset import FeatureSubset
from genomes.chromosomes.gate_genes import is_gated, with_gates
from genomes.genes.encoding import Encoding
from genomes.genes.gene import Fixed, Record, Struct, Value
from genomes.genes.genome import Space
from genomes.genes.registry import Registry, UnknownName
from genomes.graph.interface import Interface
from genomes.graph.sizes import Sizes
from genomes.graph.spec import NetworkSpec

__all__ = [
    "FAMILIES",
    "MAXIMUM_STAGES",
    "adopted_predictor",
    "bred_families",
    "carried_tensors",
    "decode",
    "given_weights",
    "naming_features",
    "network_space",
    "reads_tokens",
    "sizes",
    "starting_tensors",
    "textbook",
    "textbook_networks",
]

FAMILIES = Registry("architecture family", "genomes.architectures")


def bred_families() -> tuple[str, ...]:
    """Return the families whose networks are bred from nothing but genes."""
    names = FAMILIES.names()
    return tuple(name for name in names if not getattr(FAMILIES.load(name), "NEEDS_MODEL", False))


def network_space(
    *,
    family: str,
    interface: Interface,
    augmentations: Sequence[str] = ("none",),
    batch_sizes: Sequence[int] = (32, 64, 128),
    juvenile_epochs: int = 4,
    proxies: Sequence[str] = (),
    predictors: Sequence[str] = (),
) -> Space:
    """Return the space of networks of a family that fit what is at their ends.

    `proxies` are the zero-cost proxies that juveniles show to the females, `predictors` the kinds
    that these may be; none are evo's own.

    Raises ValueError for an unknown family or one that does not fit the inputs.
    """
    from genomes.chromosomes import predictor  # brings deap along, which decoding never needs

    kinds = tuple(predictors) or predictor.KINDS
    shown = tuple(name.replace("-", "_") for name in proxies)
    made = FAMILIES.load(family)
    if interface.tokens is not None and not _reads_tokens(made):
        raise ValueError(
            f"family {family} reads numbers, but the task's inputs are tokens. Choose family "
            "transformer or gru."
        )
    space = naming_features(
        Space(
            {
                "architecture": made.genes(interface),
                "epigenome": epigenome.genes(),
                "pruning": pruning_genes.genes(),
                "training": training_genes.genes(
                    batch_sizes, augmentations, reads_tokens=interface.tokens is not None
                ),
                "predictor": predictor.genes(juvenile_epochs, kinds, shown),
            }
        )
    )
    return space if shown else space.pin({"predictor.reads_shown": False})


def _reads_tokens(family: Any) -> bool:
    return bool(getattr(family, "READS_TOKENS", False))


def reads_tokens(architecture: Mapping[str, Value]) -> bool:
    """Tell whether genes of an architecture are of a family that reads tokens, and is known."""
    try:
        return _reads_tokens(FAMILIES.load(str(architecture.get("family"))))
    except UnknownName:
        return False


def naming_features(space: Space) -> Space:
    """Return the space whose females may ignore, by name, those of its genes that have columns.

    What was pinned in the meantime has none any more. Where nobody ignores anything, it is the
    same space.
    """
    fields = space.chromosomes["predictor"].fields
    ignored = fields["ignored"]
    if not isinstance(ignored, FeatureSubset):
        return space
    body = Struct({n: genes for n, genes in space.chromosomes.items() if n != "predictor"})
    own = set(body.names())
    others = [name for name in ignored.names if name not in own]
    named = FeatureSubset((*Encoding(body).genes, *others))
    return Space({**space.chromosomes, "predictor": Struct({**fields, "ignored": named})})


def adopted_predictor(genes: Record, space: Space) -> Record:
    """Return predictor genes of another run as of this space: they ignore what there is here."""
    here = space.chromosomes["predictor"].fields["ignored"]
    if not isinstance(here, FeatureSubset):
        return genes
    return genes.replacing(ignored=tuple(n for n in genes["ignored"] if n in here.names))


def decode(expressed: Record, interface: Interface) -> NetworkSpec:
    """Build the spec of a male's expressed chromosomes (or of an architecture's owner)."""
    values = expressed["architecture"]
    spec: NetworkSpec = FAMILIES.load(values["family"]).decode(values, interface)
    genes = expressed.get("epigenome", Record())
    return with_gates(spec, genes) if is_gated(genes) else spec


def given_weights(
    expressed: Record, interface: Interface
) -> Mapping[str, Mapping[str, Sequence[float]]] | None:
    """Return weights that the genes give, as numbers by node and tensor; None if trained ones.

    A family whose weights may evolve offers `weights(values, interface)`.
    """
    values = expressed["architecture"]
    state = getattr(FAMILIES.load(values["family"]), "weights", None)
    return None if state is None else state(values, interface)


def starting_tensors(
    expressed: Record, interface: Interface
) -> Mapping[str, npt.NDArray[Any]] | None:
    """Return tensors by which a training starts, by names in the state dict; None for drawn ones.

    A family whose networks have weights already offers `start(values, interface)`.
    """
    values = expressed["architecture"]
    start = getattr(FAMILIES.load(values["family"]), "start", None)
    return None if start is None else start(values, interface)


def carried_tensors(
    expressed: Record,
    parent: Record,
    tensors: Mapping[str, npt.NDArray[Any]],
    interface: Interface,
) -> Mapping[str, npt.NDArray[Any]] | None:
    """Return tensors that a child takes over from a trained parent; None where shapes decide.

    A family that knows which channels of two of its networks are the same ones offers
    `carried(values, parent, tensors, interface)`.
    """
    values, theirs = expressed["architecture"], parent["architecture"]
    if values["family"] != theirs["family"]:
        return None
    carried = getattr(FAMILIES.load(values["family"]), "carried", None)
    return None if carried is None else carried(values, theirs, tensors, interface)


def sizes(expressed: Record, interface: Interface) -> Sizes:
    """Return the sizes of what `decode` would build.

    A family may offer `sizes(values, interface)` for speed; the networks of others are decoded,
    and so are networks with gates.
    """
    values = expressed["architecture"]
    family = FAMILIES.load(values["family"])
    if not hasattr(family, "sizes") or is_gated(expressed.get("epigenome", Record())):
        return Sizes.of(decode(expressed, interface))
    found: Sizes = family.sizes(values, interface)
    return found


def textbook_networks(genes: Struct) -> Sequence[Mapping[str, Value]]:
    """Return what a thoughtful user would try first, given a family's genes of architecture.

    That is its `TEXTBOOK`, or what its `textbook(genes)` returns.
    """
    named = genes.fields["family"]
    assert isinstance(named, Fixed)
    family = FAMILIES.load(str(named.value))
    found = family.textbook(genes) if hasattr(family, "textbook") else family.TEXTBOOK
    networks: Sequence[Mapping[str, Value]] = found
    return networks


def textbook(number: int, drawn: Record, space: Space) -> Record:
    """Turn drawn chromosomes into a network that a thoughtful user would try first.

    `number` counts through `textbook_networks`, and starts again; nothing is pruned or
    methylated. By `TRAINING`, or by what its `training(genes)` returns, a family says how it is
    trained otherwise than most are. What the space pins, and chromosomes it does not know, stay as
    drawn.
    """
    genes = space.chromosomes.get("architecture")
    if genes is None:
        return drawn
    family, networks = FAMILIES.load(drawn["architecture"]["family"]), textbook_networks(genes)
    wanted: dict[str, Mapping[str, Value]] = {
        "architecture": networks[number % len(networks)],
        "epigenome": epigenome.TEXTBOOK,
        "pruning": pruning_genes.TEXTBOOK,
        "training": {**training_genes.TEXTBOOK, **_textbook_training(family, genes)},
    }
    changed = {
        name: space.chromosomes[name].overriding(drawn[name], wanted[name]) for name in wanted
    }
    return drawn.replacing(**changed)


def _textbook_training(family: ModuleType, genes: Struct) -> Mapping[str, Value]:
    if hasattr(family, "training"):
        by_network: Mapping[str, Value] = family.training(genes)
        return by_network
    usual: Mapping[str, Value] = getattr(family, "TRAINING", {})
    return usual
