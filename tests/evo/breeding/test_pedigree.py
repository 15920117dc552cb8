import json
import math

import pytest

from evo.breeding.pedigree import Pedigree
from evo.strategy import Individual
from fitness.evaluation import Evaluation
from genomes.genes.gene import Record
from genomes.genes.genome import Genome

NAMES = ("accuracy", "active_parameters")


def adult(identity, accuracy, parents=()):
    objectives = {"accuracy": accuracy, "active_parameters": 100.0, "other": 1.0}
    evaluation = Evaluation("j", identity, "k", 0, 1, "ok", objectives=objectives)
    return Individual(Genome(identity, "male", Record(), parents), {}, adult=evaluation)


@pytest.fixture
def pedigree():
    found = Pedigree(NAMES)
    found.record(adult("father", 0.9))
    found.record(adult("brother", 0.7, ("mother", "father")))
    found.record(adult("half", 0.5, ("other", "father")))
    found.record(adult("stranger", 0.1, ("other", "another")))
    return found


def test_parents_are_those_with_results_and_kin_their_grown_children(pedigree):
    known = pedigree.of(Genome("child", "male", Record(), ("mother", "father")))
    assert known["parents_mean"] == 0.9
    assert known["kin_mean"] == pytest.approx(0.6)
    assert known["kin_max"] == 0.7
    assert known["parents_mean.active_parameters"] == 2.0  # log10 of 100


def test_a_male_is_not_his_own_kin(pedigree):
    known = pedigree.of(Genome("half", "male", Record(), ("other", "father")))
    assert known["kin_mean"] == pytest.approx((0.7 + 0.1) / 2)


def test_founders_have_no_pedigree(pedigree):
    assert all(math.isnan(value) for value in pedigree.of(Genome("x", "male", Record())).values())


def test_state_survives_json(pedigree):
    again = Pedigree(NAMES)
    again.restore(json.loads(json.dumps(pedigree.state())))
    child = Genome("child", "male", Record(), ("mother", "father"))
    assert again.of(child) == pedigree.of(child)
