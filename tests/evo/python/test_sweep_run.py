"""`evo.sweep` from Python: what it returns, takes and refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evo
from fitness.targets.values import Values

pytestmark = pytest.mark.slow

TINY: dict[str, Any] = {
    "family": "mlp", "sparsity": [0.5, 0.9], "curves": ["linear"], "seeds": 2, "epochs": 1,
    "runner": "serial", "name": "s",
}  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tide() -> evo.Task:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 3)).astype(np.float32)
    y = 150 + 40 * x[:, 0]
    parts = [evo.Split(x[part], y[part]) for part in np.split(np.arange(120), [60, 90])]
    return evo.Task("tide", "height", Values(names=("height",)), *parts)


def test_it_returns_tables_figures_and_what_they_say(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    curve = evo.sweep("digits", **TINY)
    assert curve.folder == here / "results/s"
    assert curve.metric.name == "accuracy"
    assert list(curve.trainings["curve"]).count("linear") == 4
    assert list(curve.points["sparsity"]) == [0.0, 0.5, 0.9]
    assert curve.figure("difference").axes[0].get_xlabel() == "parameters pruned (%)"
    assert "On test data:" in repr(curve)
    assert "<svg" in curve._repr_html_()
    assert capsys.readouterr().out == ""  # neither a terminal nor a notebook
    with pytest.raises(evo.BadInput, match="unknown figure 'curve'"):
        curve.figure("curve")
    with pytest.raises(evo.BadInput, match=r"the same call of evo\.sweep goes on with it"):
        evo.resume("s")


def test_it_takes_data_in_memory_and_goes_on_with_more_seeds() -> None:
    task = tide()
    evo.sweep(task, **TINY)
    curve = evo.sweep(task, **{**TINY, "seeds": 3}, pins={})
    assert curve.metric.name == "r2"
    assert set(curve.points["seeds"]) == {3}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sparsity": [1.5]}, r"^received sparsity=1\.5, expected numbers from 0"),
        ({"sparsity": "half"}, "^received sparsity='half', expected"),
        ({"curves": ["cubik"]}, "Did you mean 'cubic'"),
        ({"seeds": 0}, "^received seeds=0, expected at least 1"),
        ({"seed": -1}, "^received seed=-1"),
        ({"sparsities": 1}, "unknown argument 'sparsities'. Did you mean 'sparsity'"),
        ({"generations": 3}, "unknown argument 'generations'"),
        ({"pins": {"pruning.curve": "step"}}, "received pins= pruning.curve: that is what"),
        ({"progress": "yes"}, "^received progress='yes'"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_argument(
    here: Path, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(evo.BadInput, match=message):
        evo.sweep("digits", **{**TINY, **arguments})
    assert list(here.iterdir()) == []
