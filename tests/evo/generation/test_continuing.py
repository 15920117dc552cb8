"""Continued texts: a seed says which; windows begin again; whole windows give as much."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import torch

from evo.generation.continuing import Continuation
from evo.generation.sampling import Sampling
from tests.genomes.networks.test_causal_gate import LENGTH, TOKENS, controlled

GREEDY = Sampling(temperature=0.0)
PROMPT = [1, 4, 2]


def first(count: int, tokens: Iterator[int]) -> list[int]:
    return list(islice(tokens, count))


def test_the_likeliest_token_follows_also_when_a_window_is_full() -> None:
    network, found = controlled(3), PROMPT.copy()
    window = PROMPT.copy()
    for _ in range(3 * LENGTH):
        with torch.no_grad():
            token = int(network(torch.tensor([window]))[0, :, -1].argmax())
        window = (window[LENGTH // 2 :] if len(window) == LENGTH else window) + [token]
        found.append(token)
    continuation = Continuation(network)
    assert first(3 * LENGTH, continuation.tokens(PROMPT, GREEDY, 0)) == found[3:]
    assert all(len(shares) == 3 * LENGTH - 1 for shares in continuation.activity.values())
    whole = Continuation(network)
    whole.stepper = None
    assert first(3 * LENGTH, whole.tokens(PROMPT, GREEDY, 0)) == found[3:]


def test_a_seed_says_what_is_drawn() -> None:
    drawn = [
        first(20, Continuation(controlled()).tokens(PROMPT, Sampling(2.0), seed))
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert set(drawn[0]) <= set(range(TOKENS))


def test_of_a_long_prompt_the_last_window_counts() -> None:
    network, long = controlled(), [n % TOKENS for n in range(3 * LENGTH)]
    found, last = (
        first(5, Continuation(network).tokens(prompt, GREEDY, 0))
        for prompt in (long, long[-LENGTH:])
    )
    assert found == last
