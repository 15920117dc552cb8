"""An n-gram model with interpolated Kneser-Ney smoothing, the rival of `benchmarks/text.py`.

Chen & Goodman (1998), "An empirical study of smoothing techniques for language modeling", section
3 (https://dash.harvard.edu/handle/1/25104739): modified Kneser-Ney, whose discounts follow from
how many n-grams come once to four times. The highest order counts n-grams, lower ones count the
tokens that stand before an n-gram; the lowest is interpolated with the same share for all tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]
DISCOUNTED = 3  # counts from here on share a discount
LEAST = 0.1  # discount where so few n-grams come seldom that the equation gives none


@dataclass(frozen=True)
class Order:
    """N-grams of one length: how often, what their contexts have in all and keep back.

    `keys` are n-grams as numbers, rising, `counts` theirs; `contexts`, `totals` and `kept_back`
    are of the tokens before the last.
    """

    keys: Whole
    counts: Whole
    contexts: Whole
    totals: Whole
    kept_back: Real
    discounts: Real  # by count, 0 to DISCOUNTED

    @classmethod
    def of(cls, keys: Whole, counts: Whole, tokens: int) -> Order:
        """Make an order of n-grams that are there, `tokens` being the size of the vocabulary."""
        discounts = _discounts(counts)
        contexts, places = np.unique(keys // tokens, return_inverse=True)
        taken = discounts[np.minimum(counts, DISCOUNTED)]
        totals = np.bincount(places, weights=counts)
        kept_back = np.bincount(places, weights=taken) / totals
        return cls(keys, counts, contexts, totals.astype(np.int64), kept_back, discounts)

    def interpolated(self, keys: Whole, lower: Real, tokens: int) -> Real:
        """Return the probability of each n-gram's last token, given that by the order below."""
        at, known = _found(self.contexts, keys // tokens)
        place, seen = _found(self.keys, keys)
        count = np.where(seen, self.counts[place], 0)
        direct = (count - self.discounts[np.minimum(count, DISCOUNTED)]) / self.totals[at]
        return np.where(known, direct + self.kept_back[at] * lower, lower)


@dataclass(frozen=True)
class KneserNey:
    """A model of tokens below `tokens`; the first of `orders` is that of single tokens."""

    orders: tuple[Order, ...]
    tokens: int

    @classmethod
    def fit(cls, text: Whole, tokens: int, order: int) -> KneserNey:
        """Count the n-grams of a text (T,), as numbers: ValueError if these exceed 63 bits."""
        if tokens**order >= 2**63:
            raise ValueError(f"received {tokens} tokens and order {order}: numbers are too large")
        keys, counts = np.unique(_grams(text, order, tokens), return_counts=True)
        orders = [Order.of(keys, counts, tokens)]
        for length in range(order - 1, 0, -1):  # each longer n-gram is one token before a shorter
            keys, counts = np.unique(keys % tokens**length, return_counts=True)
            orders.insert(0, Order.of(keys, counts, tokens))
        return cls(tuple(orders), tokens)

    def probabilities(self, text: Whole) -> Real:
        """Return the probability of each token of a text but the first: (T - 1,)."""
        found = np.full(len(text), 1.0 / self.tokens)
        for length, order in enumerate(self.orders, start=1):
            keys = _grams(text, length, self.tokens)
            found[length - 1 :] = order.interpolated(keys, found[length - 1 :], self.tokens)
        return found[1:]

    def bits(self, text: Whole) -> float:
        """Return the mean bits of a token of a text, its first left out."""
        return float(-np.log2(self.probabilities(text)).mean())

    def parameters(self) -> int:
        """Count the numbers that the model keeps: counts of n-grams and of contexts."""
        return sum(len(order.keys) + len(order.contexts) for order in self.orders)


def _grams(text: Whole, length: int, tokens: int) -> Whole:
    """Return each n-gram of a text as a number, by its last token: (T - length + 1,)."""
    found = np.zeros(len(text) - length + 1, dtype=np.int64)
    for place in range(length):
        found = found * tokens + text[place : len(text) - length + 1 + place]
    return found


def _discounts(counts: Whole) -> Real:
    """Return what is taken from counts of 0, 1, 2 and more (equation 26 of the paper)."""
    once, twice, thrice, four = (max(1, int((counts == n).sum())) for n in range(1, 5))
    share = once / (once + 2.0 * twice)
    return np.array(
        [
            0.0,
            1.0 - 2.0 * share * twice / once,
            2.0 - 3.0 * share * thrice / twice,
            3.0 - 4.0 * share * four / thrice,
        ]
    ).clip([0.0, LEAST, LEAST, LEAST], [0.0, 1.0, 2.0, 3.0])


def _found(sorted_keys: Whole, keys: Whole) -> tuple[Whole, npt.NDArray[np.bool_]]:
    """Return where keys stand among sorted ones, and whether they do."""
    places = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    return places, sorted_keys[places] == keys
