"""Scores of an attention: scaled, hidden causally, and nothing else."""

from __future__ import annotations

import pytest
import torch

from genomes.importing.errors import Unsupported
from genomes.importing.scores import Scores
from genomes.importing.values import Value

SCORES = Scores(Value.whole("q", (2, 3)), Value.whole("k", (2, 3)))
LATER = torch.ones(3, 3, dtype=torch.bool).triu(1)


def test_factors_multiply_and_a_mask_hides_what_comes_later() -> None:
    found = SCORES.scaled(0.5).scaled(4.0).hidden(~LATER)
    assert (found.scale, found.is_causal, found.is_normalised) == (2.0, True, False)
    added = SCORES.plus(torch.zeros(3, 3).masked_fill(LATER, -torch.inf))
    assert added.is_causal
    assert not SCORES.plus(torch.zeros(1, 3, 3)).is_causal


def test_what_no_attention_does_is_refused() -> None:
    with pytest.raises(Unsupported, match="in another way than causally"):
        SCORES.hidden(LATER)
    with pytest.raises(Unsupported, match="adds numbers"):
        SCORES.plus(torch.ones(3, 3))
    with pytest.raises(Unsupported, match="behind their softmax"):
        SCORES.normalised().scaled(2.0)
    with pytest.raises(Unsupported, match="turns hidden scores round"):
        SCORES.hidden(~LATER).scaled(-1.0)
