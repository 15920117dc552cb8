"""Lays a module out as nodes of a spec: what its kind needs to add layers, masks and projections.

A kind of module is one file of `genomes/modules/` with

- `GENES`: which of the genes `width`, `kernel`, `stride`, `expansion`, `reduction` and `pooling`
  act in it; `normalisation`, `activation` and `join` act in any,
- `WEIGHT`: how often founders have it, relative to the others,
- `lay_out(module, x) -> Stream`: adds its nodes, behind a stream with positions (of images or
  sequences) or of vectors.

Must not know any kind, nor how modules are connected.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from genomes.chromosomes.epigenome import MAXIMUM_STAGES
from genomes.genes.gene import Record
from genomes.genes.registry import Registry
from genomes.graph.inhibition import CHANNELS, POSITIONS
from genomes.graph.shapes import Shape
from genomes.graph.sketch import Sketch

MODULES = Registry("kind of module", "genomes.modules")


class Stream(NamedTuple):
    """What a module gives: a node, and the site that masks its channels, if any does.

    A `loose` one was concatenated or flattened: its features are not the channels of one site, so
    they have to be mixed before anything acts on them one by one.
    """

    node: str
    site: str | None
    loose: bool = False


@dataclass(frozen=True)
class NetworkSketch:
    """A network under construction: `head` says how what has positions becomes a vector in it."""

    sketch: Sketch
    head: str
    stages: dict[str, int] = field(default_factory=dict)  # by marking, of modules with sites

    def stage(self, mark: str) -> int:
        """Return the stage of a module: modules with sites are counted, the last share one.

        The head has a stage of its own, behind them.
        """
        return self.stages.setdefault(mark, min(len(self.stages), MAXIMUM_STAGES - 2))

    def has_positions(self, x: Stream) -> bool:
        """Tell images and sequences from vectors."""
        return len(self.sketch.shape(x.node)) > 1

    def vector(self, name: str, x: Stream) -> Stream:
        """Make a vector of what has positions, by its means or with all its numbers."""
        if not self.has_positions(x):
            return x
        if self.head == "flatten":
            return Stream(self.sketch.add(f"{name}_flatten", "flatten", x.node), x.site, True)
        return x._replace(node=self.sketch.add(f"{name}_pool", "global_average_pool", x.node))


@dataclass(frozen=True)
class Module:
    """One module being laid out: adds nodes under its own marking, with its own genes.

    Where only vectors are left, linear layers take the place of convolutions.
    """

    plan: NetworkSketch
    genes: Record

    @property
    def mark(self) -> str:
        """The module's marking, with which the names of its nodes begin."""
        return str(self.genes["id"])

    @property
    def site(self) -> str:
        """The site of the channels that the module gives."""
        return f"stage{self.plan.stage(self.mark)}.{self.mark}"

    def hidden(self, role: str) -> str:
        """Name the site of inner channels."""
        return f"{self.site}.{role}"

    def shape(self, node: str) -> Shape:
        """Return the output shape of a node."""
        return self.plan.sketch.shape(node)

    def add(self, role: str, operation: str, *inputs: str, **attributes: object) -> str:
        """Add a node under the module's marking."""
        return self.plan.sketch.add(f"{self.mark}_{role}", operation, *inputs, **attributes)

    def stride(self, x: str) -> int:
        """Return the module's stride, while there are positions to skip."""
        shape = self.shape(x)
        return self.genes["stride"] if len(shape) > 1 and min(shape[1:]) > 1 else 1

    def mix(self, role: str, x: str, width: int, kernel: int = 1, stride: int = 1) -> str:
        """Add a convolution, of vectors a linear layer, and its normalisation."""
        bias = self.genes["normalisation"] == "none"
        if len(self.shape(x)) == 1:
            x = self.add(role, "linear", x, out_features=width, bias=bias)
        else:
            x = self.add(
                role,
                "conv",
                x,
                out_channels=width,
                kernel=self._fitting(kernel, x),
                stride=stride,
                bias=bias,
            )
        return self._normalise(role, x)

    def depthwise(self, role: str, x: str, site: str | None) -> str:
        """Add a depthwise convolution that is closed like a layer; vectors stay as they are."""
        if len(self.shape(x)) == 1:
            return x
        kernel, stride = self._fitting(self.genes["kernel"], x), self.stride(x)
        bias = self.genes["normalisation"] == "none"
        x = self.add(role, "depthwise", x, kernel=kernel, stride=stride, bias=bias)
        return self.activate(role, self._normalise(role, x), site)

    def activate(self, role: str, x: str, site: str | None) -> str:
        """Add the activation and, where channels have a site, its mask."""
        x = self.add(f"{role}_activation", "activation", x, function=self.genes["activation"])
        return self.mask(role, x, site)

    def mask(self, role: str, x: str, site: str | None) -> str:
        """Add the mask of a site, if there is one, steered by the stage that the site is of."""
        if site is None:
            return x
        return self.add(f"{role}_mask", "mask", x, site=site, stage=_stage_of(site))

    def closed(self, x: str) -> Stream:
        """End the module with channels of its own."""
        return Stream(self.activate("out", x, self.site), self.site)

    def inhibited(self, x: Stream) -> Stream:
        """Let the channels or positions of what the module gives damp each other, if genes say so.

        Vectors have no positions: there it is the channels.
        """
        if x.loose or x.site is None:
            return x
        genes = self.genes["inhibition"]
        if genes["over"] == POSITIONS and not self.plan.has_positions(x):
            genes = genes.replacing(over=CHANNELS)
        return x._replace(
            node=self.plan.sketch.inhibit(self.mark, x.node, genes, x.site, _stage_of(x.site))
        )

    def continues(self, x: Stream) -> bool:
        """Tell whether a shortcut can add the input as it is, which keeps its channels and site.

        Not an input of the network, whose channels nothing may mask.
        """
        return not x.loose and x.site is not None and self.stride(x.node) == 1

    def tight(self, x: Stream) -> Stream:
        """Return a stream on whose channels one may act one by one; a loose one is projected."""
        if not x.loose:
            return x
        site = self.hidden("project")
        mixed = self.mix("project", x.node, self.genes["width"])
        return Stream(self.mask("project", mixed, site), site)

    def _normalise(self, role: str, x: str) -> str:
        normalisation = self.genes["normalisation"]
        return (
            x if normalisation == "none" else self.add(f"{role}_norm", f"{normalisation}_norm", x)
        )

    def _fitting(self, kernel: int, x: str) -> int:
        # A wider kernel would have weights that only ever meet padding.
        return min(kernel, 2 * max(self.shape(x)[1:]) - 1)


def _stage_of(site: str) -> int:
    return int(site.removeprefix("stage").split(".")[0])
