"""Sampling: in proportion, by a temperature, among the likeliest."""

from __future__ import annotations

import pytest
import torch

from evo.errors import BadInput
from evo.generation.sampling import Sampling


def test_sampling_draws_in_proportion_and_among_the_likeliest() -> None:
    logits, generator = torch.tensor([0.7, 0.2, 0.1]).log(), torch.Generator().manual_seed(0)
    shares = torch.zeros(3)
    for _ in range(2000):
        shares[Sampling().draw(logits, generator)] += 1 / 2000
    torch.testing.assert_close(shares, torch.tensor([0.7, 0.2, 0.1]), atol=0.03, rtol=0)
    assert {Sampling(5.0, top_k=2).draw(logits, generator) for _ in range(200)} == {0, 1}
    assert {Sampling(0.01).draw(logits, generator) for _ in range(50)} == {0}


@pytest.mark.parametrize(
    ("temperature", "top_k", "message"),
    [
        (-0.1, 0, "--temperature: received -0.1, expected 0 or more"),
        (float("nan"), 0, "--temperature: received nan"),
        (1.0, -1, "--top-k: received -1"),
    ],
)
def test_other_numbers_are_refused(temperature: float, top_k: int, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Sampling(temperature, top_k)
