"""How often trainings that only their seed tells apart give different answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from evo.export.export_network import export_network
from evo.export.retrain import retrain
from evo.export.retrained import Retrained
from evo.findings.choice import Demand
from evo.record.run_folder import RunFolder
from evo.running.session import start
from evo.settings.config import build
from evo.stress.between_seeds import Trainings, between_seeds, in_words, kept_trainings
from evo.stress.session import Request, carry_out
from evo.stress.stress_data import StressData
from evo.stress.subjects import Subject
from evo.stress.verdict import verdict
from evo.terminal.stress import stress_lines
from fitness.data.split import Split
from fitness.metric import Metric
from fitness.stress.input_facts import facts_of
from fitness.targets.classes import Classes
from genomes.graph.sketch import Sketch
from tests.evo.points import enter
from tests.evo.running.test_session import Witness


class Saying:
    """A network that answers the class of each example by a list."""

    def __init__(self, classes: Sequence[int]) -> None:
        self.classes = classes
        sketch = Sketch((1,))
        sketch.add("logits", "linear", "input", out_features=3, bias=True)
        self.spec = sketch.finish()  # says how much it takes

    def __call__(self, x: Tensor) -> Tensor:
        return torch.nn.functional.one_hot(torch.tensor(self.classes), 3)[x[:, 0].long()].float()


def saying(name: str, *classes: int) -> Subject:
    return Subject(name, Saying(classes))  # type: ignore[arg-type]


def test_a_manner_in_words() -> None:
    row = Retrained("m1", 12, 1, "k", "ok")
    assert in_words(row) == "12 epochs"
    taught = Retrained(
        "m1", 12, 1, "k", "ok", refit=True, average="ema", generation=1, teacher="best",
        temperature=2.0, teaching_weight=0.5,
    )  # fmt: skip
    assert in_words(taught) == "12 epochs, refit, ema, taught by best (T 2, W 0.5)"


def test_answers_are_compared_pair_by_pair() -> None:
    x, y = np.arange(4.0, dtype=np.float32).reshape(4, 1), np.array([0, 1, 2, 0])
    data = StressData(
        "t", "test", Split(x, y), 4, facts_of(x), Classes(3), Metric.load("accuracy")
    )
    networks = (saying("a", 0, 1, 2, 0), saying("b", 0, 1, 2, 1), saying("c", 1, 2, 2, 0))
    table = between_seeds([Trainings("12 epochs", networks)], saying("exported", 0, 1, 2, 0), data)
    (row,) = table.to_dict("records")
    assert (row["manner"], row["seeds"]) == ("12 epochs", 3)
    assert row["differing"] == pytest.approx((1 + 2 + 3) / 12)  # of a b, a c, b c
    assert row["most"] == 0.75
    assert row["from_export"] == pytest.approx((0 + 1 + 2) / 12)
    assert row["accuracy"] == pytest.approx((1 + 0.75 + 0.5) / 3)
    assert row["deviation"] == pytest.approx(0.25)
    with pytest.raises(ValueError, match="received 1 networks, expected at least 2"):
        Trainings("12 epochs", networks[:1])


@pytest.mark.slow
def test_what_evo_retrain_kept_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(tmp_path, monkeypatch)
    values = {
        "task": "npz:points.npz", "runner": "serial", "generations": 1, "population": 4,
        "adult_epochs": 2, "juvenile_epochs": 1, "strategy": "nsga2",
    }  # fmt: skip
    run = RunFolder(start(build(values), Witness()).folder)
    exported = export_network(run, None, Demand(), tmp_path / "exported")
    genome = str(exported.card["genome"])
    request = Request(exported.folder, "npz:points.npz", run=run)
    retrain(run, genome, seeds=1)
    assert kept_trainings(run, genome) == []
    report = carry_out(request)
    assert "between_seeds" not in report.tables
    command = f"evo retrain {run.path.name} --genome {genome} --seeds 3"
    assert any(command in note for note in report.notes)
    rows = retrain(run, genome, seeds=3).rows
    retrain(run, genome, seeds=2, refit=True)
    report = carry_out(request)
    table = report.tables["between_seeds"]
    assert list(table["manner"]) == ["2 epochs", "2 epochs, refit"]
    assert list(table["seeds"]) == [3, 2]
    assert table["accuracy"].iloc[0] == pytest.approx(np.mean([row.test for row in rows]))
    assert ((table["most"] >= table["differing"]) & (table["differing"] >= 0)).all()
    lines = "\n".join(stress_lines("out", report))
    assert "answers that differ between seeds" in lines
    assert "Trained again under 3 seeds (2 epochs), two of its trainings" in " ".join(
        verdict(report)
    )
    written = {path.name for path in report.save(tmp_path / "out", "points")}
    assert "between_seeds.csv" in written
