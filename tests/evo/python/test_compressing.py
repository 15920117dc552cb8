"""`evo.compress`: a module of the caller's becomes smaller, and stays as it was itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import evo
from evo.record.given.kept import kept_given
from fitness.data.task_reference import TaskReference
from tests.command_line import answer
from tests.fitness.data.given.own_models import Net, make, rigid

TINY = {
    "generations": 1, "population": 4, "females": 3, "sons": 4, "daughters": 2, "stages": (1, 2),
    "runner": "serial",
}  # fmt: skip


def test_a_module_is_read_and_left_alone(tmp_path: Path) -> None:
    module = make().train()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    found = evo.compress(
        module, "digits", keep=("conv",), results=tmp_path, name="mine", progress=False, **TINY
    )
    assert module.training
    assert all(torch.equal(before[name], t) for name, t in module.state_dict().items())
    assert [site.name for site in kept_given(tmp_path / "mine").spec.sites] == ["stem"]
    front = found.front
    assert len(front)
    assert front["dense_parameters"].max() <= sum(p.numel() for p in module.parameters())
    resumed = evo.resume(found, generations=2, progress=False)  # the run has kept the network
    assert resumed.generations["generation"].max() == 2
    export = answer(tmp_path, "export", "./mine", "--output", "out")
    assert export.code == 0, export.err
    assert "the given network" in export.out


def test_with_a_task_object_the_task_knows_it(tmp_path: Path) -> None:
    task = TaskReference("digits").load()
    found = evo.compress(make(), task, results=tmp_path, name="mine", progress=False, **TINY)
    assert found.task is not None
    resumed = evo.resume(found, generations=2, task=found.task, progress=False)
    assert resumed.generations["generation"].max() == 2


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (3, "received a int as model, expected a torch.nn.Module"),
        (rigid(), "cannot read model Sequential: nothing of the model can be pruned"),
        (Net(11), r"model Net gives outputs of shape .11,."),
        ("nowhere:make", "there is no module 'nowhere'"),
    ],
)
def test_what_cannot_be_made_smaller_is_refused(
    tmp_path: Path, model: object, message: str
) -> None:
    with pytest.raises(evo.BadInput, match=message):
        evo.compress(model, "digits", results=tmp_path, progress=False, **TINY)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
