import numpy as np
import pytest

from fitness.evaluation import Epoch
from fitness.prediction.controls import Anchor
from fitness.prediction.features import Features
from fitness.prediction.history import History
from fitness.prediction.skill import weighted_kendall
from fitness.prediction.surrogate import OUTCOMES, Surrogate
from tests.fitness.prediction.test_surrogate import GENES, history


@pytest.mark.parametrize("transform", ["none", "logit", "rank"])
def test_the_rest_is_standardised_and_the_whole_comes_back(transform):
    rng = np.random.default_rng(0)
    early, learnt = rng.uniform(size=20), rng.normal(size=20)
    anchor = Anchor(early, learnt, transform)
    assert anchor.rest.mean() == pytest.approx(0.0, abs=1e-12)
    assert anchor.rest.std() == pytest.approx(1.0)
    assert anchor.whole(anchor.rest, early) == pytest.approx(learnt)


def test_a_model_that_has_learnt_nothing_keeps_the_early_order():
    rng = np.random.default_rng(0)
    anchor = Anchor(rng.uniform(size=20), rng.normal(size=20), "rank")
    early = np.array([0.1, 0.5, 0.9])
    assert np.all(np.diff(anchor.whole(np.zeros(3), early)) > 0)


def test_a_missing_curve_and_losses_are_no_obstacle():
    early = np.array([np.nan, 3.0, 2.0, 7.0])
    anchor = Anchor(early, np.array([0.0, 1.0, -1.0, 0.5]), "logit")
    assert np.isfinite(anchor.rest).all()
    assert np.isfinite(anchor.whole(np.zeros(4), early)).all()
    assert np.isfinite(Anchor(np.full(4, np.nan), np.zeros(4), "rank").rest).all()


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


def test_candidates_have_no_anchor():
    known, truths = history(0, 30)
    predicted = []
    for anchored in (False, True):
        surrogate = Surrogate(GENES.replacing(anchored=anchored), 0, OUTCOMES)
        surrogate.fit_candidates(known, truths)
        predicted.append(surrogate.predict_candidates(History(known.feature_rows, OUTCOMES)))
    assert np.array_equal(*predicted)
