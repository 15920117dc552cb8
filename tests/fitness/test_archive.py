import numpy as np
import pytest

from fitness.archive import Archive, Watch
from fitness.dossier import Dossier, pedigree_names
from fitness.evaluation import Epoch
from genomes.predictor import COST_TERMINALS, CURVE_TERMINALS

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
