import json
import random

import pytest

from genomes.chromosomes.predictor import (
    CANDIDATE_TERMINALS,
    CLASSICS,
    JUVENILE_TERMINALS,
    KINDS,
    OWN_GENES,
    PARTS,
    classic,
    genes,
    in_use,
)
from genomes.genes.gene import Choice, freeze


def test_a_female_can_be_drawn_varied_and_stored():
    chromosome = genes(juvenile_epochs=4)
    rng = random.Random(0)
    mother, father = chromosome.sample(rng), chromosome.sample(rng)
    child = chromosome.mutate(chromosome.crossover(mother, father, rng), rng)
    assert chromosome.check(freeze(json.loads(json.dumps(child)))) == child
    assert 1 <= child["epochs_read"] <= 4
    assert 20 <= child["window"] <= 150


def test_candidates_have_no_curve_to_read():
    assert set(CANDIDATE_TERMINALS) < set(JUVENILE_TERMINALS)
    assert not [name for name in CANDIDATE_TERMINALS if "metric" in name or "loss" in name]
    chromosome = genes(juvenile_epochs=1)
    value = chromosome.sample(random.Random(0)).replacing(candidate_expression=("metric_last",))
    with pytest.raises(ValueError, match=r"candidate_expression: unknown name.*metric_last"):
        chromosome.check(value)


def test_formulas_may_read_what_is_known_to_be_shown():
    reading = ("shown.synflow",)
    drawn = genes(2).sample(random.Random(0)).replacing(juvenile_expression=reading)
    shown = genes(2, shown=("synflow",))
    assert shown.check(drawn)["juvenile_expression"] == reading
    with pytest.raises(ValueError, match=r"juvenile_expression: unknown name.*shown.synflow"):
        genes(2).check(drawn)
    with pytest.raises(ValueError, match=r"candidate_expression: unknown name.*shown.synflow"):
        shown.check(drawn.replacing(candidate_expression=reading))


def test_every_part_of_the_features_can_be_read_or_not():
    fields = genes(2).fields
    assert [name for name in fields if name.startswith("reads_")] == [f"reads_{p}" for p in PARTS]
    assert all(fields[f"reads_{part}"] == Choice((True, False)) for part in PARTS)


def test_plugins_add_kinds():
    assert genes(1, kinds=("ridge", "mine")).fields["kind"] == Choice(("ridge", "mine"))


def test_a_curve_without_epochs_is_refused():
    with pytest.raises(ValueError, match="juvenile_epochs=0"):
        genes(0)


def test_genes_of_other_kinds_are_not_in_use():
    drawn = genes(4).sample(random.Random(0)).replacing(kind="forest", reads_curve=True)
    used = in_use(drawn)
    assert {"kind", "forest_trees", "window", "epochs_read"} <= set(used)
    assert not {"ridge_penalty", "pairwise", "neighbours", "juvenile_expression"} & set(used)
    assert "epochs_read" not in in_use(drawn.replacing(reads_curve=False))
    assert "ridge_penalty" in in_use(drawn.replacing(kind="power-law"))
    assert in_use(drawn.replacing(kind="of-a-plugin"))["window"] == drawn["window"]


def test_kinds_own_genes_that_exist():
    fields = set(genes(4).fields)
    assert set(OWN_GENES) <= set(KINDS)
    assert all(set(names) <= fields for names in OWN_GENES.values())


@pytest.mark.parametrize("number", range(len(CLASSICS)))
def test_classics_are_valid_and_nothing_of_them_is_lost(number):
    chromosome = genes(4)
    values = classic(number, chromosome.sample(random.Random(number)), chromosome)
    assert chromosome.check(values) == values
    assert {name: values[name] for name in CLASSICS[number]} == CLASSICS[number]
    assert values["epochs_read"] == 4
    assert values["reads_shown"]
