import random

from evo.text.predictor_words import inputs_of, own_genes
from genomes.chromosomes.plain_predictors import PLAIN
from genomes.chromosomes.predictor import classic, genes

STRUCT = genes(3)
RIDGE = classic(4, STRUCT.sample(random.Random(0)), STRUCT)


def test_genes_in_which_few_vary_are_told_where_they_are_not_as_usual():
    assert not set(own_genes(RIDGE)) & set(PLAIN)
    varied = own_genes(RIDGE.replacing(anchor="all", half_life=40, ignored=("log_flops",)))
    assert (varied["anchor"], varied["half_life"]) == ("all", 40)
    assert "ignored" not in varied  # it is said of her inputs


def test_inputs_say_what_is_not_read_of_them():
    words = inputs_of(RIDGE.replacing(reads_shown=False, ignored=("log_flops", "metric_slope")))
    everything = "genome, costs, pedigree, curve (3 epochs)"
    assert words["juvenile"] == f"{everything}; not log flops, metric slope"
    assert inputs_of(RIDGE.replacing(reads_shown=False))["juvenile"] == everything
