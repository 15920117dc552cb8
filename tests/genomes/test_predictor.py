import json
import random

import pytest

from genomes.gene import Choice, freeze
from genomes.predictor import JUVENILE_TERMINALS, PRENATAL_TERMINALS, genes


def test_a_female_can_be_drawn_varied_and_stored():
    chromosome = genes(juvenile_epochs=4)
    rng = random.Random(0)
    mother, father = chromosome.sample(rng), chromosome.sample(rng)
    child = chromosome.mutate(chromosome.crossover(mother, father, rng), rng)
    assert chromosome.check(freeze(json.loads(json.dumps(child)))) == child
    assert 1 <= child["epochs_watched"] <= 4
    assert 20 <= child["window"] <= 150


def test_the_unborn_have_no_curve_to_read():
    assert set(PRENATAL_TERMINALS) < set(JUVENILE_TERMINALS)
    assert not [name for name in PRENATAL_TERMINALS if "metric" in name or "loss" in name]
    chromosome = genes(juvenile_epochs=1)
    value = chromosome.sample(random.Random(0)).replacing(prenatal_expression=("metric_last",))
    with pytest.raises(ValueError, match=r"prenatal_expression: unknown name.*metric_last"):
        chromosome.check(value)


def test_plugins_add_kinds():
    assert genes(1, kinds=("ridge", "mine")).fields["kind"] == Choice(("ridge", "mine"))


def test_a_curve_without_epochs_is_refused():
    with pytest.raises(ValueError, match="juvenile_epochs=0"):
        genes(0)
