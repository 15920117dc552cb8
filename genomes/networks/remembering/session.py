"""Follows sequences through a memory: positions ask it, and segment by segment are stored in it.

The same for a whole window, for the windows of a long text one after the other, and for single
positions; so all of them find the same.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from genomes.networks.remembering.slots import Slots
from genomes.networks.remembering.tiers import Rules, Tiers


@dataclass(frozen=True)
class Positions:
    """What a layer makes of T positions: queries, keys and values, (N, H, T, D).

    Queries and keys have length 1.
    """

    queries: Tensor
    keys: Tensor
    values: Tensor

    def __len__(self) -> int:
        return self.queries.shape[2]

    def between(self, start: int, stop: int) -> Positions:
        """Return the positions from one place up to another."""
        parts = (self.queries, self.keys, self.values)
        return Positions(*(part[:, :, start:stop] for part in parts))


def keys_before(keys: Tensor, first: Tensor | None = None) -> Tensor:
    """Return for each position the key (N, H, T, D) of the one before it; zeros if it has none."""
    first = torch.zeros_like(keys[:, :, :1]) if first is None else first
    return torch.cat((first, keys[:, :, :-1]), dim=2)


class Judge(Protocol):
    """What a layer has learnt about a memory."""

    def importance(self, keys: Tensor, values: Tensor) -> Tensor:
        """Return how important keys and values (N, H, T, D) are, before the sigmoid: (N, H, T)."""
        ...

    def recall(self, queries: Tensor, memory: Tiers) -> tuple[Tensor, Tiers]:
        """Return what queries find, (N, H, T, D), and the memory after they have used it."""
        ...


class Session:
    """The memory of sequences side by side, from their beginning on.

    A slot has the key of a position and the value of the one after it, so that whoever is like the
    former finds what followed (as Khandelwal et al. 2020, https://arxiv.org/abs/1911.00172).
    """

    def __init__(self, segment: int, rules: Rules) -> None:
        self.segment, self.rules = segment, rules
        self.memory: Tiers | None = None
        self.before: Tensor | None = None  # the key of the last position, (N, H, 1, D)
        self.pending: list[tuple[Slots, Tensor]] = []  # with queries; the segment is not complete

    def follow(self, positions: Positions, judge: Judge) -> Tensor:
        """Return what the next positions find, (N, H, T, D), and take them in."""
        slots, start, found = self._slots(positions, judge), 0, []
        memory = Tiers.empty(positions.queries) if self.memory is None else self.memory
        while start < len(positions):
            waiting = sum(len(part) for part, _ in self.pending)
            if waiting == self.segment:
                memory, waiting = self._stored(memory), 0
            stop = min(len(positions), start + self.segment - waiting)
            queries = positions.between(start, stop).queries
            recalled, memory = judge.recall(queries, memory)
            found.append(recalled)
            self.pending.append((slots.between(start, stop), queries))
            start = stop
        self.memory = memory
        return torch.cat(found, dim=2)

    def _slots(self, positions: Positions, judge: Judge) -> Slots:
        """Return a slot for each position; that of a sequence's first one is empty."""
        is_first = self.before is None
        keys = keys_before(positions.keys, self.before)
        self.before = positions.keys[:, :, -1:]
        importance = torch.sigmoid(judge.importance(keys, positions.values))
        blank = torch.zeros_like(importance)
        filled = torch.ones_like(blank[:, :, is_first:], dtype=torch.bool)
        filled = F.pad(filled, (int(is_first), 0))
        return Slots(keys, positions.values, importance, blank, blank, filled)

    def _stored(self, memory: Tiers) -> Tiers:
        slots = Slots.joined([part for part, _ in self.pending])
        queries = torch.cat([queries for _, queries in self.pending], dim=2)
        self.pending = []
        return memory.after(slots, queries, self.rules)

    def branch(self) -> Session:
        """Return a session that goes on from here by itself."""
        other = copy.copy(self)
        other.pending = list(self.pending)
        return other


class Rereading:
    """Windows of one sequence that overlap: a position is followed once, when it is new.

    Where it is read again it finds what it found then: nothing of what came after it.
    """

    def __init__(self, session: Session, length: int) -> None:
        self.session, self.length = session, length
        self.again = 0  # how many positions that come next have been read before
        self.found: Tensor | None = None  # by the last `length` positions, (N, H, T, D)

    def follow(self, positions: Positions, judge: Judge) -> Tensor:
        """Return what the next positions of the window find."""
        old = min(self.again, len(positions))
        parts = []
        if old:
            assert self.found is not None
            end = self.found.shape[2] - self.again + old
            parts.append(self.found[:, :, end - old : end])
            self.again -= old
        if old < len(positions):
            new = self.session.follow(positions.between(old, len(positions)), judge)
            parts.append(new)
            kept = new if self.found is None else torch.cat((self.found, new), dim=2)
            self.found = kept[:, :, -self.length :]
        return torch.cat(parts, dim=2)

    def branch(self) -> Rereading:
        """Return windows that go on from here by themselves."""
        other = copy.copy(self)
        other.session = self.session.branch()
        return other
