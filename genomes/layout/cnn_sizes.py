"""Sizes of a network of stages (`genomes.layout.cnn_stages`), added up from its genes.

Every candidate is checked against a run's limits, and laying it out takes ten times as long. This
has to count what is built; a test compares the two over random genes.
"""

from __future__ import annotations

from math import prod

from genomes.genes.activation import Function, constants, flops
from genomes.genes.gene import Record
from genomes.graph import inhibition
from genomes.graph.interface import Interface
from genomes.graph.operation import operation
from genomes.graph.shapes import Shape
from genomes.graph.sizes import Sizes
from genomes.graph.sketch import LEAST_DROPOUT

# What is added to a weighted layer: FLOPs a number, parameters a channel, numbers kept a number.
BIAS = (1, 1, 0)
NORM = {
    name: (operation(f"{name}_norm").flops(Record(), (1,), (1,)), 2, 1)
    for name in ("batch", "layer")
}


class Flow:
    """What flows through the network: its channels and sides, and what was counted so far."""

    def __init__(self, shape: Shape) -> None:
        self.channels = shape[0]
        self.resize(shape[1:])
        self.parameters = self.flops = 0
        self.activations = self.numbers

    @property
    def numbers(self) -> int:
        """Numbers of one example."""
        return self.channels * self.positions

    def resize(self, sides: Shape) -> None:
        """Go on with other sides; vectors have none."""
        self.sides, self.positions = sides, prod(sides)

    def weigh(self, genes: Record, channels: int | None, kernel: int, stride: int = 1) -> None:
        """Count a convolution, depthwise if `channels` is None, and its normalisation."""
        sides = self.sides
        kernel = min(kernel, 2 * max(sides) - 1)
        window = kernel ** len(sides)
        weights = window * (1 if channels is None else self.channels)  # of a channel
        self.channels = channels or self.channels
        if stride > 1:  # all windows are odd: padded by half of them, they leave the sides alone
            self.resize(tuple([(side - 1) // stride + 1 for side in sides]))
        flops, parameters, kept = NORM.get(genes["normalisation"], BIAS)
        numbers = self.channels * self.positions
        self.parameters += self.channels * (weights + parameters)
        self.flops += numbers * (2 * weights + flops)
        self.activations += numbers * (1 + kept)

    def pass_on(self, flops: int = 1) -> None:
        """Count an operation without weights that costs so many FLOPs a number."""
        numbers = self.channels * self.positions
        self.flops += flops * numbers
        self.activations += numbers

    def activate(self, function: Function) -> None:
        """Count an activation function and its constants."""
        self.parameters += len(constants(function))
        self.pass_on(flops(function))

    def connect(self, features: int) -> None:
        """Count a linear layer on a vector."""
        self.parameters += (self.channels + 1) * features
        self.flops += (2 * self.channels + 1) * features
        self.channels = features
        self.activations += features


def sizes(values: Record, interface: Interface) -> Sizes:
    """Return the sizes of what `decode` builds of these genes."""
    flow = Flow(interface.input_shape)
    if interface.normalization is not None:
        flow.pass_on(flops=2)
    for genes in values["stages"]:
        _stage(flow, genes)
    _head(flow, values, interface.outputs)
    return Sizes(flow.parameters, flow.flops, flow.activations)


def _stage(flow: Flow, genes: Record) -> None:
    count = BLOCKS[genes["block"]]
    for block in range(genes["depth"]):
        first = block == 0
        stride = genes["stride"] if first and min(flow.sides) > 1 else 1
        count(flow, genes, stride, first)
    if genes["pooling"] != "none" and min(flow.sides) > 1:
        flow.resize(tuple([side // 2 for side in flow.sides]))
        flow.pass_on(flops=2 ** len(flow.sides))
    found = genes.get("inhibition", inhibition.OFF)
    if found["kind"] != inhibition.NONE:
        flow.pass_on(flops=inhibition.flops_each(found, (flow.channels, *flow.sides)))


def _conv(flow: Flow, genes: Record, stride: int, first: bool) -> None:
    flow.weigh(genes, genes["width"], genes["kernel"], stride)
    flow.activate(genes["activation"])


def _separable(flow: Flow, genes: Record, stride: int, first: bool) -> None:
    flow.weigh(genes, None, genes["kernel"], stride)
    flow.activate(genes["activation"])
    flow.weigh(genes, genes["width"], 1)
    flow.activate(genes["activation"])


def _residual(flow: Flow, genes: Record, stride: int, first: bool) -> None:
    source = flow.channels, flow.sides
    flow.weigh(genes, genes["width"], genes["kernel"], stride)
    flow.activate(genes["activation"])
    flow.weigh(genes, genes["width"], genes["kernel"])
    if first:  # whose input another site masks: it is projected
        flow.channels = source[0]
        flow.resize(source[1])
        flow.weigh(genes, genes["width"], 1, stride)
    flow.pass_on()  # the addition
    flow.activate(genes["activation"])


def _inverted(flow: Flow, genes: Record, stride: int, first: bool) -> None:
    if genes["expansion"] > 1:
        flow.weigh(genes, genes["expansion"] * genes["width"], 1)
        flow.activate(genes["activation"])
    flow.weigh(genes, None, genes["kernel"], stride)
    flow.activate(genes["activation"])
    flow.weigh(genes, genes["width"], 1)
    if not first:
        flow.pass_on()  # the addition


BLOCKS = {
    "conv": _conv,
    "separable": _separable,
    "residual": _residual,
    "inverted": _inverted,
}


def _head(flow: Flow, values: Record, outputs: int) -> None:
    numbers = flow.numbers
    if values["head"] == "global_average":
        flow.flops += numbers
        flow.activations += flow.channels
    else:
        flow.channels = numbers  # flattening keeps no copy
    flow.resize(())
    if values["head_width"]:
        flow.connect(values["head_width"])
        flow.activate(values["stages"][-1]["activation"])
    if values["dropout"] >= LEAST_DROPOUT:
        flow.pass_on(flops=0)
    flow.connect(outputs)
