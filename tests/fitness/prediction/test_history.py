import math

import numpy as np
import pytest

from fitness.evaluation import Epoch
from fitness.prediction.features import Dossier, pedigree_names
from fitness.prediction.history import Archive, Watch, lined_up
from genomes.chromosomes.predictor import COST_TERMINALS, CURVE_TERMINALS

OUTCOMES = ("accuracy", "active_ratio")
CURVE = (Epoch(0, 1.0, 1.0, 0.5, 1.0, 1.0), Epoch(1, 1.0, 1.0, 0.7, 1.0, 1.0))


def dossier(identity="a", features=(1.0, 2.0), **parts):
    return Dossier(identity, np.array(features), **parts)


def test_a_matrix_holds_what_is_watched_in_the_named_columns():
    males = [dossier(costs={"log_flops": 5.0}, pedigree={"kin_max": 0.9}, curve=CURVE), dossier()]
    archive = Archive(males, OUTCOMES)
    watch = Watch(genome=True, costs=True, pedigree=True, epochs=1)
    names, matrix = archive.names(watch), archive.matrix(watch)
    expected = (*COST_TERMINALS, *pedigree_names(OUTCOMES), *CURVE_TERMINALS)
    assert names == ("genome.0", "genome.1", *expected)
    assert matrix.shape == (2, len(names))
    row = dict(zip(names, matrix[0], strict=True))
    assert (row["genome.1"], row["log_flops"], row["kin_max"]) == (2.0, 5.0, 0.9)
    assert row["metric_last"] == 0.5
    assert np.isnan(row["parents_mean"])
    assert np.isnan(matrix[1, 2:]).all()


def test_each_epoch_watched_has_its_own_summary():
    archive = Archive([dossier(curve=CURVE)], OUTCOMES)
    last = [archive.matrix(Watch(False, False, False, epochs))[0, 0] for epochs in (1, 2, 3)]
    assert last == [0.5, 0.7, 0.7]


def test_matrices_are_built_once():
    archive = Archive([dossier()], OUTCOMES)
    watch = Watch(True, True, False, 0)
    assert archive.matrix(watch) is archive.matrix(Watch(True, True, False, 0))


def test_an_empty_archive_has_empty_matrices():
    archive = Archive([], OUTCOMES)
    assert len(archive) == 0
    assert archive.matrix(Watch(True, True, True, 2)).shape[0] == 0


def test_dossiers_of_different_encodings_are_refused():
    with pytest.raises(ValueError, match=r"\[1, 2\] genome features"):
        Archive([dossier(), dossier(features=(1.0,))], OUTCOMES)


def test_further_costs_and_what_juveniles_showed_are_columns_of_their_own():
    features = np.zeros(1)
    archive = Archive(
        [
            Dossier("a", features, {"size": math.e - 1}, shown={"norm": 2.0}),
            Dossier("b", features, shown={"noise": -1.0}),
        ],
        ("accuracy",),
    )
    watch = Watch(genome=False, costs=True, pedigree=False, epochs=2, shown=True)
    table = dict(zip(archive.names(watch), archive.matrix(watch).T.tolist(), strict=True))
    assert table["cost.size"] == pytest.approx([1.0, math.nan], nan_ok=True)
    assert table["shown.norm"] == pytest.approx([2.0, math.nan], nan_ok=True)
    assert table["shown.noise"] == pytest.approx([math.nan, -1.0], nan_ok=True)
    for blind in (Watch(False, False, True, epochs=0), Watch(False, True, False, epochs=2)):
        assert not [name for name in archive.names(blind) if name.startswith("shown.")]
    alone = Watch(False, False, False, epochs=0, shown=True)
    assert archive.names(alone) == ("shown.noise", "shown.norm")
    assert archive.matrix(alone).shape == (2, 2)


def test_columns_that_not_every_dossier_has_are_lined_up_by_name():
    watch = Watch(genome=False, costs=False, pedigree=False, epochs=1, shown=True)
    learnt = Archive([Dossier("a", np.zeros(1), shown={"x": 1.0, "y": 2.0})], ("accuracy",))
    asked = Archive([Dossier("b", np.zeros(1), shown={"y": 3.0, "z": 4.0})], ("accuracy",))
    names = learnt.names(watch)
    row = lined_up(asked.names(watch), asked.matrix(watch), names)[0]
    found = dict(zip(names, row, strict=True))
    assert found["shown.y"] == 3.0
    assert math.isnan(found["shown.x"])
    assert len(row) == len(names)
    with pytest.raises(ValueError, match="other columns than those learnt from"):
        lined_up(names[1:], learnt.matrix(watch)[:, 1:], names)
