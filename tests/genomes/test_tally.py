"""Sizes by tally are those of the spec, for networks of every family."""

from __future__ import annotations

import random

import pytest

from genomes.architectures import mlp
from genomes.gene import Record
from genomes.normalization import Normalization
from genomes.space import FAMILIES, decode, sizes
from genomes.tally import Sizes, Tally
from tests.genomes.random_networks import CLASSES, random_architecture


@pytest.mark.parametrize("family", FAMILIES.names())
def test_sizes_are_those_of_the_decoded_network(family: str) -> None:
    rng = random.Random(0)
    for _ in range(150):
        genome, shape = random_architecture(rng, family)
        normalization = None
        if rng.random() < 0.5:
            normalization = Normalization((0.5,) * shape[0], (2.0,) * shape[0])
        arguments = genome.expressed(), shape, CLASSES, normalization
        spec = decode(*arguments)
        found = sizes(*arguments)
        assert found == (spec.dense_parameters(), spec.flops(), spec.activations())
        assert found == Sizes.of(spec)


def test_a_family_that_only_decodes_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain:
        decode = staticmethod(mlp.decode)

    monkeypatch.setitem(FAMILIES._added, "plain", Plain)
    layer = Record(width=4, normalisation="batch", activation="relu")
    genes = Record(architecture=Record(family="plain", layers=(layer,), dropout=0.0))
    # 3 x 4 weights and 2 x 4 of the norm; 4 x 2 weights and 2 biases
    # 2 a weight, 2 a norm's output, 1 an activation, then 2 a weight and 1 a bias
    # inputs 3; linear, norm and activation 4 each; logits 2
    assert sizes(genes, (3,), 2) == Sizes(20 + 10, 24 + 8 + 4 + 18, 3 + 12 + 2)


def test_masks_and_flattening_are_free() -> None:
    tally = Tally((2, 3, 4))
    x = tally.add("flat", "flatten", tally.add("masked", "mask", "input", site="s", stage=0))
    assert tally.shape(x) == (24,)
    assert tally.finish() == Sizes(0, 0, 24)
