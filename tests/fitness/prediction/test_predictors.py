"""Contracts over all registered predictor kinds, and what each kind is for."""

import numpy as np
import pytest

from fitness.evaluation import Epoch
from fitness.prediction.features import Features
from fitness.prediction.history import FeatureSet, History
from fitness.prediction.predictors import expression, forest, nearest, power_law, ridge
from fitness.prediction.stage_model import PREDICTORS
from genomes.chromosomes.predictor import KINDS
from genomes.genes.gene import Record

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

LINEAR = ("power-law", "rank", "ridge")
every_kind = pytest.mark.parametrize("kind", PREDICTORS.names())


def fitted(kind, x=X, y=Y, seed=0):
    model = PREDICTORS.load(kind).make(GENES, seed)
    model.fit(x, y)
    return model


def test_the_kinds():
    assert list(KINDS) == PREDICTORS.names()


@every_kind
def test_shapes_and_determinism(kind):
    predicted = fitted(kind).predict(X[:7])
    assert predicted.shape == (7, 2)
    np.testing.assert_array_equal(predicted, fitted(kind).predict(X[:7]))


@every_kind
@pytest.mark.parametrize("records", [1, 2])
def test_few_records_give_their_mean(kind, records):
    predicted = fitted(kind, X[:records], Y[:records]).predict(X[10:14])
    np.testing.assert_allclose(predicted, np.tile(Y[:records].mean(axis=0), (4, 1)))


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
    predicted = model.predict(x[:5])
    assert predicted.shape == (5, 1)
    assert np.isfinite(predicted).all()
    assert y.min() - 1e-6 <= predicted.min()
    assert predicted.max() <= y.max() + 1e-6


@every_kind
@pytest.mark.parametrize("pairwise", [True, False])
@pytest.mark.parametrize("records", [1, 2, 3, 25])
def test_doubt_is_finite_positive_and_of_the_shape_of_the_prediction(kind, pairwise, records):
    model = PREDICTORS.load(kind).make(GENES.replacing(pairwise=pairwise), 3)
    model.fit(X[:records], Y[:records])
    if hasattr(model, "predict_std"):
        doubt = model.predict_std(X[30:37])
        assert doubt.shape == model.predict(X[30:37]).shape == (7, 2)
        assert np.isfinite(doubt).all()
        assert (doubt >= 0.0).all()


@every_kind
def test_a_refitted_model_has_forgotten(kind):
    model, new = fitted(kind), fitted(kind, X[:20] + 1.0, Y[:20])
    model.fit(X[:20] + 1.0, Y[:20])
    np.testing.assert_array_equal(model.predict(X), new.predict(X))


@every_kind
def test_one_answer_does_not_depend_on_who_else_is_asked_about(kind):
    model = fitted(kind)
    np.testing.assert_allclose(model.predict(X[:5])[3:4], model.predict(X[3:4]), atol=1e-9)


@every_kind
def test_complexity_is_a_positive_number_before_and_after(kind):
    model = PREDICTORS.load(kind).make(GENES, 0)
    assert model.complexity() > 0
    model.fit(X, Y)
    assert np.isfinite(model.complexity())
    assert model.complexity() > 0


@every_kind
def test_a_model_learns_what_it_can_express(kind):
    x = X**2 if kind in LINEAR else X
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


def test_expression_reads_what_is_not_read_as_zero():
    model = expression.make(GENES.replacing(expression=("add", "a", "unread")), 0)
    model.fit(X, X[:, :1])
    np.testing.assert_allclose(model.predict(X), X[:, :1], atol=1e-12)


def test_forests_differ_by_seed_and_grow_with_their_genes():
    assert (fitted("forest", seed=1).predict(X) != fitted("forest", seed=2).predict(X)).any()
    small = forest.make(GENES.replacing(forest_trees=5, forest_depth=2), 0)
    small.fit(X, Y)
    assert small.complexity() <= 1 + 5 * 7
    assert fitted("forest").complexity() > small.complexity()


def interaction(count, seed=5):
    """Draw records with signs a, b and the truth a * b, which no single column tells of."""
    x = np.random.default_rng(seed).choice([-1.0, 1.0], size=(count, 3))
    return x, (x[:, 0] * x[:, 1])[:, None]


@pytest.mark.parametrize("kind", ["rank", "ridge"])
def test_pairwise_sees_interactions_within_the_genome(kind):
    names = ("genome.0", "genome.1", "metric_last")
    x, y = interaction(40)
    new, truth = interaction(40, seed=6)

    def error(pairwise, columns):
        genes = GENES.replacing(pairwise=pairwise, columns=columns)
        model = PREDICTORS.load(kind).make(genes, 0)
        model.fit(x, y)
        return float(np.abs(model.predict(new) - truth).mean())

    assert error(True, names) < 0.1
    assert error(False, names) > 0.5
    assert error(True, ("genome.0", "a", "b")) > 0.5  # other parts are not multiplied


def test_pairwise_ridge_equals_the_textbook_on_written_out_products():
    model = ridge.make(GENES.replacing(ridge_penalty=2.0, pairwise=True, columns=()), 0)
    model.fit(X, Y)
    z = X - X.mean(axis=0)
    pairs = np.stack([z[:, i] * z[:, j] for i in range(3) for j in range(3)], axis=1)
    features = np.hstack([z, pairs / np.sqrt(z.var(axis=0).sum())])
    features -= features.mean(axis=0)
    gram = features.T @ features + 2.0 * np.eye(12)
    coefficients = np.linalg.solve(gram, features.T @ (Y - Y.mean(axis=0)))
    np.testing.assert_allclose(model.predict(X), features @ coefficients + Y.mean(axis=0))


def test_rank_minds_the_order_of_truths_alone_where_a_few_are_far_off():
    x = np.random.default_rng(1).normal(size=(50, 3))
    order = x[:, :1] + 0.5 * x[:, 1:2]
    genes = GENES.replacing(ridge_penalty=1.0)
    models = [PREDICTORS.load("rank").make(genes, 0) for _ in range(2)]
    models[0].fit(x, order)
    models[1].fit(x, np.exp(5.0 * order))
    ranks = [np.argsort(model.predict(x)[:, 0]) for model in models]
    np.testing.assert_array_equal(*ranks)


def test_a_process_predicts_what_it_saw_and_doubts_what_is_far():
    model = fitted("gaussian-process")
    np.testing.assert_allclose(model.predict(X), Y, atol=0.3)
    near, far = model.predict_std(X).mean(), model.predict_std(X + 5.0).mean()
    assert far > 2.0 * near


def test_a_process_calls_noise_noise():
    noise = np.random.default_rng(3).normal(size=(60, 1))
    model = fitted("gaussian-process", X, noise)
    assert model.predict(X).std() < 0.5 * noise.std()
    assert model.predict_std(X).mean() == pytest.approx(noise.std(), rel=0.2)


def test_the_nearest_decide_by_their_distance():
    x = np.array([[0.0], [1.0], [4.0], [9.0]])
    y = np.array([[0.0], [1.0], [2.0], [3.0]])
    model = nearest.make(GENES.replacing(neighbours=1, columns=("a",)), 0)
    model.fit(x, y)
    np.testing.assert_allclose(model.predict(np.array([[0.4], [8.0]])), [[0.0], [3.0]])
    np.testing.assert_allclose(model.predict_std(np.array([[0.4]])), [[0.0]])
    model = nearest.make(GENES.replacing(neighbours=2, columns=("a",)), 0)
    model.fit(x, y)
    np.testing.assert_allclose(model.predict(np.array([[0.5]])), [[0.5]])
    assert 0.0 < model.predict(np.array([[0.4]]))[0, 0] < 0.5


@pytest.mark.parametrize("epochs", [2, 3, 6])
def test_extrapolations_are_exact_for_their_own_law(epochs):
    laws = power_law.extrapolations(epochs)
    law = len(power_law.HORIZONS) * power_law.RATES.index(1.0) + power_law.HORIZONS.index(4.0)
    time = np.arange(1, epochs + 1)
    assert (0.9 - 0.5 / time) @ laws[:, law] == pytest.approx(0.9 - 0.5 / (4 * epochs))
    np.testing.assert_allclose(laws.sum(axis=0), 1.0)  # a flat curve stays flat


def test_power_law_reads_its_epochs_through_its_laws():
    curve = tuple(Epoch(e, 1.0, 1.0, 0.9 - 0.5 / e, 1.0, 1.0) for e in range(1, 9))
    history = History([Features("a", np.zeros(2), curve=curve)], ("accuracy",))
    names, x = power_law.see(history, FeatureSet(True, False, False, 4))
    assert names[:2] == ("genome.0", "genome.1")
    assert x.shape == (1, len(names))
    assert np.isclose(x, 0.9 - 0.5 / 128).any()  # the true law at the far horizon
    names, x = power_law.see(history, FeatureSet(True, False, False, 0))
    assert x.shape == (1, 2)
