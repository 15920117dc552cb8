"""Networks that begin with the rows of a table: genes, exactness under masks, inheritance."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch

from genomes.architectures import mlp, neat
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.graph.morphism_plan import plan_inheritance
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec
from genomes.graph.table_inputs import TableInputs
from genomes.networks.shrinking import shrink
from tests.genomes.graph.test_table_inputs import TABLE
from tests.genomes.random_networks import check_exact, lively_network, mask_at_random

INTERFACE = Interface((4,), 3, table=TABLE)
PLAIN = TableInputs(TABLE.standard, TABLE.robust, TABLE.quantiles)
WORDS = TableInputs(None, None, categories=(3, 5))


def rows(table: TableInputs, count: int, seed: int) -> torch.Tensor:
    """Draw rows of which some lack numbers, and some have codes that are none."""
    generator = torch.Generator().manual_seed(seed)
    x = 10 * torch.randn(count, table.width, generator=generator, dtype=torch.float64)
    numbers = len(table.quantiles)
    x[:, numbers:] = (x[:, numbers:] / 3).round()
    x[torch.rand(x.shape, generator=generator) < 0.2] = torch.nan
    return x


def decoded(table: TableInputs, seed: int) -> NetworkSpec:
    interface = Interface((table.width,), 3, table=table)
    return mlp.decode(mlp.genes(interface).sample(random.Random(seed)), interface)


@pytest.mark.parametrize(
    ("table", "names"),
    [
        (TABLE, {"scaling", "bins", "edges", "number_embedding", "embedding"}),
        (PLAIN, {"scaling", "bins", "number_embedding"}),
        (WORDS, {"embedding"}),
    ],
)
def test_genes_exist_for_what_a_table_has(table: TableInputs, names: set[str]) -> None:
    genes = mlp.genes(Interface((table.width,), 3, table=table)).fields
    assert set(genes) == {"family", "layers", "dropout", *names}
    assert set(mlp.genes(Interface((4,), 3)).fields) == {"family", "layers", "dropout"}


@pytest.mark.parametrize("table", [TABLE, PLAIN, WORDS])
def test_every_opening_is_finite_and_shrinks_exactly(table: TableInputs) -> None:
    for seed in range(20):
        rng, spec = random.Random(seed), decoded(table, seed)
        network = lively_network(rng, spec)
        x = rows(table, 6, seed)
        network.eval()
        assert bool(network(x).isfinite().all()), seed
        mask_at_random(network, rng)
        check_exact(network, shrink(network), x, seed)


def test_all_scalings_and_bins_are_built() -> None:
    built = {node.operation for seed in range(60) for node in decoded(TABLE, seed).nodes}
    numbers = {"select", "missing", "fill", "soft_clip", "quantiles", "piecewise", "sparse_linear"}
    assert {*numbers, "embed"} <= built


def test_a_vector_of_a_number_is_made_of_its_own_bins_alone() -> None:
    values = Record(
        layers=(), dropout=0.0, scaling="robust", bins=4, edges="target", number_embedding=2,
        embedding=1,
    )  # fmt: skip
    spec = mlp.decode(values, INTERFACE)
    embedded = next(node for node in spec.nodes if node.name == "numbers_embed")
    # Four bins of the first number, two of the second, one of the constant.
    read = [[i for o, i in embedded.attributes["edges"] if o == output] for output in range(6)]
    assert read == [[0, 1, 2, 3], [0, 1, 2, 3], [4, 5], [4, 5], [6], [6]]
    without = mlp.decode(values.replacing(number_embedding=0), INTERFACE)
    assert "numbers_embed" not in {node.name for node in without.nodes}


def test_genomes_of_earlier_versions_are_as_they_were() -> None:
    known = Record(layers=(), dropout=0.0, scaling="robust", bins=8, embedding=2)
    spelt = known.replacing(edges="quantiles", number_embedding=0)
    before, now = (mlp.decode(values, INTERFACE) for values in (known, spelt))
    assert before.canonical_hash() == now.canonical_hash()
    by_target = mlp.decode(spelt.replacing(edges="target"), INTERFACE)
    assert by_target.canonical_hash() != now.canonical_hash()


def test_a_child_takes_over_what_reads_the_same_opening() -> None:
    layers = mlp.TEXTBOOK[0]["layers"]
    values = Record(layers=layers, dropout=0.0, scaling="robust", bins=8, embedding=2)
    parent = mlp.decode(values, INTERFACE)
    same = plan_inheritance(parent, mlp.decode(values, INTERFACE))
    assert same.share == 1.0
    assert {"categories_embed", "layer0_linear"} <= set(same.nodes)
    finer = mlp.decode(values.replacing(bins=16), INTERFACE)
    assert "layer0_linear" not in plan_inheritance(parent, finer).nodes
    assert "categories_embed" in plan_inheritance(parent, finer).nodes


def test_nothing_may_mask_what_is_known_one_by_one() -> None:
    sketch = Sketch((2,))
    x = sketch.add("first", "linear", "input", out_features=2, bias=True)
    x = sketch.add("mask", "mask", x, site="stage0", stage=0)
    x = sketch.add("fill", "fill", x, values=(0.0, 0.0))
    sketch.add("logits", "linear", x, out_features=1, bias=True)
    with pytest.raises(ValueError, match="'stage0' masks what 'fill' reads"):
        sketch.finish().channels  # noqa: B018


def test_neat_takes_tables_of_numbers_alone() -> None:
    with pytest.raises(ValueError, match="Choose family mlp"):
        neat.genes(INTERFACE)
    assert neat.genes(replace(INTERFACE, input_shape=(3,), table=PLAIN))


def test_a_table_is_as_wide_as_the_inputs() -> None:
    with pytest.raises(ValueError, match="for 4 columns"):
        Interface((5,), 3, table=TABLE)
