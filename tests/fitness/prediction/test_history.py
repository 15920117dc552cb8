import math

import numpy as np
import pytest

from fitness.evaluation import Epoch
from fitness.prediction.features import Features, pedigree_names
from fitness.prediction.history import FeatureSet, History, lined_up
from genomes.chromosomes.predictor import COST_TERMINALS, CURVE_TERMINALS

OUTCOMES = ("accuracy", "active_ratio")
CURVE = (Epoch(0, 1.0, 1.0, 0.5, 1.0, 1.0), Epoch(1, 1.0, 1.0, 0.7, 1.0, 1.0))


def features(identity="a", features=(1.0, 2.0), **parts):
    return Features(identity, np.array(features), **parts)


def test_a_matrix_holds_what_is_read_in_the_named_columns():
    males = [
        features(costs={"log_flops": 5.0}, pedigree={"kin_max": 0.9}, curve=CURVE),
        features(),
    ]
    history = History(males, OUTCOMES)
    feature_set = FeatureSet(genome=True, costs=True, pedigree=True, epochs=1)
    names, matrix = history.names(feature_set), history.matrix(feature_set)
    expected = (*COST_TERMINALS, *pedigree_names(OUTCOMES), *CURVE_TERMINALS)
    assert names == ("genome.0", "genome.1", *expected)
    assert matrix.shape == (2, len(names))
    row = dict(zip(names, matrix[0], strict=True))
    assert (row["genome.1"], row["log_flops"], row["kin_max"]) == (2.0, 5.0, 0.9)
    assert row["metric_last"] == 0.5
    assert np.isnan(row["parents_mean"])
    assert np.isnan(matrix[1, 2:]).all()


def test_each_number_of_epochs_read_has_its_own_summary():
    history = History([features(curve=CURVE)], OUTCOMES)
    last = [history.matrix(FeatureSet(False, False, False, epochs))[0, 0] for epochs in (1, 2, 3)]
    assert last == [0.5, 0.7, 0.7]


def test_what_is_ignored_by_name_is_not_read():
    encoded = ("stages.length", "stages.0.width", "stages.0.width.square", "optimizer=adamw")
    pedigree = {"parents_mean": 0.5, "parents_mean.active_ratio": 0.1}
    male = features(features=(1.0, 2.0, 3.0, 4.0), pedigree=pedigree, curve=CURVE)
    history = History([male], OUTCOMES, encoded)
    ignored = frozenset({"stages.width", "parents_mean", "metric_slope", "log_flops"})
    feature_set = FeatureSet(True, True, True, 1, ignored=ignored)
    names, matrix = history.names(feature_set), history.matrix(feature_set)
    assert names[:2] == ("genome.stages.length", "genome.optimizer=adamw")
    assert matrix.shape == (1, len(names))
    assert matrix[0, :2].tolist() == [1.0, 4.0]
    whole = set(history.names(FeatureSet(True, True, True, 1)))
    assert whole - set(names) == {
        "genome.stages.0.width", "genome.stages.0.width.square", "parents_mean",
        "parents_mean.active_ratio", "metric_slope", "log_flops",
    }  # fmt: skip


def test_matrices_are_built_once():
    history = History([features()], OUTCOMES)
    feature_set = FeatureSet(True, True, False, 0)
    assert history.matrix(feature_set) is history.matrix(FeatureSet(True, True, False, 0))


def test_an_empty_history_has_empty_matrices():
    history = History([], OUTCOMES)
    assert len(history) == 0
    assert history.matrix(FeatureSet(True, True, True, 2)).shape[0] == 0


def test_features_of_different_encodings_are_refused():
    with pytest.raises(ValueError, match=r"\[1, 2\] genome features"):
        History([features(), features(features=(1.0,))], OUTCOMES)


def test_further_costs_and_what_juveniles_showed_are_columns_of_their_own():
    features = np.zeros(1)
    history = History(
        [
            Features("a", features, {"size": math.e - 1}, shown={"norm": 2.0}),
            Features("b", features, shown={"noise": -1.0}),
        ],
        ("accuracy",),
    )
    feature_set = FeatureSet(genome=False, costs=True, pedigree=False, epochs=2, shown=True)
    table = dict(
        zip(history.names(feature_set), history.matrix(feature_set).T.tolist(), strict=True)
    )
    assert table["cost.size"] == pytest.approx([1.0, math.nan], nan_ok=True)
    assert table["shown.norm"] == pytest.approx([2.0, math.nan], nan_ok=True)
    assert table["shown.noise"] == pytest.approx([math.nan, -1.0], nan_ok=True)
    for blind in (
        FeatureSet(False, False, True, epochs=0),
        FeatureSet(False, True, False, epochs=2),
    ):
        assert not [name for name in history.names(blind) if name.startswith("shown.")]
    alone = FeatureSet(False, False, False, epochs=0, shown=True)
    assert history.names(alone) == ("shown.noise", "shown.norm")
    assert history.matrix(alone).shape == (2, 2)


def test_columns_that_not_every_male_has_are_lined_up_by_name():
    feature_set = FeatureSet(genome=False, costs=False, pedigree=False, epochs=1, shown=True)
    learnt = History([Features("a", np.zeros(1), shown={"x": 1.0, "y": 2.0})], ("accuracy",))
    asked = History([Features("b", np.zeros(1), shown={"y": 3.0, "z": 4.0})], ("accuracy",))
    names = learnt.names(feature_set)
    row = lined_up(asked.names(feature_set), asked.matrix(feature_set), names)[0]
    found = dict(zip(names, row, strict=True))
    assert found["shown.y"] == 3.0
    assert math.isnan(found["shown.x"])
    assert len(row) == len(names)
    with pytest.raises(ValueError, match="other columns than those learnt from"):
        lined_up(names[1:], learnt.matrix(feature_set)[:, 1:], names)
