"""`model.py`: the network as plain, readable torch code."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from safetensors.torch import load_file
from torch import nn

from evo.export.answer_source import answer_source
from evo.export.exported import Exported
from evo.export.formats import weights
from evo.export.model_source import model_source, reads_float64
from evo.export.picture_source import picture_source
from evo.export.row_source import row_source
from evo.version import VERSION
from fitness.data.task_names import own_name

FILE_NAME = "model.py"


def write(exported: Exported, path: Path) -> None:
    """Write the source, see `model_source`."""
    name, genome = own_name(exported.task), exported.facts["genome"]
    title = f"A network for the task {name}, genome {genome}, found by evo {VERSION}."
    target = exported.target
    source = model_source(
        exported.spec,
        title,
        exported.names,
        kind=target.kind,
        answers=target.answers,
        functions=_functions(exported),
    )
    path.write_text(source, encoding="utf-8")


def _functions(exported: Exported) -> str:
    """Return what leads from a user's data to the network and from its outputs to words."""
    rows = row_source(exported.columns, "float64" if reads_float64(exported.spec) else "float32")
    return rows + picture_source(exported.pictures) + answer_source(exported.target)


def program(path: Path) -> nn.Module:
    """Run the source, which evo itself wrote, with the weights beside it; never a stranger's."""
    module = ModuleType("model")
    exec(compile(path.read_text("utf-8"), path.name, "exec"), module.__dict__)
    network: nn.Module = module.Network()
    network.load_state_dict(load_file(path.parent / weights.FILE_NAME))
    return network.eval()
