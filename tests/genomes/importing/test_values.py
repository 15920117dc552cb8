"""Values say where numbers stand; whatever moves them, they are found again."""

from __future__ import annotations

import pytest
import torch

from genomes.importing.errors import Unsupported
from genomes.importing.traced import BATCH
from genomes.importing.values import Rows, Scattered, Value

WHOLE = Value.whole("node", (4, 6))


def test_examples_that_do_not_come_first_are_followed_until_they_do() -> None:
    turned = WHOLE.moved(lambda x: x.permute(2, 0, 1))  # positions, examples, channels
    assert isinstance(turned, Scattered)
    back = turned.moved(lambda x: x.flatten(0, 1).view(6, BATCH, 4).permute(1, 2, 0))
    assert isinstance(back, Value)
    assert back.is_whole


def test_rows_are_sorted_and_restored_however_they_lie() -> None:
    turned = WHOLE.moved(lambda x: x.permute(2, 0, 1).flip(0))
    rows = Rows.of(turned)  # type: ignore[arg-type]
    assert torch.equal(rows.table.index, torch.arange(24).view(4, 6).t())
    other = Value.whole("other", (2, 6))
    found = rows.restored(Value("other", (2, 6), other.index.t()))
    expected = other.moved(lambda x: x.permute(2, 0, 1).flip(0))
    assert torch.equal(found.of_batch(), expected.of_batch())  # type: ignore[union-attr]


def test_rows_of_more_than_one_example_are_refused() -> None:
    across = WHOLE.moved(lambda x: x.permute(1, 2, 0))
    with pytest.raises(Unsupported, match="different examples"):
        Rows.of(across)  # type: ignore[arg-type]


def test_channels_are_found_along_their_axis() -> None:
    last = Value("node", (4, 6), WHOLE.index.t())
    assert (WHOLE.channel_axis(), last.channel_axis()) == (0, 1)
    assert Value("node", (4, 6), last.index[:1]).channel_axis() == 1


def test_positions_of_all_channels_are_ranges() -> None:
    assert Value("node", (4, 6), WHOLE.index[:, 1:6:2]).ranges() == ((1, 6, 2),)
    assert Value("node", (4, 6), WHOLE.index[:3]).ranges() is None
    assert Value("node", (4, 6), WHOLE.index[:, [1, 0]]).ranges() is None
    assert Value("node", (4, 6), WHOLE.index[:, [0, 1, 3]]).ranges() is None
