"""The n-gram model by hand, and that its probabilities add up to one."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.kneser_ney import KneserNey

TEXT = np.array([0, 1, 0, 1, 2, 0, 1, 0, 0, 1])


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_probabilities_after_any_context_add_up_to_one(order: int) -> None:
    rng = np.random.default_rng(0)
    model = KneserNey.fit(rng.integers(0, 4, 200), 5, order)  # token 4 never comes
    for _ in range(20):
        context = rng.integers(0, 5, 4)
        after = [model.probabilities(np.append(context, token))[-1] for token in range(5)]
        assert sum(after) == pytest.approx(1.0)
        assert min(after) > 0.0


def test_two_orders_by_hand() -> None:
    """Pairs: 01 four times; 10 twice; 12, 20, 00 once. Before 0 stand 1, 2, 0; before 1, 2 one."""
    model = KneserNey.fit(TEXT, 3, 2)
    lowest, highest = model.orders
    assert lowest.keys.tolist() == [0, 1, 2]
    assert lowest.counts.tolist() == [3, 1, 1]
    assert dict(zip(highest.keys.tolist(), highest.counts.tolist(), strict=True)) == {
        0: 1, 1: 4, 3: 2, 5: 1, 6: 1,
    }  # fmt: skip
    # Three pairs come once, one twice, none three times, one four times; these count as one.
    share = 3 / (3 + 2 * 1)
    once, more = 1 - 2 * share * 1 / 3, 3 - 4 * share * 1 / 1
    assert highest.discounts.tolist() == pytest.approx([0, once, 2 - 3 * share, more])
    after_zero = once + more  # kept back after 0, of five pairs
    low = model.orders[0].interpolated(np.array([1]), np.array([1 / 3]), 3)[0]
    expected = (4 - more) / 5 + after_zero / 5 * low
    assert model.probabilities(np.array([0, 1]))[0] == pytest.approx(expected)


def test_a_text_that_repeats_is_foreseen() -> None:
    text = np.tile(np.array([0, 1, 2, 3, 1, 3]), 50)
    assert KneserNey.fit(text, 4, 3).bits(text) < 0.1 < KneserNey.fit(text, 4, 1).bits(text)


def test_numbers_have_to_fit() -> None:
    with pytest.raises(ValueError, match="received 300 tokens and order 8"):
        KneserNey.fit(TEXT, 300, 8)
