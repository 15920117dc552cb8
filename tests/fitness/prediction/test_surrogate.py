import random
from dataclasses import replace

import numpy as np
import pytest

from fitness.evaluation import Epoch
from fitness.prediction.features import Features, known_costs, pedigree_features
from fitness.prediction.history import History
from fitness.prediction.skill import weighted_kendall
from fitness.prediction.surrogate import MINIMUM_RECORDS, OUTCOMES, PREDICTORS, Surrogate
from genomes.chromosomes.predictor import genes
from genomes.genes.gene import Record
from genomes.genes.registry import UnknownName

GENES = Record(
    kind="ridge",
    reads_genome=True,
    reads_costs=True,
    reads_pedigree=True,
    reads_curve=True,
    reads_shown=True,
    epochs_read=2,
    anchored=False,
    inputs="standard",
    transform="none",
    window=150,
    ridge_penalty=1.0,
    pairwise=False,
    neighbours=5,
    genome_share=0.5,
    forest_trees=10,
    forest_depth=5,
    candidate_expression=("log_dense_parameters",),
    juvenile_expression=("metric_last",),
)


def male(identity):
    """Draw a male: accuracy depends on the first feature, and the curve tells of it early."""
    rng = np.random.default_rng(identity)
    features = rng.uniform(size=6)
    accuracy = 0.5 + 0.4 * features[0] + 0.02 * rng.normal()
    dense, ratio = 10 ** rng.uniform(3, 5), rng.uniform(0.1, 1.0)
    early = accuracy - 0.2 + 0.05 * rng.normal()
    curve = tuple(Epoch(e, 1.0, 1.0 - early, early - 0.1 / (e + 1), 1.0, 1.0) for e in range(4))
    costs = known_costs(dense, 100 * dense, 10 * dense, ratio)
    pedigree = pedigree_features([], [], OUTCOMES)
    active = 0.8 * ratio * dense
    return Features(str(identity), features, costs, pedigree, curve), (
        accuracy,
        active / dense,
        active,
    )


def history(first, count):
    males = [male(identity) for identity in range(first, first + count)]
    truths = np.array([truth for _, truth in males]).reshape(-1, len(OUTCOMES))
    return History([features for features, _ in males], OUTCOMES), truths


ADULTS, TRUTHS = history(0, 60)
YOUNG, LATER = history(1000, 40)


def fitted(**changes):
    surrogate = Surrogate(GENES.replacing(**changes), seed=7)
    surrogate.fit(ADULTS, TRUTHS)
    return surrogate


@pytest.mark.parametrize("kind", PREDICTORS.names())
@pytest.mark.parametrize("transform", ["none", "logit", "rank"])
def test_every_kind_predicts_better_than_chance_from_what_it_reads(kind, transform):
    surrogate = fitted(kind=kind, transform=transform)
    predicted = surrogate.predict(YOUNG)
    assert predicted.shape == LATER.shape
    assert weighted_kendall(predicted[:, 0], LATER[:, 0]) > 0.5
    assert predicted[:, 0].min() >= 0.0
    assert predicted[:, 0].max() <= 1.0


def test_ratio_and_count_follow_the_plan_even_of_candidates_and_unread():
    surrogate = fitted(reads_costs=False, reads_genome=False, reads_pedigree=False)
    predicted = surrogate.predict_candidates(YOUNG)
    np.testing.assert_allclose(predicted[:, 1:], LATER[:, 1:], rtol=1e-6)


def test_candidates_are_predicted_without_their_curve():
    bare = History(
        [Features(d.genome, d.features, d.costs, d.pedigree) for d in YOUNG.feature_rows], OUTCOMES
    )
    surrogate = fitted()
    np.testing.assert_array_equal(
        surrogate.predict_candidates(YOUNG), surrogate.predict_candidates(bare)
    )
    assert (surrogate.predict(YOUNG) != surrogate.predict_candidates(YOUNG)).any()


def test_a_juvenile_is_predicted_without_what_came_after_the_epochs_read():
    cut = History(
        [
            Features(d.genome, d.features, d.costs, d.pedigree, d.curve[:2])
            for d in YOUNG.feature_rows
        ],
        OUTCOMES,
    )
    surrogate = fitted()
    np.testing.assert_array_equal(surrogate.predict(YOUNG), surrogate.predict(cut))


def cut(history, epochs):
    """Return the history as it was after so many epochs."""
    males = history.feature_rows
    return History([replace(male, curve=male.curve[:epochs]) for male in males], OUTCOMES)


def test_each_decision_has_a_model_of_its_own_that_reads_the_same_share_of_the_curve():
    decisions = {"juvenile": 1, "juvenile-2": 3, "juvenile-3": 4}
    surrogate = Surrogate(GENES.replacing(epochs_read=2), 7, decisions=decisions)
    assert surrogate.share_read == 0.5
    for (stage, trained), read in zip(decisions.items(), (1, 2, 2), strict=True):
        surrogate.fit_juvenile(cut(ADULTS, trained), TRUTHS, stage)
        single = Surrogate(GENES.replacing(epochs_read=read), 7)
        single.fit_juvenile(ADULTS, TRUTHS)
        young = cut(YOUNG, trained)
        np.testing.assert_array_equal(surrogate.predict(young, stage), single.predict(young))
    assert surrogate.complexity() > 2 * single.complexity()


def test_before_enough_adults_the_last_epoch_read_at_each_decision_answers():
    surrogate = Surrogate(GENES, 7, decisions={"juvenile": 1, "juvenile-2": 2})
    for stage, epochs in (("juvenile", 1), ("juvenile-2", 2)):
        predicted = surrogate.predict(cut(YOUNG, epochs), stage)
        last = [male.curve[epochs - 1].metric for male in YOUNG.feature_rows]
        np.testing.assert_allclose(predicted[:, 0], last)


def test_what_is_not_read_does_not_matter():
    other = History(
        [
            Features(d.genome, 1.0 - d.features, d.costs, d.pedigree, d.curve)
            for d in YOUNG.feature_rows
        ],
        OUTCOMES,
    )
    blind, seeing = fitted(reads_genome=False), fitted()
    np.testing.assert_array_equal(blind.predict(YOUNG), blind.predict(other))
    assert (seeing.predict(YOUNG) != seeing.predict(other)).any()


def showing(history, values):
    """Return the history with one number shown by each juvenile."""
    males = zip(history.feature_rows, values, strict=True)
    shown = [replace(features, shown={"sign": value}) for features, value in males]
    return History(shown, OUTCOMES)


@pytest.mark.parametrize("kind", sorted(PREDICTORS.names()))
def test_what_juveniles_show_tells_those_that_read_it(kind):
    genes = {"kind": kind, "reads_genome": False, "reads_pedigree": False, "reads_curve": False}
    genes |= {"reads_costs": False, "transform": "rank", "juvenile_expression": ("shown.sign",)}
    learnt, young = showing(ADULTS, TRUTHS[:, 0]), showing(YOUNG, LATER[:, 0])
    seeing, blind = (
        Surrogate(GENES.replacing(**genes, reads_shown=flag), 7) for flag in (True, False)
    )
    for surrogate in (seeing, blind):
        surrogate.fit(learnt, TRUTHS)
    assert weighted_kendall(seeing.predict(young)[:, 0], LATER[:, 0]) > 0.7
    assert abs(weighted_kendall(blind.predict(young)[:, 0], LATER[:, 0])) < 0.5
    np.testing.assert_array_equal(blind.predict(young), blind.predict(YOUNG))
    np.testing.assert_array_equal(
        seeing.predict_candidates(young), seeing.predict_candidates(YOUNG)
    )


@pytest.mark.parametrize("curve", [True, False])
def test_a_predictor_that_reads_nothing_reads_costs(curve):
    surrogate = fitted(
        reads_genome=False, reads_costs=False, reads_pedigree=False, reads_curve=curve
    )
    with_costs = fitted(reads_genome=False, reads_pedigree=False, reads_curve=curve)
    expected = with_costs.predict_candidates(YOUNG)
    np.testing.assert_array_equal(surrogate.predict_candidates(YOUNG), expected)


def test_only_the_latest_window_counts():
    surrogate = Surrogate(GENES.replacing(window=20), 7)
    surrogate.fit(ADULTS, TRUTHS)
    late = Surrogate(GENES.replacing(window=20), 7)
    late.fit(History(ADULTS.feature_rows[-20:], OUTCOMES), TRUTHS[-20:])
    np.testing.assert_array_equal(surrogate.predict(YOUNG), late.predict(YOUNG))


def test_before_enough_adults_the_prior_answers():
    few = MINIMUM_RECORDS - 1
    surrogate = Surrogate(GENES, 7)
    surrogate.fit(History(ADULTS.feature_rows[:few], OUTCOMES), TRUTHS[:few])
    juvenile, candidates = surrogate.predict(YOUNG), surrogate.predict_candidates(YOUNG)
    np.testing.assert_allclose(juvenile[:, 0], [d.curve[1].metric for d in YOUNG.feature_rows])
    np.testing.assert_allclose(candidates[:, 0], TRUTHS[:few, 0].mean())
    np.testing.assert_allclose(candidates[:, 1:], LATER[:, 1:] / 0.8)  # as planned
    assert surrogate.complexity() == 0.0


def test_the_prior_puts_the_metric_where_accuracy_is():
    outcomes = ("active_ratio", "accuracy")
    young = History(YOUNG.feature_rows, outcomes)
    surrogate = Surrogate(GENES, 7, outcomes)
    assert surrogate.predict(young)[0, 1] == YOUNG.feature_rows[0].curve[1].metric


def test_the_same_records_are_learnt_once_and_new_ones_change_her():
    surrogate = fitted()
    model = surrogate._models["juvenile"]
    surrogate.fit(ADULTS, TRUTHS)
    assert surrogate._models["juvenile"] is model
    more, truths = history(0, 61)
    surrogate.fit(more, truths)
    assert surrogate._models["juvenile"] is not model


def test_records_without_a_truth_are_left_out():
    holes = TRUTHS.copy()
    holes[5, 0] = np.nan
    surrogate, clean = Surrogate(GENES, 7), Surrogate(GENES, 7)
    surrogate.fit(ADULTS, holes)
    kept = np.delete(np.arange(60), 5)
    clean.fit(History([ADULTS.feature_rows[i] for i in kept], OUTCOMES), TRUTHS[kept])
    np.testing.assert_array_equal(surrogate.predict(YOUNG), clean.predict(YOUNG))


def test_a_users_own_space_without_costs_or_curves():
    males = [male(identity)[0] for identity in range(20)]
    bare = History([Features(d.genome, d.features) for d in males], ("loss",))
    truths = np.array([[100.0 * d.features[0]] for d in males])
    for feature_set in (True, False):
        surrogate = Surrogate(GENES.replacing(reads_genome=feature_set), 0, ("loss",))
        surrogate.fit(bare, truths)
        for predicted in (surrogate.predict(bare), surrogate.predict_candidates(bare)):
            assert np.isfinite(predicted).all()
            assert (weighted_kendall(predicted[:, 0], truths[:, 0]) > 0.7) == feature_set


def test_random_females_are_deterministic_and_finite():
    chromosome = genes(juvenile_epochs=4)
    for number in range(12):
        values = chromosome.sample(random.Random(number))
        answers = []
        for _ in range(2):
            surrogate = Surrogate(values, number)
            surrogate.fit(ADULTS, TRUTHS)
            answers.append(
                np.hstack([surrogate.predict(YOUNG), surrogate.predict_candidates(YOUNG)])
            )
        assert np.isfinite(answers[0]).all()
        np.testing.assert_array_equal(*answers)


def test_nobody_to_predict():
    assert fitted().predict(History([], OUTCOMES)).shape == (0, 3)
    surrogate = Surrogate(GENES, 0)
    surrogate.fit(History([], OUTCOMES), np.empty((0, 3)))
    assert surrogate.predict_candidates(YOUNG).shape == LATER.shape


def test_bad_input_is_told():
    with pytest.raises(UnknownName, match=r"predictor kind 'rigde'. Did you mean 'ridge'"):
        Surrogate(GENES.replacing(kind="rigde"), 0)
    with pytest.raises(ValueError, match=r"received 60 feature rows .* and 3 truths"):
        Surrogate(GENES, 0).fit(ADULTS, TRUTHS[:3])
    narrow = History([Features("a", np.zeros(2))], OUTCOMES)
    with pytest.raises(ValueError, match="other columns"):
        fitted().predict(narrow)
