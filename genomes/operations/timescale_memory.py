"""Operation `timescale_memory`: heads that ask a memory of what came before their segment.

After the second source paper's three timescales, and Memorizing Transformers (Wu et al. 2022,
https://arxiv.org/abs/2203.08913): keys and values of single positions, searched exactly for the
likest few. A window is read in segments of `segment` positions. Each segment, when it is complete,
goes to the short tier (first in, first out, `sizes[0]` slots); of what leaves that the middle tier
takes what was important (`threshold`), most important and relevant first, a share `rates[0]` of it
at most; what has been used there `uses` times moves on to the long tier, a share `rates[1]` of the
middle tier's slots at a time. `found` entries of each tier, and one that stands for nothing, meet
in one softmax. Heads have memories of their own, so that a mask silences one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import MOST, Shape, are_whole, is_finite, positive, sides
from genomes.graph.source import arguments
from genomes.operations.causal_attention import SOFTMAX

USED = 0.2  # of a position's attention: an entry that gets more has been used
RULES = ("sizes", "found", "rates", "threshold", "uses")
BYTES = 4  # of a float32
BESIDE = 3 * BYTES + 1  # of a slot: importance, rank, uses; whether it is filled


def state_bytes(attributes: Record, length: int) -> int:
    """Return the bytes of a sequence's memory when it is full.

    All slots, a segment that waits to be stored, with its queries and the key before, and what the
    positions of a window of `length` have found, which is found again where windows overlap.
    """
    row, segment = attributes["head_size"] * BYTES, attributes["segment"]
    slots = sum(attributes["sizes"]) + segment
    return int(attributes["heads"] * (slots * (2 * row + BESIDE) + (segment + 1 + length) * row))


SOURCE = '''

class TimescaleMemory(nn.Module):
    """Heads that look into a memory of the segments before their own; it begins empty.

    Its tiers are short, middle and long. A slot is a row: `size` numbers for the key, as many for
    the value, importance, rank, uses, and 1 where the slot is filled.
    """

    def __init__(
        self,
        inputs: int,
        heads: int,
        size: int,
        segment: int,
        sizes: Sequence[int],
        found: int,
        rates: Sequence[float],
        threshold: float,
        uses: int,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(heads, inputs, 3, size))
        self.importances = nn.Parameter(torch.zeros(heads, 2 * size))
        self.tiers = nn.Parameter(torch.zeros(heads, 3))
        self.bias = nn.Parameter(torch.zeros(heads))
        self.sharpness = nn.Parameter(torch.zeros(heads))
        self.nothing = nn.Parameter(torch.zeros(heads))
        self.segment, self.sizes, self.found = segment, sizes, found
        self.rates, self.threshold, self.uses = rates, threshold, uses

    def forward(self, x: Tensor) -> Tensor:  # (N, inputs, L) to (N, heads, size, L)
        heads, inputs, _, size = self.weight.shape
        weight = self.weight.permute(2, 0, 3, 1).reshape(-1, inputs)
        parts = F.linear(x.transpose(1, 2), weight).unflatten(2, (3, heads, size))
        q, k, v = (part.transpose(1, 2) for part in parts.unbind(2))  # (N, heads, L, size)
        q, k = F.normalize(q, dim=3), F.normalize(k, dim=3)
        stored = torch.cat((F.pad(k[:, :, :-1], (0, 0, 1, 0)), v), 3)  # keys of those before
        importance = (stored * self.importances[:, None]).sum(3) + self.bias[:, None]
        none = torch.zeros_like(importance)
        filled = F.pad(none[:, :, 1:] + 1, (1, 0))
        numbers = torch.stack((torch.sigmoid(importance), none, none, filled), 3)
        rows = torch.cat((stored, numbers), 3)
        memory, found = [rows[:, :, :0]] * 3, []
        for start in range(0, x.shape[2], self.segment):
            now = slice(start, start + self.segment)
            recalled, memory = self.recalled(q[:, :, now], memory)
            memory = self.stored(q[:, :, now], rows[:, :, now], memory)
            found.append(recalled)
        return torch.cat(found, 2).transpose(2, 3)

    def recalled(self, q: Tensor, memory: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        size, asked = q.shape[3], q * self.sharpness.exp()[:, None, None]
        scores, places = [], []
        for tier, joined in zip(memory, self.tiers.log_softmax(1).unbind(1)):
            if tier.shape[2] == 0:
                continue
            score = asked @ tier[..., :size].transpose(2, 3)
            score = score.masked_fill(tier[..., -1][:, :, None] == 0, -torch.inf)
            place = steady(score).topk(min(self.found, tier.shape[2]), dim=3).indices
            scores.append(score.gather(3, place) + joined[:, None, None])
            places.append(place)
        scores.append(self.nothing[:, None, None].expand(*q.shape[:3], 1))
        shares = torch.cat(scores, 3).softmax(3).split([part.shape[3] for part in scores], 3)
        found, after = torch.zeros_like(q), []
        for tier, share, place in zip(memory, shares, places):  # empty ones are the last
            whole = q.new_zeros(*q.shape[:3], tier.shape[2]).scatter(3, place, share)
            found = found + whole @ tier[..., size : 2 * size]
            uses = tier[..., -2] + (whole > {used}).to(q.dtype).sum(2)
            after.append(torch.cat((tier[..., :-2], uses[..., None], tier[..., -1:]), 3))
        return found, after + memory[len(after) :]

    def stored(self, q: Tensor, rows: Tensor, memory: list[Tensor]) -> list[Tensor]:
        size, (short, middle, long) = q.shape[3], memory
        short = torch.cat((short, rows), 2)
        out = max(0, short.shape[2] - self.sizes[0])
        often = (middle[..., -1] == 1) & (middle[..., -2] >= self.uses)
        places = torch.where(often, by_use(middle), -torch.inf)
        places = places.topk(math.ceil(self.rates[1] * middle.shape[2]), dim=2).indices
        goes = often.gather(2, places).to(q.dtype)
        moved = torch.cat((at(middle, places)[..., :-1], goes[..., None]), 3)
        stays = middle[..., -1].scatter_add(2, places, -goes)
        middle = torch.cat((middle[..., :-1], stays[..., None]), 3)
        long = best(torch.cat((long, moved), 2), self.sizes[2], -2)
        leaving, wanted = short[:, :, :out], F.normalize(q.mean(2, keepdim=True), dim=3)
        importance, likeness = leaving[..., -4], (leaving[..., :size] * wanted).sum(3)
        rank = importance * (1.0 + likeness) / 2.0
        taken = leaving[..., -1] * (importance >= self.threshold)
        numbers = torch.stack((importance, rank, leaving[..., -2], taken), 3)
        leaving = torch.cat((leaving[..., :-4], numbers), 3)
        taken = best(leaving, math.ceil(self.rates[0] * out), -3)
        middle = best(torch.cat((middle, taken), 2), self.sizes[1], -3)
        return [short[:, :, out:], middle, long]


def at(tier: Tensor, places: Tensor) -> Tensor:
    return tier.gather(2, places[..., None].expand(*places.shape, tier.shape[3]))


def steady(x: Tensor) -> Tensor:
    return (x * 2.0**14).round()  # the same, whatever the order of sums


def by_use(tier: Tensor) -> Tensor:
    count = tier.shape[2]
    return tier[..., -2] + torch.arange(count, device=tier.device) / (count + 1)


def best(tier: Tensor, count: int, number: int) -> Tensor:
    if tier.shape[2] <= count:
        return tier
    order = by_use(tier) if number == -2 else tier[..., number]
    order = torch.where(tier[..., -1] == 1, steady(order), -torch.inf)
    return at(tier, order.topk(count, dim=2).indices.sort(dim=2).values)
'''.replace("{used}", str(USED))


def _check(attributes: Record) -> None:
    sizes, rates, threshold = (attributes[name] for name in ("sizes", "rates", "threshold"))
    if not are_whole(sizes, 3, 1) or max(sizes) > MOST:
        raise ValueError(f"sizes is {sizes!r}, expected 3 whole numbers of at least 1")
    if not isinstance(rates, tuple) or len(rates) != 2 or not all(map(_is_share, rates)):
        raise ValueError(f"rates is {rates!r}, expected 2 numbers above 0, at most 1")
    if not _is_share(threshold):
        raise ValueError(f"threshold is {threshold!r}, expected a number above 0, at most 1")


def _is_share(value: object) -> bool:
    return isinstance(value, float | int) and is_finite(value) and 0.0 < value <= 1.0


class TimescaleMemory(Operation):
    """Map (C, L) to (`heads`, `head_size`, L).

    How important a position is, is learnt: whether a later one of its window would use it.
    """

    attributes = frozenset({"heads", "head_size", "segment", *RULES})
    axes = along(
        weight=("outputs", "inputs"),
        importances=("outputs",),
        bias=("outputs",),
        sharpness=("outputs",),
        tiers=("outputs",),
        nothing=("outputs",),
    )
    ties = "none"
    width = "heads"
    layer_kind = "linear"

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "heads", "head_size", "segment", "found", "uses")
        if len(sides(inputs[0])) != 1:
            raise ValueError(f"received shape {inputs[0]}, expected (channels, length)")
        _check(attributes)
        return attributes["heads"], attributes["head_size"], inputs[0][1]

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        heads, size, _ = target
        each = {name: (heads,) for name in ("bias", "sharpness", "nothing")}
        beside = {"importances": (heads, 2 * size), "tiers": (heads, 3)}
        return {"weight": (heads, source[0], 3, size), **beside, **each}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        """Count what a window needs that begins with an empty memory, if all that may is kept."""
        heads, size, length = target
        making = 2 * source[0] * 3 * size + 4 * size + 2 * 3 * size + size
        pairs, joined = 0, 0
        for asking, slots in _searches(attributes, length):
            pairs += asking * sum(slots)
            joined += asking * sum(min(count, attributes["found"]) for count in slots)
        searching = pairs * (2 * size + 1) + joined * (2 * size + SOFTMAX)
        return int(heads * (length * making + searching))

    def state(self, attributes: Record, source: Shape, target: Shape) -> int:
        return -(-state_bytes(attributes, target[2]) // BYTES)

    def continues(self, attributes: Record, old: Record) -> bool:
        return bool(attributes["head_size"] == old["head_size"])

    def words(self, node: Node) -> str:
        heads, size, _ = node.shape
        slots = " + ".join(f"{slots:,}" for slots in node.attributes["sizes"])
        return f"memory, {heads} head{'s' * (heads > 1)} of {size}, {slots} slots"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        named = {name: node.attributes[name] for name in ("segment", *RULES)}
        return f"TimescaleMemory({arguments(source[0], *node.shape[:2], **named)})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from genomes.networks.remembering.layer import TimescaleMemory
        from genomes.networks.remembering.tiers import Rules

        rules = Rules(**{name: attributes[name] for name in RULES}, used=USED)
        tensors = self.tensors(attributes, source, target)
        return TimescaleMemory(tensors, target[2], attributes["segment"], rules)

    def step(self, module: Any, ends: Any) -> Any:
        from genomes.networks.stepping.memory import MemoryStep

        return MemoryStep(module)


def _searches(attributes: Record, length: int) -> Iterator[tuple[int, tuple[int, int, int]]]:
    """Yield for each segment of a window how many positions search how many slots of each tier."""
    segment, sizes, rates = (attributes[name] for name in ("segment", "sizes", "rates"))
    short = middle = long = 0
    for start in range(0, length, segment):
        yield min(segment, length - start), (short, middle, long)
        leaving = max(0, short + segment - sizes[0])
        long = min(sizes[2], long + math.ceil(rates[1] * middle))
        middle = min(sizes[1], middle + math.ceil(rates[0] * leaving))
        short = min(sizes[0], short + segment)


OPERATION = TimescaleMemory()
