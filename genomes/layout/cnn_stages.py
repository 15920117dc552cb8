"""Stages of convolutional blocks and a small head, over images or sequences: genes and layout.

Families `cnn` and `cnn1d` differ in the kernels and strides they breed; how many dimensions there
are follows from the inputs. Blocks: plain convolution; depthwise-separable (MobileNet,
https://arxiv.org/abs/1704.04861); residual (ResNet, https://arxiv.org/abs/1512.03385); inverted
bottleneck (MobileNetV2, https://arxiv.org/abs/1801.04381). Strides, windows and kernels that do
not fit what is left of an input are reduced, so that every value of the genes decodes.
"""

from __future__ import annotations

from dataclasses import dataclass

from genomes.genes.activation_gene import ActivationGene
from genomes.genes.gene import Choice, Fixed, Integer, ListOf, Real, Record, Struct, Value
from genomes.graph import inhibition
from genomes.graph.interface import Interface
from genomes.graph.shapes import sides
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec
from genomes.layout.windows import KERNELS, STRIDES


def genes(family: str, dimensions: int) -> Struct:
    """Return the genes of a family of this layout, for inputs with so many sides."""
    stage = Struct(
        {
            "block": Choice(tuple(BLOCKS)),
            "depth": Integer(1, 3, log=True),
            "width": Integer(4, 64, log=True),
            "kernel": Choice(KERNELS[dimensions]),
            "stride": Choice(STRIDES[dimensions]),
            "normalisation": Choice(("batch", "layer", "none"), weights=(4, 1, 1)),
            "activation": ActivationGene(),
            "pooling": Choice(("none", "max", "average")),
            "expansion": Integer(1, 4),
            "inhibition": inhibition.genes((inhibition.CHANNELS, inhibition.POSITIONS)),
        }
    )
    return Struct(
        {
            "family": Fixed(family),
            "stages": ListOf(stage, 1, 4),
            "head": Choice(("global_average", "flatten")),
            "head_width": Choice((0, 16, 32, 64)),
            "dropout": Real(0.0, 0.5, skew=3.0),
        }
    )


def decode(values: Record, interface: Interface) -> NetworkSpec:
    """Build the network of a value of `genes`."""
    sketch = Sketch(interface.input_shape)
    x, site = sketch.opening(interface.normalization), None
    for index, genes_of_stage in enumerate(values["stages"]):
        stage = Stage(sketch, index, genes_of_stage)
        for block in range(genes_of_stage["depth"]):
            x, site = BLOCKS[genes_of_stage["block"]](stage, block, x, site)
    _head(sketch, values, interface.outputs, x)
    return sketch.finish()


def plain(width: int, **changes: str | int) -> Record:
    """Return the genes of a stage as a textbook draws it: one convolution, then a pool."""
    usual: dict[str, Value] = {
        "block": "conv", "depth": 1, "width": width, "kernel": 3, "stride": 1,
        "normalisation": "batch", "activation": "relu", "pooling": "max", "expansion": 2,
        "inhibition": inhibition.OFF,
    }  # fmt: skip
    return Record({**usual, **changes})


def network(head: str, *stages: Record) -> Record:
    """Return the genes of stages and a head without a layer of its own, all but the family."""
    return Record(stages=stages, head=head, head_width=0, dropout=0.0)


@dataclass(frozen=True)
class Stage:
    """One stage being laid out: adds nodes under its own names, with its own genes."""

    sketch: Sketch
    index: int
    genes: Record

    @property
    def site(self) -> str:
        """The site of the stage's stream of channels."""
        return f"stage{self.index}"

    def hidden(self, block: int) -> str:
        """Name the site of a block's inner channels."""
        return f"stage{self.index}.block{block}"

    def is_last(self, block: int) -> bool:
        """Tell whether a block ends the stage."""
        return bool(block == self.genes["depth"] - 1)

    def stride(self, block: int, x: str) -> int:
        """Return the stride of a block: the first one's, while there are positions to skip."""
        return self.genes["stride"] if block == 0 and min(sides(self.sketch.shape(x))) > 1 else 1

    def conv(self, name: str, x: str, channels: int, kernel: int, stride: int = 1) -> str:
        """Add a convolution and its normalisation."""
        x = self.sketch.add(
            name,
            "conv",
            x,
            out_channels=channels,
            kernel=self._fitting(kernel, x),
            stride=stride,
            bias=self.genes["normalisation"] == "none",
        )
        return self._normalise(name, x)

    def depthwise(self, name: str, x: str, stride: int) -> str:
        """Add a depthwise convolution and its normalisation."""
        kernel = self._fitting(self.genes["kernel"], x)
        bias = self.genes["normalisation"] == "none"
        x = self.sketch.add(name, "depthwise", x, kernel=kernel, stride=stride, bias=bias)
        return self._normalise(name, x)

    def activate(self, name: str, x: str, site: str | None) -> str:
        """Add the activation and, where channels have a site, its mask."""
        x = self.sketch.add(
            f"{name}_activation", "activation", x, function=self.genes["activation"]
        )
        return x if site is None else self.mask(name, x, site)

    def mask(self, name: str, x: str, site: str) -> str:
        """Add the mask of a site; this stage's genes steer it only if the site is its own."""
        stage = int(site.removeprefix("stage").split(".")[0])
        return self.sketch.add(f"{name}_mask", "mask", x, site=site, stage=stage)

    def close(self, block: int, x: str, site: str, activated: bool = True) -> str:
        """End a block: activation, mask; after the last one also pooling and lateral inhibition.

        Pooling comes before the mask because zeros stay zeros and there is less to multiply.
        """
        name = f"stage{self.index}_block{block}"
        if activated:
            x = self.activate(f"{name}_out", x, None)
        pooling = self.genes["pooling"]
        if self.is_last(block) and pooling != "none" and min(sides(self.sketch.shape(x))) > 1:
            x = self.sketch.add(f"{name}_pool", f"{pooling}_pool", x, kernel=2, stride=2)
        x = self.mask(f"{name}_out", x, site)
        if not self.is_last(block):
            return x
        # Genes of earlier versions lack it.
        genes_of_inhibition = self.genes.get("inhibition", inhibition.OFF)
        return self.sketch.inhibit(name, x, genes_of_inhibition, site, self.index)

    def _normalise(self, name: str, x: str) -> str:
        normalisation = self.genes["normalisation"]
        if normalisation == "none":
            return x
        return self.sketch.add(f"{name}_norm", f"{normalisation}_norm", x)

    def _fitting(self, kernel: int, x: str) -> int:
        # A wider kernel would have weights that only ever meet padding.
        return min(kernel, 2 * max(sides(self.sketch.shape(x))) - 1)


def _conv(stage: Stage, block: int, x: str, site: str | None) -> tuple[str, str]:
    """Convolution, normalisation, activation."""
    name, genes_of_stage = f"stage{stage.index}_block{block}", stage.genes
    target = stage.site if stage.is_last(block) else stage.hidden(block)
    stride = stage.stride(block, x)
    x = stage.conv(f"{name}_conv", x, genes_of_stage["width"], genes_of_stage["kernel"], stride)
    return stage.close(block, x, target), target


def _separable(stage: Stage, block: int, x: str, site: str | None) -> tuple[str, str]:
    """Depthwise convolution, then a pointwise one, each with normalisation and activation."""
    name = f"stage{stage.index}_block{block}"
    target = stage.site if stage.is_last(block) else stage.hidden(block)
    x = stage.depthwise(f"{name}_depthwise", x, stage.stride(block, x))
    x = stage.activate(f"{name}_depthwise", x, site)
    x = stage.conv(f"{name}_pointwise", x, stage.genes["width"], 1)
    return stage.close(block, x, target), target


def _residual(stage: Stage, block: int, x: str, site: str | None) -> tuple[str, str]:
    """Two convolutions around which the input is added.

    Where shapes differ, or the input's channels are masked by another site, a convolution of one
    position projects it; adding it as it is would tie the masks of two stages.
    """
    name, stride = f"stage{stage.index}_block{block}", stage.stride(block, x)
    width, kernel = stage.genes["width"], stage.genes["kernel"]
    inner = stage.conv(f"{name}_conv1", x, width, kernel, stride)
    inner = stage.activate(f"{name}_conv1", inner, stage.hidden(block))
    inner = stage.conv(f"{name}_conv2", inner, width, kernel)
    if site != stage.site:
        x = stage.conv(f"{name}_project", x, width, 1, stride)
    x = stage.sketch.add(f"{name}_add", "add", inner, x)
    return stage.close(block, x, stage.site), stage.site


def _inverted(stage: Stage, block: int, x: str, site: str | None) -> tuple[str, str]:
    """Widen, convolve depthwise, project without activation; add the input where it fits.

    Expansion one has no widening convolution.
    """
    name, stride = f"stage{stage.index}_block{block}", stage.stride(block, x)
    width, expansion = stage.genes["width"], stage.genes["expansion"]
    source, inner_site = x, site
    if expansion > 1:
        inner_site = stage.hidden(block)
        x = stage.conv(f"{name}_expand", x, expansion * width, 1)
        x = stage.activate(f"{name}_expand", x, inner_site)
    x = stage.depthwise(f"{name}_depthwise", x, stride)
    x = stage.activate(f"{name}_depthwise", x, inner_site)
    x = stage.conv(f"{name}_project", x, width, 1)
    if site == stage.site:
        x = stage.sketch.add(f"{name}_add", "add", x, source)
    return stage.close(block, x, stage.site, activated=False), stage.site


BLOCKS = {
    "conv": _conv,
    "separable": _separable,
    "residual": _residual,
    "inverted": _inverted,
}


def _head(sketch: Sketch, values: Record, outputs: int, x: str) -> None:
    pool = values["head"] == "global_average"
    x = sketch.add("head_pool" if pool else "head_flatten", values["head"] + "_pool" * pool, x)
    if values["head_width"]:
        last = values["stages"][-1]
        stage = len(values["stages"])
        x = sketch.add("head_linear", "linear", x, out_features=values["head_width"], bias=True)
        x = sketch.add("head_activation", "activation", x, function=last["activation"])
        x = sketch.add("head_mask", "mask", x, site="head", stage=stage)
    x = sketch.dropout("head_dropout", x, values["dropout"])
    sketch.add("logits", "linear", x, out_features=outputs, bias=True)
