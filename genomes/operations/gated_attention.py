"""Operation `gated_attention`: causal attention whose heads are open or closed at each position.

As `causal_attention`, but for marks (M, L). Where a head is closed it finds nothing, and no later
position of it finds what is there: a generator computes no query, key or value of it. With
`keys_stay` later positions find what is there: only the query is not computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from genomes.genes.gene import Record
from genomes.graph.marks.runs import check_runs, open_channels, shrunk_runs, spoken_for
from genomes.graph.masks import Flags, Kept, MaskedNode
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape
from genomes.graph.source import arguments
from genomes.operations import causal_attention

SOURCE = '''

class GatedAttention(CausalAttention):
    """Attention with marks (N, M, L), each of which opens or closes a run of heads.

    A closed head finds nothing; later positions see its keys there only if they stay.
    """

    def __init__(
        self, *sizes: int, runs: Sequence[int], window: int, rotary: bool, keys_stay: bool = False
    ) -> None:
        super().__init__(*sizes, window, rotary)
        self.keys_stay = keys_stay
        self.speakers = [mark for mark, run in enumerate(runs) for _ in range(run)]

    def forward(self, x: Tensor, marks: Tensor) -> Tensor:
        opened = marks[:, self.speakers]  # (N, heads, L)
        q, k, v = self.parts(x)
        length = x.shape[2]
        seen = self.near[:length, :length]
        if not self.keys_stay:
            own = torch.eye(length, dtype=torch.bool, device=x.device)
            seen = seen & ((opened > 0.5)[:, :, None] | own)
        found = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        return (found * opened[..., None]).transpose(2, 3)
'''


class GatedAttention(Operation):
    """Map (C, L) and marks (M, L) to (`heads`, `head_size`, L); `runs` as in `gated`."""

    attributes = frozenset({"heads", "head_size", "window", "rotary", "runs"})
    optional = frozenset({"keys_stay"})
    arity = 2
    axes = along(weight=("outputs", "inputs"))
    ties = "none"
    width = "heads"
    layer_kind = "linear"
    closes = "positions"

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        found = causal_attention.OPERATION.shape(attributes, inputs[:1])
        check_runs(attributes["runs"], inputs[1][0], attributes["heads"])
        if attributes.get("keys_stay", True) is not True:
            raise ValueError(f"keys_stay is {attributes['keys_stay']!r}, expected true or none")
        if inputs[1][1:] != inputs[0][1:]:
            raise ValueError(f"received marks {inputs[1]} for a sequence {inputs[0]}")
        return found

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        return causal_attention.OPERATION.tensors(attributes, source, target)

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        """Count what heads that are always open need; of others, keys and values if they stay."""
        heads, size, length = target
        gating = heads * size * length
        whole = causal_attention.OPERATION.flops(attributes, source, target) + gating
        if "keys_stay" not in attributes:
            return whole
        of_a_head = length * size * (4 * source[0] + 3 * attributes["rotary"])
        return int(whole + (attributes["heads"] - heads) * of_a_head)

    def table(self, attributes: Record, source: Shape, target: Shape) -> int:
        return causal_attention.OPERATION.table(attributes, source, target)

    def state(self, attributes: Record, source: Shape, target: Shape) -> int:
        return causal_attention.OPERATION.state(attributes, source, target)

    def shrunk(self, attributes: Record, kept: Kept) -> Record:
        runs = shrunk_runs(attributes["runs"], kept)
        return attributes.replacing(heads=int(kept.outputs.sum()), runs=runs)

    def carries(self, at: MaskedNode, inputs: Sequence[Flags]) -> Flags:
        return open_channels(at)

    def matters(self, at: MaskedNode, matters: Flags, carried: Sequence[Flags]) -> Sequence[Flags]:
        """A gate is asked before its heads are closed."""
        return [self._read(at, matters & self.works(at)), self.asked(at.node.attributes, matters)]

    def works(self, at: MaskedNode) -> Flags:
        """A closed head reads nothing, but for keys and values where they stay."""
        stay = "keys_stay" in at.node.attributes
        return super().works(at) if stay else open_channels(at)

    def asked(self, attributes: Record, kept: Flags) -> Flags:
        return spoken_for(attributes["runs"], kept)

    def continues(self, attributes: Record, old: Record) -> bool:
        return causal_attention.OPERATION.continues(attributes, old)

    def words(self, node: Node) -> str:
        return f"gated {causal_attention.OPERATION.words(node)}"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str:
        told = ("runs", "window", "rotary", "keys_stay")
        named = {name: node.attributes[name] for name in told if name in node.attributes}
        return f"GatedAttention({arguments(source[0], *node.shape, **named)})"

    def call(self, node: Node, source: Shape) -> str:
        return f"self.{node.name}({{0}}, {{1}})"

    def definitions(self, peers: Sequence[Node]) -> str:
        return causal_attention.SOURCE + SOURCE

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        sizes = self.tensors(attributes, source, target), target[2], attributes["window"]
        stay = "keys_stay" in attributes
        return layer()(*sizes, attributes["rotary"], attributes["runs"], stay)

    def step(self, module: Any, ends: Any) -> Any:
        found = causal_attention.OPERATION.step(module, ends)
        found.keys_stay = module.keys_stay
        return found

    def first_step(self, module: Any, *inputs: Any) -> Any:
        """Close nothing: at birth all gates are open."""
        return module(inputs[0])


@cache
def layer() -> type[Any]:
    """Return the torch module."""
    import torch
    import torch.nn.functional as F
    from torch import Tensor

    from genomes.networks.attention import near, projected, rotary_angles, turned
    from genomes.networks.layers import Weighted

    class GatedAttention(Weighted):
        """Of sequences (N, C, L) and marks (N, M, L); the weight as in `CausalAttention`."""

        near: Tensor
        index: Tensor
        angles: Tensor | None

        def __init__(
            self,
            tensors: Mapping[str, Shape],
            length: int,
            window: int,
            rotary: bool,
            runs: tuple[int, ...],
            keys_stay: bool,
        ) -> None:
            super().__init__(tensors, self._attend)
            self.length, self.window, self.keys_stay = length, window, keys_stay
            index = torch.repeat_interleave(torch.arange(len(runs)), torch.tensor(runs))
            self.register_buffer("index", index, persistent=False)
            self.register_buffer("near", near(length, window), persistent=False)
            size = tensors["weight"][3]
            angles = rotary_angles(size, length, causal_attention.BASE) if rotary else None
            self.register_buffer("angles", angles, persistent=False)

        def rows(self) -> list[Tensor]:
            return [part.t() for head in self.weight for part in head.unbind(1)]

        def forward(self, x: Tensor, marks: Tensor | None = None) -> Tensor:
            """Attend; without marks all heads are open."""
            if marks is None:
                marks = x.new_ones(len(x), int(self.index.max()) + 1, x.shape[2])
            return self._attend(x, self.weight, None, marks.index_select(1, self.index))

        def _attend(
            self, x: Tensor, weight: Tensor, bias: Tensor | None, opened: Tensor | None = None
        ) -> Tensor:
            assert opened is not None  # (N, H, L)
            q, k, v = projected(x, weight)
            length = x.shape[2]
            if self.angles is not None:
                q, k = turned(q, self.angles[:length]), turned(k, self.angles[:length])
            seen = self.near[:length, :length]
            if not self.keys_stay:
                own = torch.eye(length, dtype=torch.bool, device=x.device)
                seen = seen & ((opened > 0.5)[:, :, None] | own)
            found = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
            return (found * opened[..., None]).transpose(2, 3)

    return GatedAttention


OPERATION = GatedAttention()
