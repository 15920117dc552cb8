import numpy as np

from fitness.prediction.inputs import ScoredColumns, Standardiser


def test_standardiser_fills_gaps_with_the_mean_and_silences_constants():
    x = np.array([[1.0, 5.0, np.nan], [3.0, 5.0, np.nan], [np.nan, 5.0, np.nan]])
    standardise = Standardiser(x)
    np.testing.assert_allclose(standardise(x), [[-1, 0, 0], [1, 0, 0], [0, 0, 0]])
    np.testing.assert_allclose(standardise(np.array([[1e9, 7.0, 1.0]])), [[6.0, 0.0, 0.0]])


def test_scored_columns_tell_the_crowded_apart_and_tame_tails():
    crowded = np.array([[0.690], [0.691], [0.692], [1e6]])
    scores = ScoredColumns(crowded)(crowded)[:, 0]
    np.testing.assert_allclose(np.diff(scores)[[0, 2]], np.diff(scores)[0])  # symmetric
    assert np.diff(scores).min() > 0.5


def test_scored_columns_keep_choices_gaps_and_order_beyond_the_seen():
    x = np.array([[0.0, 1.0], [1.0, 2.0], [1.0, np.nan], [0.0, 4.0], [0.0, 3.0]])
    scaled = ScoredColumns(x)
    np.testing.assert_allclose(scaled(x)[:, 0], Standardiser(x)(x)[:, 0])
    assert scaled(x)[2, 1] == 0.0
    beyond = scaled(np.array([[0.0, 4.0], [0.0, 5.0], [0.0, 6.0]]))[:, 1]
    assert (np.diff(beyond) > 0).all()


def test_columns_are_scored_alike_whoever_asked_before_and_each_over_what_its_own_model_saw():
    seen, other = np.array([[3.0], [1.0], [2.0]]), np.array([[10.0], [30.0], [20.0]])
    asked = np.array([[2.0], [1.0]])
    first, second = ScoredColumns(seen), ScoredColumns(other)
    np.testing.assert_array_equal(first(asked), ScoredColumns(seen)(asked))
    assert first(asked)[0, 0] == 0.0  # the middle of what it saw
    assert second(asked)[0, 0] < -1.0  # below all that it saw
    assert first(np.empty((0, 1))).shape == (0, 1)
    assert ScoredColumns(np.empty((3, 0)))(np.empty((2, 0))).shape == (2, 0)
