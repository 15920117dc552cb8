import numpy as np
import pytest

from fitness.evaluation import Epoch
from fitness.prediction.controls import Anchor
from fitness.prediction.features import Features
from fitness.prediction.history import History
from fitness.prediction.skill import weighted_kendall
from fitness.prediction.surrogate import Surrogate
from tests.fitness.prediction.test_surrogate import GENES


def test_the_rest_is_standardised_and_the_whole_comes_back():
    rng = np.random.default_rng(0)
    early, learnt = rng.uniform(size=20), rng.normal(size=20)
    anchor = Anchor(early, learnt)
    assert anchor.rest.mean() == pytest.approx(0.0, abs=1e-12)
    assert anchor.rest.std() == pytest.approx(1.0)
    assert anchor.whole(anchor.rest, early) == pytest.approx(learnt)


def test_a_model_that_has_learnt_nothing_keeps_the_early_order():
    early = np.linspace(0.0, 1.0, 20)
    anchor = Anchor(early, (early - early.mean()) / early.std())
    assert np.all(np.diff(anchor.whole(np.zeros(3), np.array([0.1, 0.5, 0.9]))) > 0)


def test_a_guess_that_misleads_is_turned_round_by_evidence_alone():
    early = np.linspace(0.0, 1.0, 40)
    learnt = -(early - early.mean()) / early.std()

    def slope(count):
        """Return how a model that has learnt nothing goes from the least guess to the largest."""
        rows = slice(None, None, 40 // count)
        ends = Anchor(early[rows], learnt[rows]).whole(np.zeros(2), np.array([0.0, 1.0]))
        return ends[1] - ends[0]

    assert slope(40) < slope(4) < slope(2)
    assert slope(2) > 0.0  # two records do not outweigh the prior


def test_a_missing_guess_is_no_obstacle():
    early = np.array([np.nan, 3.0, 2.0, 7.0])
    anchor = Anchor(early, np.array([0.0, 1.0, -1.0, 0.5]))
    assert np.isfinite(anchor.rest).all()
    assert np.isfinite(anchor.whole(np.zeros(4), early)).all()
    assert np.isfinite(Anchor(np.full(4, np.nan), np.zeros(4)).rest).all()


def juveniles(first, count):
    """Forty genes that tell nothing, and an early metric that tells most."""
    rng = np.random.default_rng(first)
    accuracy = rng.uniform(0.5, 0.9, size=count)
    early = accuracy - 0.3 + 0.05 * rng.normal(size=count)
    feature_rows = [
        Features(f"{first}/{i}", rng.uniform(size=40), curve=(Epoch(1, 1.0, 1.0, e, 1.0, 1.0),))
        for i, e in enumerate(early)
    ]
    return History(feature_rows, ("accuracy",)), accuracy


def test_with_few_adults_anchored_females_are_more_skilful():
    def skill(kind, anchored, draw):
        known, truths = juveniles(2 * draw, 8)
        others, other_truths = juveniles(2 * draw + 1, 60)
        changes = {"kind": kind, "anchored": anchored, "epochs_read": 1}
        surrogate = Surrogate(GENES.replacing(**changes), 0, ("accuracy",))
        surrogate.fit_juvenile(known, truths[:, None])
        return weighted_kendall(surrogate.predict(others)[:, 0], other_truths)

    for kind in ("ridge", "forest", "nearest"):
        gains = [skill(kind, True, draw) - skill(kind, False, draw) for draw in range(8)]
        assert np.mean(gains) > 0.05


def test_candidates_start_from_what_everybody_showed_early():
    """Eight adults teach little of forty genes; a hundred curves teach most of what there is."""
    rng = np.random.default_rng(5)
    slopes = rng.normal(size=40)

    def males(first, count):
        genes = rng.uniform(size=(count, 40))
        merit = genes @ slopes
        rows = [
            Features(
                f"{first}/{i}", genes[i],
                curve=(Epoch(1, 1.0, 1.0, merit[i] + 0.1 * rng.normal(), 1.0, 1.0),),
            )
            for i in range(count)
        ]  # fmt: skip
        return History(rows, ("accuracy",)), merit

    (adults, truths), (young, _), (new, later) = males(0, 8), males(1, 100), males(2, 60)
    everyone = History([*adults.feature_rows, *young.feature_rows], ("accuracy",))
    genomes = [Features(row.genome, row.features) for row in new.feature_rows]
    unborn = History(genomes, ("accuracy",))
    for kind in ("ridge", "gaussian-process", "forest"):
        skills = []
        for known in (None, everyone):
            genes = GENES.replacing(kind=kind, epochs_read=1, window=150)
            surrogate = Surrogate(genes, 0, ("accuracy",))
            surrogate.fit_candidates(adults, truths[:, None], known)
            predicted = surrogate.predict_candidates(unborn)[:, 0]
            skills.append(weighted_kendall(predicted, later))
        assert skills[1] > skills[0] + 0.2, kind


def test_who_failed_without_a_curve_counts_as_the_last_of_the_early():
    """Females learn from males that never showed anything to avoid their like."""
    rng = np.random.default_rng(6)
    genes = np.array([[float(i % 2), *rng.uniform(size=3)] for i in range(60)])
    rows = [
        Features(str(i), g, curve=() if g[0] else (Epoch(1, 1.0, 1.0, 0.5 + 0.01 * i, 1.0, 1.0),))
        for i, g in enumerate(genes)
    ]
    sound = [row for row in rows if row.curve]
    surrogate = Surrogate(GENES.replacing(kind="ridge", epochs_read=1), 0, ("accuracy",))
    truths = np.array([[0.6 + 0.01 * i] for i in range(len(sound))])
    surrogate.fit_candidates(History(sound, ("accuracy",)), truths, History(rows, ("accuracy",)))
    bad, good = (
        History([Features("x", np.array([failed, 0.5, 0.5, 0.5]))], ("accuracy",))
        for failed in (1.0, 0.0)
    )
    assert surrogate.predict_candidates(bad)[0, 0] < surrogate.predict_candidates(good)[0, 0]
