"""What a window would have used, by hand; importance alone learns from it."""

from __future__ import annotations

import torch

from genomes.networks.remembering.hindsight import used_later
from tests.genomes.networks.remembering.test_layer import memory_of, remembering, tokens


def test_a_position_is_used_by_whom_is_like_it_in_a_later_segment() -> None:
    keys = torch.eye(6)[None, None]  # each position is unlike all others
    asked = torch.tensor([0, 0, 3, 2, 2, 1])  # which one each position looks for
    q = 10.0 * torch.eye(6)[asked][None, None]
    used = used_later(q, keys, torch.zeros(1), segment=3, least=0.5)
    # the first has no key; 3 is asked for within its own segment, by one that comes before it
    assert used.tolist() == [[[False, True, True, False, False, False]]]
    assert not used_later(q, keys, torch.full((1,), 20.0), segment=3, least=0.5).any()


def test_what_is_charged_teaches_importance_and_nothing_else() -> None:
    network = remembering().train()
    network(tokens())
    layer = memory_of(network)
    charged = layer.surcharge(torch.sum)
    assert charged is not None
    charged.backward()
    taught = {name for name, p in network.named_parameters() if p.grad is not None}
    assert taught == {"memory.importances", "memory.bias"}
    assert layer.surcharge(torch.sum) is None
