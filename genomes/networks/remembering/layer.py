"""Heads that look back beyond what attention sees, into a memory of three tiers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genomes.graph.shapes import Shape
from genomes.networks.attention import projected
from genomes.networks.layers import Weighted
from genomes.networks.remembering.hindsight import used_later
from genomes.networks.remembering.notes import Notes
from genomes.networks.remembering.session import Positions, Rereading, Session, keys_before
from genomes.networks.remembering.tiers import TIERS, Rules, Tiers

SHARPNESS = 10.0  # of likenesses from -1 to 1 in a softmax, at the start
JOINED = (4.0, 2.0, 1.0)  # what tiers count at the start, as in the paper


class TimescaleMemory(Weighted):
    """Of sequences (N, C, L); the weight is (H, C, 3, D), of queries, keys and values.

    Each sequence begins with an empty memory, unless `windows` are those of longer ones.
    """

    charges = True

    def __init__(
        self, tensors: Mapping[str, Shape], length: int, segment: int, rules: Rules
    ) -> None:
        super().__init__(tensors, self._followed)
        heads = tensors["weight"][0]
        self.length, self.segment, self.rules = length, segment, rules
        self.importances = nn.Parameter(torch.zeros(tensors["importances"]))
        self.sharpness = nn.Parameter(torch.full((heads,), math.log(SHARPNESS)))
        self.tiers = nn.Parameter(torch.tensor(JOINED).log().repeat(heads, 1))
        self.nothing = nn.Parameter(torch.zeros(heads))
        self.misjudged: Tensor | None = None
        self.windows: Rereading | None = None
        self.notes: Notes | None = None

    def rows(self) -> list[Tensor]:
        return [part.t() for head in self.weight for part in head.unbind(1)]

    def surcharge(self, loss_of: Callable[[Tensor], Tensor]) -> Tensor | None:
        """Return how far importance was from what the last batch has used."""
        found, self.misjudged = self.misjudged, None
        return found

    def session(self) -> Session:
        """Return a memory that knows nothing yet."""
        return Session(self.segment, self.rules)

    def positions(self, x: Tensor, weight: Tensor) -> Positions:
        """Return what is asked and stored of positions (N, C, T)."""
        q, k, v = projected(x, weight)
        return Positions(F.normalize(q, dim=3), F.normalize(k, dim=3), v)

    def importance(self, keys: Tensor, values: Tensor) -> Tensor:
        """Return how important keys and values (N, H, T, D) are, before the sigmoid: (N, H, T)."""
        said = (torch.cat((keys, values), dim=3) * self.importances[:, None]).sum(3)
        assert self.bias is not None
        return said + self.bias[:, None]

    def recall(self, queries: Tensor, memory: Tiers) -> tuple[Tensor, Tiers]:
        """Return what queries find in all tiers, or nothing, and the memory after this use."""
        found = memory.search(queries * self.sharpness.exp()[:, None, None], self.rules.found)
        counts = dict(zip(TIERS, self.tiers.log_softmax(1).unbind(1), strict=True))
        scores = [one.scores + counts[name][:, None, None] for name, one in found.items()]
        scores.append(self.nothing[:, None, None].expand(*queries.shape[:3], 1))
        joined = torch.cat(scores, dim=3).softmax(3)
        shares = torch.split(joined, [part.shape[3] for part in scores], dim=3)
        recalled = torch.zeros_like(queries)
        for share, one in zip(shares[:-1], found.values(), strict=True):
            recalled = recalled + (share[..., None, :] @ one.values).squeeze(3)
        if self.notes is not None:
            self.notes.take(dict(zip(found, shares[:-1], strict=True)), queries)
        return recalled, memory.used(found, shares[:-1], self.rules.used)

    def _followed(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        positions = self.positions(x, weight)
        if self.windows is not None:
            return self.windows.follow(positions, self).transpose(2, 3)
        session = self.session()
        found = session.follow(positions, self)
        if self.training:
            self.misjudged = self._misjudged(positions)
        if self.notes is not None and session.memory is not None:
            self.notes.leave(session.memory)
        return found.transpose(2, 3)

    def _misjudged(self, positions: Positions) -> Tensor:
        """Return by how much importance misjudges which positions are used later, in nats (0-dim).

        Keys and values do not learn from it.
        """
        keys, values = keys_before(positions.keys).detach(), positions.values.detach()
        queries = (positions.queries * self.sharpness.exp()[:, None, None]).detach()
        used = used_later(queries, keys, self.nothing, self.segment, self.rules.used)
        said = self.importance(keys, values)
        return F.binary_cross_entropy_with_logits(said, used.to(said.dtype))
