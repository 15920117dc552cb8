"""Puts gates into a network: marks computed from the input, beside those of the epigenome.

A stage's gate reads what the stage gets and gives a row of marks as the epigenome has it, one a
channel group. It acts wherever the stage's masks act, right behind them. Any family's spec can be
gated. Must not know how gates compute or are trained.
"""

from __future__ import annotations

from collections.abc import Sequence

from genomes.chromosomes.epigenome import group_of
from genomes.genes.gene import Record
from genomes.graph.operation import operation_of
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec

EMBEDDING = 4  # numbers that sum up what a stage gets


def is_gated(epigenome: Record) -> bool:
    """Tell whether a network of this chromosome has gates; earlier versions lack the gene."""
    return bool(epigenome.get("gate", "none") != "none")


def with_gates(spec: NetworkSpec, epigenome: Record) -> NetworkSpec:
    """Return the spec with a gate for every stage that has sites.

    What sums up a stage's input is read behind the last mask before the stage's first one, of the
    first stage at the first layer with weights. A site that is masked already there has no gate.
    """
    sketch = Sketch(spec.input_shape, spec.nodes[0].name)
    origin: dict[str, str] = {}
    stages, gated = _stages_by_context(spec), _gated_sites(spec)
    gates: dict[int, str] = {}
    for node in spec.nodes:
        x = spec.nodes[0].name
        if node.inputs:
            inputs = [origin[source] for source in node.inputs]
            x = sketch.add(node.name, node.operation, *inputs, **node.attributes)
        if node.site in gated:
            stage = node.attributes["stage"]
            runs = _runs(node.shape[0], _groups(spec, stage))
            x = sketch.add(f"{x.removesuffix('_mask')}_gated", "gated", x, gates[stage], runs=runs)
        origin[node.name] = x
        for stage in stages.get(node.name, ()):
            gates[stage] = sketch.add(
                f"gate{stage}",
                "gate",
                x,
                marks=len(_groups(spec, stage)),
                embedding=EMBEDDING,
                memory=epigenome["gate_memory"],
                threshold=epigenome["gate_threshold"],
                blend=epigenome["gate_blend"],
            )
    return sketch.finish()


def _first_context(spec: NetworkSpec) -> str:
    """Return what the first layer with weights reads."""
    return next(node for node in spec.nodes if operation_of(node).is_weighted).inputs[0]


def _gated_sites(spec: NetworkSpec) -> set[str]:
    """Return the sites that are not masked before there can be a gate."""
    places = [node.name for node in spec.nodes]
    before = spec.nodes[: places.index(_first_context(spec)) + 1]
    return {site.name for site in spec.sites} - {node.site for node in before}


def _stages_by_context(spec: NetworkSpec) -> dict[str, list[int]]:
    """Return the stages whose gates read a node, by its name."""
    context = _first_context(spec)
    found: dict[str, list[int]] = {}
    seen: set[int] = set()
    gated = _gated_sites(spec)
    for node in spec.nodes:
        if node.site in gated:
            stage = node.attributes["stage"]
            if stage not in seen:
                found.setdefault(context, []).append(stage)
            seen.add(stage)
            context = node.name
    return found


def _groups(spec: NetworkSpec, stage: int) -> list[int]:
    """List the groups of which at least one of a stage's sites has channels."""
    gated = _gated_sites(spec)
    sites = [site for site in spec.sites if site.stage == stage and site.name in gated]
    return sorted({group_of(c, site.channels) for site in sites for c in range(site.channels)})


def _runs(channels: int, groups: Sequence[int]) -> tuple[int, ...]:
    """Return how many of a site's channels belong to each of the groups."""
    members = [group_of(channel, channels) for channel in range(channels)]
    return tuple(members.count(group) for group in groups)
