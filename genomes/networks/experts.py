"""Experts of a layer: a router sends each position to a few of them, and only these compute it.

Sparsely gated as by Shazeer et al. 2017 (https://arxiv.org/abs/1701.06538): the softmax of the
chosen experts' scores weighs what they answer. What keeps them equally busy is the loss of Fedus
et al. 2021 (Switch Transformers, https://arxiv.org/abs/2101.03961, equation 4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from genomes.graph.shapes import Shape
from genomes.networks.layers import Reader


class Experts(Reader):
    """Feed-forward layers of sequences (N, C, L); each computes the positions sent to it.

    Rows of the weight (E, C) score experts; `inner` (E, H, C) and `outer` (E, O, H) are theirs.
    """

    charges = True

    def __init__(
        self, tensors: Mapping[str, Shape], chosen: int, function: nn.Module, balance: float
    ) -> None:
        super().__init__()
        self.chosen, self.function, self.balance = chosen, function, balance
        self.weight = nn.Parameter(torch.empty(tensors["weight"]))
        self.inner = nn.Parameter(torch.empty(tensors["inner"]))
        self.inner_bias = nn.Parameter(torch.zeros(tensors["inner_bias"]))
        self.outer = nn.Parameter(torch.empty(tensors["outer"]))
        self.outer_bias = nn.Parameter(torch.zeros(tensors["outer_bias"]))
        self.imbalance: Tensor | None = None

    def rows(self) -> list[Tensor]:
        return [self.weight, *self.inner, *self.outer]

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, L) to (N, O, L); in training, keep how unequally busy experts are."""
        found, scores, sent = self.answered(x)
        if self.training:
            self.imbalance = self._imbalance(scores, sent)
        return found

    def answered(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return answers (N, O, L), scores (N * L, E) and who was chosen (N * L, chosen)."""
        rows = x.transpose(1, 2).flatten(0, 1)  # (N * L, C)
        scores = F.linear(rows, self.weight)
        best, sent = scores.topk(self.chosen, dim=1)
        dense = torch.compiler.is_compiling()  # graphs have no sizes that depend on numbers
        found = self._by_all(rows, sent) if dense else self._by_chosen(rows, sent)
        weighed = (found * best.softmax(1)[..., None]).sum(1)
        return weighed.view(x.shape[0], x.shape[2], -1).transpose(1, 2), scores, sent

    def surcharge(self, loss_of: Callable[[Tensor], Tensor]) -> Tensor | None:
        """Return what unequally busy experts cost: `balance` where all are equally busy."""
        found, self.imbalance = self.imbalance, None
        return None if found is None else self.balance * found

    def _by_chosen(self, rows: Tensor, sent: Tensor) -> Tensor:
        """Gather what is sent to each expert and let it compute that alone: (T, chosen, O)."""
        order = sent.flatten().argsort(stable=True)
        counts = self._busy(sent).sum(0).tolist()
        parts = torch.split(rows[order // self.chosen], counts)
        answers = torch.cat([self._of(e, part) for e, part in enumerate(parts) if len(part)])
        return answers[order.argsort()].view(*sent.shape, -1)

    def _of(self, expert: int, rows: Tensor) -> Tensor:
        hidden = F.linear(rows, self.inner[expert], self.inner_bias[expert])
        return F.linear(self.function(hidden), self.outer[expert], self.outer_bias[expert])

    def _by_all(self, rows: Tensor, sent: Tensor) -> Tensor:
        """Let all experts compute everything, and choose of that: (T, chosen, O)."""
        answers = torch.stack([self._of(e, rows) for e in range(len(self.weight))], dim=1)
        return answers.gather(1, sent[..., None].expand(-1, -1, answers.shape[2]))

    def _busy(self, sent: Tensor) -> Tensor:
        """Return which positions are sent to which experts: (T, E)."""
        return F.one_hot(sent, len(self.weight)).sum(1)

    def _imbalance(self, scores: Tensor, sent: Tensor) -> Tensor:
        shares = self._busy(sent).to(scores.dtype).mean(0) / self.chosen
        return len(self.weight) * (shares * scores.softmax(1).mean(0)).sum()
