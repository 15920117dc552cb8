import numpy as np
import pytest

from fitness.prediction.record_weights import forgetting, roots, weighted_mean
from fitness.prediction.stage_model import PREDICTORS
from tests.fitness.prediction.test_predictors import GENES, X

every_kind = pytest.mark.parametrize("kind", PREDICTORS.names())


def test_a_record_counts_half_of_one_that_is_a_half_life_younger():
    weights = forgetting(5, 2)
    assert weights.mean() == pytest.approx(1.0)
    assert weights[2:] == pytest.approx(2.0 * weights[:-2])
    assert (np.diff(weights) > 0).all()
    assert forgetting(5, 0) is None
    assert forgetting(0, 20) is None


def test_means_and_roots_count_records_as_often_as_they_weigh():
    x, weights = np.array([[1.0], [4.0]]), np.array([0.5, 1.5])
    assert weighted_mean(x, weights) == pytest.approx([3.25])
    assert weighted_mean(x, None) == pytest.approx([2.5])
    assert roots(2, weights) ** 2 == pytest.approx(weights)
    assert roots(2, None).tolist() == [1.0, 1.0]


def predicted(kind, y, weights):
    model = PREDICTORS.load(kind).make(GENES.replacing(expression=("a",)), 0)
    model.fit(X, y, weights)
    return model.predict(X)


@every_kind
def test_equal_weights_change_nothing(kind):
    y = X[:, :1] + X[:, 1:2]
    alike = predicted(kind, y, np.ones(len(X)))
    np.testing.assert_allclose(alike, predicted(kind, y, None), atol=1e-9)


@every_kind
def test_what_counts_little_teaches_little(kind):
    """The first half of the records says the opposite of the second: who forgets learns that."""
    half = len(X) // 2
    signs = np.where(np.arange(len(X)) < half, -1.0, 1.0)
    y = (signs * X[:, 0])[:, None]
    weights = np.where(signs > 0.0, 2.0 - 1e-3, 1e-3)
    agreement = predicted(kind, y, weights)[:, 0] @ X[:, 0]
    assert agreement > 0.5 * X[:, 0] @ X[:, 0]
    assert abs(predicted(kind, y, None)[:, 0] @ X[:, 0]) < agreement
