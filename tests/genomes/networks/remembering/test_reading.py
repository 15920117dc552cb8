"""Long texts window by window: the first is the network's, later ones remember, branches part."""

from __future__ import annotations

import pytest
import torch

from genomes.networks.remembering.reading import LongReading
from genomes.networks.remembering.watching import watching
from tests.genomes.networks.remembering.test_layer import LENGTH, TOKENS, remembering

AGAIN = 20  # 4 positions in each block, and what the memory asks


def text(length: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(TOKENS, (2, length), generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def test_the_first_window_is_the_networks_own_and_later_ones_remember_it() -> None:
    network, x = remembering(), text(2 * LENGTH)
    said = LongReading(network, AGAIN).read(x)
    torch.testing.assert_close(said[:, :, :LENGTH], network(x[:, :LENGTH]))
    assert said.shape == (2, TOKENS, 2 * LENGTH)
    other = x.clone()
    other[:, :4] = (other[:, :4] + 1) % TOKENS
    changed = (LongReading(network, AGAIN).read(other) != said).any(dim=1)
    assert changed[:, LENGTH + 12 :].any(dim=1).all()  # no window has both


@torch.no_grad()
def test_in_parts_or_at_once_is_the_same_and_a_branch_leaves_no_trace() -> None:
    network, x = remembering(), text(50)
    whole = LongReading(network, AGAIN).read(x)
    reading = LongReading(network, AGAIN)
    reading.read(x[:, :LENGTH])
    reading.branch().read(text(9, seed=1))
    torch.testing.assert_close(reading.read(x[:, LENGTH:]), whole[:, :, LENGTH:])


def test_a_window_that_would_be_read_again_as_a_whole_is_refused() -> None:
    with pytest.raises(ValueError, match=f"received again={LENGTH}, expected 0 to {LENGTH - 1}"):
        LongReading(remembering(), LENGTH)


@torch.no_grad()
def test_what_a_memory_does_is_noted_while_it_is_watched() -> None:
    network, found = remembering(), dict[str, float]()
    with watching(network, found):
        network(text(LENGTH))
        network(text(LENGTH, seed=1))
    assert found["filled.short"] == 5.0  # all its slots
    assert 0.0 < found["filled.long"] <= 2.0
    shares = [found[f"recalled.{tier}"] for tier in ("short", "middle", "long")]
    assert all(shares)
    assert sum(shares) < 1.0
    kept = found.copy()
    network(text(LENGTH, seed=2))
    assert found == kept
