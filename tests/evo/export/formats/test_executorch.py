"""The ExecuTorch program: every family computes the same, one example at a time."""

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("executorch", reason="pip install 'evo-nas[executorch]' brings it")

from evo.export.check import check_programs
from evo.export.exported import Exported, plain_network
from evo.export.formats import executorch as executorch_format
from genomes.networks.network import Network
from tests.evo.export.formats.test_onnx import EVERY
from tests.evo.exports import exported, random_network


def written(exported: Exported, folder: Path) -> Path:
    executorch_format.write(exported, folder / "model.pte")
    return folder / "model.pte"


@pytest.mark.slow
@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_executorch_computes_the_same(make: Callable[[], Network], tmp_path: Path) -> None:
    handed = exported(plain_network(make()))
    program = executorch_format.program(written(handed, tmp_path))
    check_programs(handed, {"model.pte": program})


def test_the_file_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    contents = written(exported(plain_network(random_network("mlp", 1))), tmp_path).read_bytes()
    assert str(Path.cwd()).encode() not in contents
    assert b".py" not in contents
