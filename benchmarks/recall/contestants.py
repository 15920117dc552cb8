"""The networks that are compared, how they are trained, and the bytes that they keep of a text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.recall.planting import VOCABULARY, Source, lesson
from genomes.architectures import transformer
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.networks.layers import Layer
from genomes.networks.network import Network, build
from genomes.operations.timescale_memory import state_bytes

WINDOW, HEADS, SIZE, BLOCKS = 128, 2, 16, 2
TOKENS_A_STEP, RATE, WARM_UP = 4096, 5e-3, 100
LOCAL = 0.125  # of the window: what attention sees in the network with a memory
MEMORY = {
    "memory": True, "memory_segment": 0.125, "memory_short": 32, "memory_middle": 256,
    "memory_long": 32, "memory_found": 8, "memory_middle_rate": 0.1, "memory_long_rate": 0.01,
    "memory_importance": 0.35,
}  # fmt: skip
USES = 5
POSITION_BYTES = BLOCKS * HEADS * 2 * SIZE * 4  # keys and values of a position, in all blocks


@dataclass(frozen=True)
class Contestant:
    """A network for windows of `length`, whose blocks look back `seen` positions each."""

    name: str
    length: int
    seen: int
    has_memory: bool = False
    uses: int = USES  # of an entry, which lead to the long tier

    def network(self, seed: int) -> Network:
        """Build it."""
        block = Record(feed_forward=2, activation="gelu", context=self.seen / self.length)
        genes = transformer.TEXTBOOK[0].replacing(
            blocks=(block,) * BLOCKS, heads=HEADS, head_size=SIZE
        )
        if self.has_memory:
            genes = genes.replacing(**MEMORY, memory_uses=self.uses)
        ends = Interface((self.length,), VOCABULARY, None, tokens=VOCABULARY, per_position=True)
        return build(transformer.decode(genes, ends), seed=seed)

    def kept_bytes(self) -> int:
        """Return the bytes that it keeps of a text while it goes on."""
        if not self.has_memory:
            return self.seen * POSITION_BYTES
        node = self.network(0).spec.by_name["memory"]
        return self.seen * POSITION_BYTES + state_bytes(node.attributes, self.length)


def contestants(uses: int = USES) -> tuple[Contestant, ...]:
    """Return a memory, a window that keeps as many bytes, and a context as long as a lesson."""
    memory = Contestant("memory", WINDOW, round(LOCAL * WINDOW), has_memory=True, uses=uses)
    seen = memory.kept_bytes() // POSITION_BYTES
    window = Contestant("window of equal bytes", 2 * WINDOW, seen)
    return memory, window, Contestant("context alone", WINDOW, WINDOW)


def trained(
    contestant: Contestant, source: Source, seed: int, steps: int, say: Callable[[str], None]
) -> Network:
    """Train a network on lessons: the cross-entropy of all tokens, and of the answers again."""
    network, rng = contestant.network(seed).train(), np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=RATE, weight_decay=0.01, betas=(0.9, 0.98)
    )
    charging = [m for m in network.modules() if isinstance(m, Layer) and m.charges]
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / WARM_UP) * (1.0 - 0.9 * step / steps)
    )
    for step in range(steps):
        batch = TOKENS_A_STEP // contestant.length
        drawn = [lesson(source, contestant.length, rng) for _ in range(batch)]
        tokens, answers = (torch.from_numpy(np.stack(part)) for part in zip(*drawn, strict=True))
        said, wanted, asked = network(tokens[:, :-1]), tokens[:, 1:], answers[:, 1:]
        each = F.cross_entropy(said, wanted, reduction="none")
        loss = each.mean() + each[asked].mean()
        extra = [layer.surcharge(F.cross_entropy) for layer in charging]
        loss = loss + sum(charged for charged in extra if charged is not None)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        rates.step()
        if (step + 1) % 100 == 0:
            right = (said.argmax(1) == wanted)[asked].double().mean()
            say(f"{contestant.name}, seed {seed}, step {step + 1}: {float(right):.2f} right")
    return network.eval()
