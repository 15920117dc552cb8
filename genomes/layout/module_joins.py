"""What a module reads from several others, made one: added or concatenated.

Streams that do not fit are made to by the cheapest projection: fewer positions by pooling, other
channels by a convolution of one position. Must not know what the streams come from.
"""

from __future__ import annotations

from collections.abc import Sequence

from genomes.graph.shapes import Shape
from genomes.layout.module_layout import Module, Stream


def joined(module: Module, streams: Sequence[Stream]) -> Stream:
    """Return what a module reads, as its gene `join` says; nothing is read twice.

    Where one input is a vector, all become vectors, else all get as few pixels as the smallest.
    """
    streams = list(dict.fromkeys(streams))
    if len(streams) == 1:
        return streams[0]
    if not all(map(module.plan.has_positions, streams)):
        streams = [
            module.plan.vector(f"{module.mark}_input{number}", x)
            for number, x in enumerate(streams)
        ]
    whole = [x for x in streams if not x.loose]
    # The sum of projections is the projection of what is concatenated.
    if module.genes["join"] == "concatenate" or not whole:
        return _concatenated(module, streams)
    return _added(module, streams, whole)


def _concatenated(module: Module, streams: Sequence[Stream]) -> Stream:
    pixels = _common_pixels(module, streams)
    total = ""
    for number, x in enumerate(streams):
        node = _resized(module, f"input{number}", x.node, pixels)
        total = module.add(f"join{number}", "concatenate", total, node) if total else node
    return Stream(total, None, loose=True)


def _added(module: Module, streams: Sequence[Stream], whole: Sequence[Stream]) -> Stream:
    """Add all to the stream to which the others are projected at least cost.

    Masks of different sites must not be tied, so streams of other sites are projected even if
    their shapes are equal. The sum has the mask of the stream that all are added to.
    """
    sited = [x for x in whole if x.site is not None] or whole
    target = min(sited, key=lambda x: _cost(module, x, streams))
    pixels = _common_pixels(module, streams)
    total = _resized(module, "target", target.node, pixels)
    projected = False
    for number, x in enumerate(streams):
        if x == target:
            continue
        if _fits(x, target):
            node = _resized(module, f"input{number}", x.node, pixels)
        else:
            projected = True
            node = _projected(module, f"input{number}", x.node, module.shape(total))
        total = module.add(f"join{number}", "add", total, node)
    if projected:
        total = module.mask("join", total, target.site)
    return Stream(total, target.site)


def _fits(x: Stream, target: Stream) -> bool:
    return not x.loose and x.site == target.site


def _cost(module: Module, target: Stream, streams: Sequence[Stream]) -> tuple[int, int]:
    """Return the weights of all projections to a stream; of equal ones the widest comes first."""
    width = module.shape(target.node)[0]
    others = (module.shape(x.node)[0] for x in streams if not _fits(x, target))
    return width * sum(others), -width


def _common_pixels(module: Module, streams: Sequence[Stream]) -> Shape:
    """Return the sides that all streams can be brought to, () for vectors."""
    sides = [module.shape(x.node)[1:] for x in streams]
    least = tuple(map(min, zip(*sides, strict=True)))
    reachable = all(side == least or window(side, least) is not None for side in sides)
    return least if reachable else (1,) * len(least)


def _resized(module: Module, role: str, x: str, pixels: Shape) -> str:
    sides = module.shape(x)[1:]
    if sides == pixels:
        return x
    found = window(sides, pixels)
    assert found is not None  # see _common_pixels
    return module.add(f"{role}_pool", "average_pool", x, kernel=found[0], stride=found[1])


def _projected(module: Module, role: str, x: str, target: Shape) -> str:
    """Add a convolution of one position, with a stride or behind a pool where it has to."""
    sides, pixels = module.shape(x)[1:], target[1:]
    strides = [s for s in range(1, max(sides, default=1) + 1) if _strided(sides, s) == pixels]
    if not strides:
        x = _resized(module, role, x, pixels)
    return module.mix(role, x, target[0], stride=strides[0] if strides else 1)


def _strided(sides: Shape, stride: int) -> Shape:
    return tuple(-(-side // stride) for side in sides)


def window(sides: Shape, pixels: Shape) -> tuple[int, int] | None:
    """Return kernel and stride of a pool from sides to others; None if there is none.

    Windows that leave no pixel out come first, of these those that overlap least.
    """
    largest = min(side // pixel for side, pixel in zip(sides, pixels, strict=True))
    for stride in (*range(largest, 0, -1), *range(largest + 1, max(sides) + 1)):
        # (side - kernel) // stride + 1 = pixel
        pairs = list(zip(sides, pixels, strict=True))
        least = max(1, *(side - stride * pixel + 1 for side, pixel in pairs))
        most = min(side - stride * (pixel - 1) for side, pixel in pairs)
        if least <= most:
            return max(least, min(stride, most)), stride
    return None
