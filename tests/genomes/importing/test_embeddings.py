"""Networks of tokens: embeddings are read, positions and tied scores with them, or refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor, nn

from genomes.importing.errors import ModelError
from genomes.importing.importer import import_module
from genomes.networks.shrinking import shrink
from tests.genomes.importing.given_models import TOKENS, WINDOW, LanguageModel, lively
from tests.genomes.importing.test_importer import STAGES, network_of
from tests.genomes.random_networks import check_exact, mask_at_random

STREAM, HEADS, HIDDEN = "embed", "block.attn.qkv", "block.mlp.0"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"rows": WINDOW, "bias": False},
        {"tied": True, "bias": False},
        {"tied": True, "rows": WINDOW},
        {"classes": 3, "causal": False},
    ],
    ids=str,
)
def test_it_computes_what_the_module_does_masked_and_shrunk(said: dict[str, int]) -> None:
    module = lively(partial(LanguageModel, **said))  # type: ignore[arg-type]
    imported = import_module(module, (WINDOW,), stages=STAGES, tokens=TOKENS)
    network = network_of(imported)
    x = torch.randint(TOKENS, (3, WINDOW), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(network(x), module(x), rtol=1e-8, atol=1e-8)
    assert {site.name for site in imported.spec.sites} == {STREAM, HEADS, HIDDEN}
    assert imported.spec.tokens == TOKENS
    assert imported.spec.dense_parameters() == sum(p.numel() for p in module.parameters())
    mask_at_random(network, random.Random(0))
    counted = check_exact(network, shrink(network), x, 0)
    assert counted.shrunk < counted.dense


def test_rows_of_positions_beyond_the_window_are_left_out() -> None:
    module = lively(partial(LanguageModel, rows=2 * WINDOW))
    imported = import_module(module, (WINDOW,), stages=STAGES, tokens=TOKENS)
    x = torch.randint(TOKENS, (3, WINDOW))
    with torch.no_grad():
        torch.testing.assert_close(network_of(imported)(x), module(x), rtol=1e-8, atol=1e-8)
    left_out = sum(p.numel() for p in module.parameters()) - imported.spec.dense_parameters()
    assert left_out == WINDOW * 8


class Scored(LanguageModel):
    """Numbers of a position come last, as in most language models."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).transpose(1, 2)


class Padded(LanguageModel):
    """A mask of padding is made of the tokens."""

    def forward(self, x: Tensor) -> Tensor:
        return self.head((self.embed(x) * (x != 0)[:, :, None]).mean(1))


class Backwards(LanguageModel):
    """Tokens are read from the last to the first."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.flip(1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Scored, r"answers: have shape \(N, 6, 11\).* let forward return outputs.transpose.1, 2."),
        (Padded, "the model itself: ne computes with the tokens, which only an nn.Embedding may"),
        (Backwards, "embed: embedding looks up some of the tokens, or in another order"),
        (partial(LanguageModel, tokens=9), "embed: embedding has 9 rows, but there are 11 tokens"),
        (partial(LanguageModel, rows=4), r"places: embedding cannot be computed for .*\(6,\)"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(
    make: Callable[[], nn.Module], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        import_module(make(), (WINDOW,), stages=STAGES, tokens=TOKENS)
