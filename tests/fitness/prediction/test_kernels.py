import numpy as np
import pytest

from fitness.prediction.kernels import Products, genome_columns, group_weights, squared_distances

X = np.random.default_rng(0).normal(size=(12, 4))
GENOME = np.array([True, True, False, False])


def test_columns_of_the_genome_are_known_by_name():
    names = ("genome.0", "log_flops", "genome.1")
    assert genome_columns(names, 3).tolist() == [True, False, True]
    assert genome_columns((), 2).tolist() == [True, True]


def test_products_agree_with_themselves_and_are_centred():
    products = Products(X, GENOME, pairwise=True)
    np.testing.assert_allclose(products(X), products.gram)
    np.testing.assert_allclose(products.gram, products.gram.T)
    np.testing.assert_allclose(products.gram.sum(axis=0), 0.0, atol=1e-9)
    plain = Products(X, GENOME, pairwise=False)
    centred = X - X.mean(axis=0)
    np.testing.assert_allclose(plain.gram, centred @ centred.T)
    assert plain.complexity() == 5.0
    assert products.complexity() == 1.0 + 12 * 5


def test_squared_distances_of_literals():
    a, b = np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(squared_distances(a, b, np.ones(2)), [[25.0, 0.0]])
    np.testing.assert_allclose(squared_distances(a, b, np.array([1.0, 0.0])), [[9.0, 0.0]])


@pytest.mark.parametrize("share", [0.2, 0.8])
def test_groups_share_the_mean_squared_distance_as_asked(share):
    weights = group_weights(X, GENOME, share)
    parts = [
        squared_distances(X, X, np.where(group == GENOME, weights, 0.0)).mean()
        for group in (True, False)
    ]
    np.testing.assert_allclose(parts, [2.0 * share, 2.0 * (1.0 - share)])


def test_a_group_that_does_not_vary_has_no_share():
    flat = X * [1.0, 1.0, 0.0, 0.0]
    squares = squared_distances(flat, flat, group_weights(flat, GENOME, 0.1))
    assert squares.mean() == pytest.approx(2.0)
    assert not group_weights(np.zeros((3, 4)), GENOME, 0.5).any()
