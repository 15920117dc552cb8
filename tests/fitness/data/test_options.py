"""Options of data: what was said is known, and what a task does not take is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fitness.data.arrays import UnusableData
from fitness.data.loader import LOADERS, loader, loader_of
from fitness.data.options import INFERRED, DataOptions
from fitness.data.task_reference import TaskReference


def test_what_was_said_is_told_by_name() -> None:
    assert INFERRED.given() == {}
    said = DataOptions(target=("price",), columns={"zip": "category"})
    assert said.given() == {"target": ("price",), "columns": {"zip": "category"}}


def test_tasks_refuse_what_they_do_not_take(tmp_path: Path) -> None:
    with pytest.raises(UnusableData, match=r"'digits' takes no option group.*: none"):
        TaskReference("digits", options=DataOptions(group="site")).load()
    np.savez(tmp_path / "mine.npz", x=np.arange(80.0).reshape(40, 2), y=[0, 1] * 20)
    with pytest.raises(UnusableData, match=r"no option target; .*: target_kind"):
        TaskReference(f"npz:{tmp_path}/mine.npz", options=DataOptions(target=("y",))).load()


def test_the_kind_of_target_can_be_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", x=np.arange(80.0).reshape(40, 2), y=[0, 1] * 20)
    name = f"npz:{tmp_path}/mine.npz"
    assert TaskReference(name).load().target.kind == "classes"
    said = TaskReference(name, options=DataOptions(target_kind="values")).load()
    assert said.target.kind == "values"
    with pytest.raises(UnusableData, match="Did you mean 'values'"):
        TaskReference(name, options=DataOptions(target_kind="value")).load()


@pytest.mark.parametrize("name", LOADERS.names())
def test_each_loader_keeps_the_contract(name: str) -> None:
    module = loader(name)
    assert module.EXAMPLE.startswith(f"{name}:")
    assert loader_of(module.EXAMPLE) == name
    assert module.DESCRIPTION.endswith(".")
    assert set(DataOptions.__dataclass_fields__) >= module.OPTIONS
    gone = Path("no/such/file")
    with pytest.raises(FileNotFoundError, match="no/such/file"):
        module.load(gone, INFERRED)
