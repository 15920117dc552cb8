from statistics import NormalDist

import numpy as np

from fitness.prediction.normal_scores import NormalScores


def test_scores_are_normal_quantiles_and_ties_share_their_mean():
    quantile = NormalDist().inv_cdf
    scores = NormalScores(np.array([5.0, 1.0, 1.0, 9.0]))
    tied = (quantile(0.125) + quantile(0.375)) / 2
    expected = [tied, quantile(0.625), quantile(0.875)]
    np.testing.assert_allclose(scores.forward(np.array([1.0, 5.0, 9.0])), expected)


def test_there_and_back_within_and_beyond_the_seen():
    scores = NormalScores(np.array([0.0, 1.0, 5.0]))
    values = np.array([-3.0, 0.0, 0.5, 4.0, 5.0, 8.0])
    np.testing.assert_allclose(scores.backward(scores.forward(values)), values)
    assert (np.diff(scores.forward(values)) > 0).all()
