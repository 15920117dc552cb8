import pytest

from evo.breeding.audit import WINDOW, Audit, last_metric, weigh
from evo.strategy import Individual
from fitness.evaluation import Epoch, Evaluation
from genomes.genes.gene import Record
from genomes.genes.genome import Genome
from tests.evo.toy import AXES


def grown(identity, early, final, expected, parameters=64.0):
    curve = (Epoch(1, 1.0, 1.0, early, 1.0, 1.0),)
    juvenile = Evaluation("j", identity, "k", 0, 1, "ok", curve=curve)
    objectives = {"accuracy": final, "active_parameters": parameters}
    adult = Evaluation("a", identity, "k", 1, 8, "ok", objectives=objectives)
    predicted = {"accuracy": expected, "active_parameters": parameters}
    genome = Genome(identity, "male", Record())
    return Individual(genome, {}, youth=(juvenile,), adult=adult, expected=predicted)


A = grown("a", early=0.5, final=0.9, expected=0.8)
B = grown("b", early=0.6, final=0.7, expected=0.6)
C = grown("c", early=0.7, final=0.5, expected=0.4)
NOBODY: list[dict[str, float]] = []
EARLY = {"a": 0.5, "b": 0.6, "c": 0.7, "d": 0.1}


def test_the_audited_weigh_the_inverse_of_their_chance():
    assert weigh([A, B], {"a"}, {"b": 0.05}) == {"a": 1.0, "b": pytest.approx(20.0)}
    assert weigh([A], {"a"}, {}) == {"a": 1.0}  # nobody is audited, nothing is divided


def test_skills_of_ensemble_and_early_accuracy_are_those_on_the_same_males():
    weights = {"a": 1.0, "b": 1.0, "c": 1.0}
    figures = Audit(AXES).hold([A, B, C], set(weights), weights, NOBODY, EARLY)
    assert figures["ensemble_skill"] == 1.0  # the ensemble has all pairs in order
    assert figures["early_skill"] == -1.0  # early accuracy has all of them reversed
    assert figures["wrongly_rejected"] == 0.0


def test_pairs_weigh_the_product_of_their_weights():
    wrong = grown("d", early=0.1, final=0.8, expected=0.1)
    weights = {"a": 1.0, "b": 1.0, "d": 20.0}
    figures = Audit(AXES).hold([A, B, wrong], {"a", "b"}, weights, NOBODY, EARLY)
    # pairs: a-b right (1), a-d right (20), b-d wrong (20)
    assert figures["ensemble_skill"] == pytest.approx((1 + 20 - 20) / 41)


def test_a_rejected_male_who_extends_the_front_counts_for_all_like_him():
    front = [{"accuracy": 0.8, "active_parameters": 64.0}]
    weights = {"a": 20.0, "b": 20.0}
    figures = Audit(AXES).hold([A, B], set(), weights, front, EARLY)
    assert figures["wrongly_rejected"] == 20.0  # a extends it, b does not


def test_only_the_latest_truths_count():
    audit = Audit(AXES)
    for number in range(WINDOW + 5):
        male = grown(f"m{number:03d}", 0.5, 0.5, 0.5)
        audit.hold([male], {male.genome.id}, {male.genome.id: 1.0}, NOBODY, {})
    assert len(audit.truths) == WINDOW


def test_last_metric_of_the_untrained_is_zero():
    assert last_metric(A) == 0.5
    assert last_metric(Individual(A.genome, {})) == 0.0


def test_the_ensemble_is_calibrated_in_the_unit_of_the_objective():
    weights = {"a": 1.0, "b": 1.0, "c": 1.0}
    figures = Audit(AXES).hold([A, B, C], set(weights), weights, NOBODY, EARLY)
    assert figures["ensemble_bias"] == pytest.approx(-0.1)  # ten points too low for each of them
    assert figures["ensemble_error"] == pytest.approx(0.1)
    assert figures["ensemble_slope"] == pytest.approx(1.0)
