"""Operation `causal_attention`: each head looks back from every position.

By Vaswani et al. 2017 (https://arxiv.org/abs/1706.03762). A position sees itself and the `window`
- 1 before it (Beltagy et al. 2020, https://arxiv.org/abs/2004.05150). With `rotary` queries and
keys are turned by their position (Su et al. 2021, https://arxiv.org/abs/2104.09864): the first of
a pair lies in the first half of a head. Heads come out as channels, so that a mask silences one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape, positive, sides, yes_or_no
from genomes.graph.source import arguments

BASE = 10_000.0  # of the wavelengths by which is turned
SOFTMAX = 5  # FLOPs of a pair of positions

SOURCE = '''

class CausalAttention(nn.Module):
    """Heads that look back from each position: at itself and the `window` - 1 before it.

    The weight has for each head and input channel a query, a key and a value of `size` numbers.
    """

    def __init__(
        self, inputs: int, heads: int, size: int, length: int, window: int, rotary: bool
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(heads, inputs, 3, size))
        near = torch.ones(length, length, dtype=torch.bool).tril().triu(1 - window)
        self.register_buffer("near", near, persistent=False)
        speeds = {base} ** (-torch.arange(size // 2) / (size // 2))
        angles = torch.arange(length)[:, None] * speeds if rotary else None
        self.register_buffer("angles", angles, persistent=False)

    def forward(self, x: Tensor) -> Tensor:  # (N, inputs, L) to (N, heads, size, L)
        q, k, v = self.parts(x)
        near = self.near[: x.shape[2], : x.shape[2]]
        found = F.scaled_dot_product_attention(q, k, v, attn_mask=near)
        return found.transpose(2, 3)

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        heads, inputs, _, size = self.weight.shape
        weight = self.weight.permute(2, 0, 3, 1).reshape(-1, inputs)
        parts = F.linear(x.transpose(1, 2), weight).unflatten(2, (3, heads, size))
        q, k, v = (part.transpose(1, 2) for part in parts.unbind(2))  # (N, heads, L, size)
        if self.angles is not None:
            q, k = self.turned(q), self.turned(k)
        return q, k, v

    def turned(self, x: Tensor) -> Tensor:
        first, second = x.chunk(2, dim=-1)
        angles = self.angles[: x.shape[2]]
        cosine, sine = angles.cos(), angles.sin()
        return torch.cat((first * cosine - second * sine, second * cosine + first * sine), dim=-1)
'''.replace("{base}", str(BASE))


class CausalAttention(Operation):
    """Map (C, L) to (`heads`, `head_size`, L)."""

    attributes = frozenset({"heads", "head_size", "window", "rotary"})
    axes = along(weight=("outputs", "inputs"))
    ties = "none"
    width = "heads"
    layer_kind = "linear"

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        positive(attributes, "heads", "head_size", "window")
        yes_or_no(attributes, "rotary")
        if len(sides(inputs[0])) != 1:
            raise ValueError(f"received shape {inputs[0]}, expected (channels, length)")
        if attributes["rotary"] and attributes["head_size"] % 2:
            raise ValueError(f"head_size is {attributes['head_size']}, expected an even one")
        return attributes["heads"], attributes["head_size"], inputs[0][1]

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        heads, size, _ = target
        return {"weight": (heads, source[0], 3, size)}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        """Count what is needed: of pairs of positions those that see each other."""
        heads, size, length = target
        seen = min(attributes["window"], length)
        pairs = seen * (seen + 1) // 2 + (length - seen) * seen
        turning = 2 * 3 * size * length * attributes["rotary"]
        projecting = 2 * source[0] * 3 * size * length
        return int(heads * (projecting + turning + pairs * (4 * size + SOFTMAX)))

    def table(self, attributes: Record, source: Shape, target: Shape) -> int:
        _, size, length = target
        return length * (length + size)

    def state(self, attributes: Record, source: Shape, target: Shape) -> int:
        """Count keys and values of the positions that the next one sees."""
        heads, size, length = target
        return int(2 * heads * size * min(attributes["window"], length))

    def continues(self, attributes: Record, old: Record) -> bool:
        return all(attributes[name] == old[name] for name in ("head_size", "rotary"))

    def words(self, node: Node) -> str:
        heads, size, length = node.shape
        window = node.attributes["window"]
        back = f", window {window}" if window < length else ""
        turned = ", rotary" if node.attributes["rotary"] else ""
        return f"attention, {heads} head{'s' * (heads > 1)} of {size}{back}{turned}"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        named = {name: node.attributes[name] for name in ("window", "rotary")}
        return f"CausalAttention({arguments(source[0], *node.shape, **named)})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        tensors = self.tensors(attributes, source, target)
        return layer()(tensors, target[2], attributes["window"], attributes["rotary"])

    def step(self, module: Any, ends: Any) -> Any:
        from genomes.networks.stepping.attention import AttentionStep

        weight, angles = module.weight.detach(), module.angles
        return AttentionStep(weight, module.length, module.window, angles, ends.outputs)


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch.nn.functional as F
    from torch import Tensor

    from genomes.networks.attention import near, projected, rotary_angles, turned
    from genomes.networks.layers import Weighted

    class CausalAttention(Weighted):
        """Of sequences (N, C, L); the weight is (H, C, 3, D), of queries, keys and values.

        `near` (L, L) says which positions see which; None where all that came before is seen.
        `angles` (L, D / 2) are what rotary positions turn by.
        """

        near: Tensor | None
        angles: Tensor | None

        def __init__(
            self, tensors: Mapping[str, Shape], length: int, window: int, rotary: bool
        ) -> None:
            super().__init__(tensors, self._attend)
            self.length, self.window = length, window
            seen = near(length, window) if window < length else None
            self.register_buffer("near", seen, persistent=False)
            size = tensors["weight"][3]
            angles = rotary_angles(size, length, BASE) if rotary else None
            self.register_buffer("angles", angles, persistent=False)

        def rows(self) -> list[Tensor]:
            return [part.t() for head in self.weight for part in head.unbind(1)]

        def _attend(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
            q, k, v = projected(x, weight)
            length = x.shape[2]
            if self.angles is not None:
                q, k = turned(q, self.angles[:length]), turned(k, self.angles[:length])
            seen = None if self.near is None else self.near[:length, :length]
            found = F.scaled_dot_product_attention(q, k, v, attn_mask=seen, is_causal=seen is None)
            return found.transpose(2, 3)

    return CausalAttention


OPERATION = CausalAttention()
