"""Contracts over all registered predictor kinds, and what each kind is for."""

import numpy as np
import pytest

from fitness.foretelling import PREDICTORS
from fitness.predictors import expression, forest, ridge
from genomes.gene import Record

COLUMNS = ("a", "b", "c")
GENES = Record(
    ridge_penalty=1e-3,
    pairwise=False,
    neighbours=5,
    genome_share=0.5,
    forest_trees=10,
    forest_depth=5,
    expression=("mul", "a", "a"),
    columns=COLUMNS,
)
X = np.random.default_rng(0).normal(size=(60, 3))
Y = np.column_stack([X[:, 0] ** 2, 3.0 - 2.0 * X[:, 0] ** 2])

every_kind = pytest.mark.parametrize("kind", PREDICTORS.names())


def fitted(kind, x=X, y=Y, seed=0):
    model = PREDICTORS.load(kind).make(GENES, seed)
    model.fit(x, y)
    return model


def test_the_kinds():
    assert set(PREDICTORS.names()) >= {"expression", "forest", "ridge"}


@every_kind
def test_shapes_and_determinism(kind):
    foretold = fitted(kind).predict(X[:7])
    assert foretold.shape == (7, 2)
    np.testing.assert_array_equal(foretold, fitted(kind).predict(X[:7]))


@every_kind
@pytest.mark.parametrize("records", [1, 2])
def test_few_records_give_their_mean(kind, records):
    foretold = fitted(kind, X[:records], Y[:records]).predict(X[10:14])
    np.testing.assert_allclose(foretold, np.tile(Y[:records].mean(axis=0), (4, 1)))


@every_kind
@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.zeros((20, 3)), np.arange(20.0)[:, None]),
        (X[:20], np.ones((20, 1))),
        (np.tile(X[:1], (20, 1)), np.arange(20.0)[:, None]),
        (np.full((20, 3), 1e6), np.full((20, 1), -1e6)),
        (np.repeat(X[:20, :1], 3, axis=1), np.arange(20.0)[:, None]),
        (np.empty((20, 0)), np.arange(20.0)[:, None]),
    ],
    ids=["zeros", "constant-truth", "one-record-repeated", "huge", "collinear", "no-columns"],
)
def test_degenerate_data_gives_finite_answers(kind, x, y):
    columns = COLUMNS[: x.shape[1]]
    model = PREDICTORS.load(kind).make(GENES.replacing(columns=columns), 0)
    model.fit(x, y)
    foretold = model.predict(x[:5])
    assert foretold.shape == (5, 1)
    assert np.isfinite(foretold).all()
    assert y.min() - 1e-6 <= foretold.min()
    assert foretold.max() <= y.max() + 1e-6


@every_kind
def test_complexity_is_a_positive_number_before_and_after(kind):
    model = PREDICTORS.load(kind).make(GENES, 0)
    assert model.complexity() > 0
    model.fit(X, Y)
    assert np.isfinite(model.complexity())
    assert model.complexity() > 0


@every_kind
def test_a_model_learns_what_it_can_express(kind):
    x = X if kind != "ridge" else X**2
    errors = fitted(kind, x, Y).predict(x) - Y
    assert (errors.std(axis=0) < 0.5 * Y.std(axis=0)).all()


def test_ridge_equals_the_textbook_in_primal_and_dual_form():
    model = ridge.make(GENES.replacing(ridge_penalty=2.0), 0)
    for x in (X, np.hstack([X, X**2, X**3])[:6]):
        y = Y[: len(x)]
        model.fit(x, y)
        centred = x - x.mean(axis=0)
        gram = centred.T @ centred + 2.0 * np.eye(x.shape[1])
        coefficients = np.linalg.inv(gram) @ centred.T @ (y - y.mean(axis=0))
        np.testing.assert_allclose(model.predict(x), centred @ coefficients + y.mean(axis=0))


def test_expression_fits_slope_and_intercept_of_each_outcome():
    model = expression.make(GENES, 0)
    model.fit(X, Y)
    np.testing.assert_allclose(model.predict(np.array([[3.0, 0.0, 0.0]])), [[9.0, -15.0]])


def test_expression_reads_what_is_not_watched_as_zero():
    model = expression.make(GENES.replacing(expression=("add", "a", "unwatched")), 0)
    model.fit(X, X[:, :1])
    np.testing.assert_allclose(model.predict(X), X[:, :1], atol=1e-12)


def test_forests_differ_by_seed_and_grow_with_their_genes():
    assert (fitted("forest", seed=1).predict(X) != fitted("forest", seed=2).predict(X)).any()
    small = forest.make(GENES.replacing(forest_trees=5, forest_depth=2), 0)
    small.fit(X, Y)
    assert small.complexity() <= 1 + 5 * 7
    assert fitted("forest").complexity() > small.complexity()
