"""Target `next-token`: for each position of a window, the token that follows it.

Outputs are logits (N, vocabulary, length), the loss is the cross-entropy, a mean over the
positions of a window that count. Stored targets (N, length) are whole numbers; `SKIPPED` is a
position that does not count, as where windows overlap. Metrics need four numbers of a window: the
log-likelihood of its tokens in nats, how many they are, and the bytes and characters they stand
for.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData, as_array
from fitness.data.text.vocabulary import Vocabulary
from fitness.data.text.windows import SKIPPED
from fitness.target import Adopted, Array, Linear, Reduction, Target

if TYPE_CHECKING:
    from torch import Tensor

SHOWN = 3  # of the commonest tokens in a description


@dataclass(frozen=True)
class NextToken(Target):
    """Tokens of a vocabulary, which says what each of them stands for."""

    kind: ClassVar[str] = "next-token"
    primary: ClassVar[str] = "bits_per_byte"
    constant_name: ClassVar[str] = "token frequencies"
    linear_name: ClassVar[str] = "bigram model"
    output_name: ClassVar[str] = "token"
    answers: ClassVar[str] = "logits of the token that follows each position"
    smooths: ClassVar[bool] = True
    per_position: ClassVar[bool] = True
    reads_tokens: ClassVar[bool] = True

    vocabulary: Vocabulary
    names: tuple[str, ...] = field(default=(), init=False)  # `vocabulary.json` has the tokens

    @property
    def outputs(self) -> int:
        return len(self.vocabulary)

    @property
    def identity(self) -> str:
        written = hashlib.sha256(b"\0".join(self.vocabulary.tokens)).hexdigest()[:16]
        return f"{self.kind}/{self.outputs}/{written}"

    def adopted(self, y: Mapping[str, Array]) -> Adopted:
        return Adopted(self, {name: self._checked(part, name) for name, part in y.items()})

    def _checked(self, given: Array, split: str) -> npt.NDArray[np.int32]:
        y = as_array(given, "targets")
        if y.ndim != 2 or y.dtype.kind not in "iu":
            raise UnusableData(
                f"received next tokens of {split} of type {y.dtype} and shape {y.shape}, expected "
                "whole numbers (N, length)"
            )
        if y.min() < SKIPPED or y.max() >= self.outputs:
            raise UnusableData(
                f"received next tokens of {split} from {y.min()} to {y.max()}, expected 0 to "
                f"{self.outputs - 1}, or {SKIPPED} where a position does not count"
            )
        if not (y != SKIPPED).any(axis=1).all():
            raise UnusableData(f"received a window of {split} in which no position counts")
        return np.ascontiguousarray(y, dtype=np.int32)

    def strata(self, y: Array) -> npt.NDArray[np.int64]:
        """Return one number for all: windows follow each other, none is of a kind."""
        return np.zeros(len(y), dtype=np.int64)

    def encoded(self, y: Array) -> Array:
        return y.astype(np.int64)

    def loss(
        self, outputs: Tensor, y: Tensor, *, reduction: Reduction = "mean", smoothing: float = 0.0
    ) -> Tensor:
        import torch.nn.functional as F

        logits = outputs.transpose(1, 2).flatten(0, 1)  # (B * length, vocabulary)
        token = F.cross_entropy(
            logits, y.flatten(), reduction="none", ignore_index=SKIPPED, label_smoothing=smoothing
        )
        each = token.view(y.shape).sum(1) / (y != SKIPPED).sum(1)
        if reduction == "none":
            return each
        return each.mean() if reduction == "mean" else each.sum()

    def softened(self, outputs: Tensor, temperature: float) -> Tensor:
        return (outputs / temperature).softmax(dim=1)

    def teaching_loss(
        self, outputs: Tensor, softened: Tensor, y: Tensor, temperature: float
    ) -> Tensor:
        """Return the divergence KL(teacher, outputs) of `Classes` at the positions that count."""
        import torch.nn.functional as F

        student = F.log_softmax(outputs / temperature, dim=1)
        counted = y != SKIPPED
        token = F.kl_div(student, softened, reduction="none").sum(1) * counted  # (B, length)
        return (token.sum(1) / counted.sum(1)).mean() * temperature**2

    @property
    def guessing_loss(self) -> float:
        return math.log(self.outputs)

    def for_metrics(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Return log-likelihood, tokens, bytes, characters of each window: (B, 4) in float64."""
        import torch
        import torch.nn.functional as F

        logits = outputs.transpose(1, 2).flatten(0, 1)
        nats = F.cross_entropy(logits, y.flatten(), reduction="none", ignore_index=SKIPPED)
        counted = y != SKIPPED
        sizes = torch.tensor(self._sizes, device=y.device)[:, y.clamp_min(0)] * counted
        sums = [-nats.view(y.shape).double(), counted.double(), *sizes]
        return torch.stack([number.sum(1) for number in sums], dim=1)

    @property
    def _sizes(self) -> npt.NDArray[np.float64]:
        """Bytes and characters of each token: (2, vocabulary)."""
        return np.array([self.vocabulary.bytes_each, self.vocabulary.characters_each], np.float64)

    def vocabulary_json(self) -> dict[str, Any]:
        return self.vocabulary.to_json()

    def constant(self, y: Array) -> Array:
        """Return the logarithms of the tokens' frequencies; an absent one counts as half there."""
        counts = np.bincount(y[y != SKIPPED], minlength=self.outputs)
        likely = np.maximum(counts, 0.5)
        logits: Array = np.log(likely / likely.sum())
        return logits

    def repeated(self, answer: Array, y: Array) -> Array:
        counted, token = y != SKIPPED, np.maximum(y, 0)
        numbers = [answer, np.ones(self.outputs), *self._sizes]
        return np.stack([(number[token] * counted).sum(axis=1) for number in numbers], axis=1)

    def constant_loss(self, train: Array, y: Array) -> float:
        found = self.repeated(self.constant(train), y)
        return min(self.guessing_loss, -float((found[:, 0] / found[:, 1]).mean()))

    def fit_linear(self, x: Array, y: Array, strength: float, iterations: int) -> Linear:
        """Count pairs of tokens; `strength` is the weight of the frequencies beside a row of them.

        p(b | a) = (pairs(a, b) + strength * p(b)) / (pairs(a) + strength), which is linear in a
        token written as zeros and a one.
        """
        from scipy.sparse import coo_array

        counted = y != SKIPPED
        before, after = x[counted].astype(np.int64), y[counted]
        size = (self.outputs, self.outputs)
        pairs = coo_array((np.ones(len(after)), (before, after)), shape=size).tocsr()
        totals, frequencies = pairs.sum(axis=1), np.exp(self.constant(y))

        def predict(x: Array) -> Array:
            token = x.astype(np.int64).ravel()
            likely = pairs[token].toarray() + strength * frequencies
            rows = np.log(likely / (totals[token] + strength)[:, None]).astype(np.float32)
            by_position: Array = rows.reshape(*x.shape, -1).swapaxes(1, 2)
            return by_position

        return Linear(predict, parameters=int(pairs.nnz) + self.outputs)

    def described(self, y: Array) -> str:
        tokens = y[y != SKIPPED]
        shares = np.bincount(tokens, minlength=self.outputs) / len(tokens)
        commonest = ", ".join(
            f"{self.vocabulary.shown(k)} {100 * shares[k]:.1f} %"
            for k in np.argsort(-shares, kind="stable")[:SHOWN].tolist()
        )
        return (
            f"{self.outputs:,} {self.vocabulary.noun}; {len(tokens):,} to predict in train, most "
            f"often {commonest}"
        )


TARGET = NextToken
