"""What the command line says of data reaches the loader, of a run as of an export."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from evo.cli.data_options import OPTIONS, said
from evo.errors import BadInput
from evo.export.exported import plain_network
from evo.export.folder import write_export
from fitness.data.options import INFERRED, DataOptions
from genomes.graph.sketch import Sketch
from genomes.networks.network import build
from tests.command_line import typed
from tests.evo.exports import FACTS, exported
from tests.fitness.data.signals.sounds import make_folder


def test_options_are_those_of_a_run() -> None:
    assert said({"task": "digits", "target": None, "image_size": None}) == INFERRED
    parameters = {"target": "price, area", "sample_rate": 800, "exported": Path("x")}
    assert said(parameters) == DataOptions(target=("price", "area"), sample_rate=800)
    with pytest.raises(BadInput, match="signal-length: received 0, expected at least 1"):
        said({"signal_length": 0})


def test_an_export_is_measured_on_recordings_brought_to_its_length(tmp_path: Path) -> None:
    make_folder(tmp_path / "calls", "crow", "owl", "tit")
    sketch = Sketch((1, 30))
    x = sketch.add("conv", "conv", "input", out_channels=2, kernel=9, stride=1, bias=True)
    x = sketch.add("pool", "global_average_pool", x)
    sketch.add("logits", "linear", x, out_features=3, bias=True)
    network = plain_network(build(sketch.finish()).eval())
    plain = exported(network, "signals:calls", FACTS)
    write_export(plain, tmp_path / "out")
    asked = ("--task", "signals:calls")
    refused = typed(tmp_path, "evaluate", "out", *asked, code=2)
    assert "has (1, 40) and 3 classes. Options that say" in refused
    told = typed(tmp_path, "evaluate", "out", *asked, "--signal-length", "30")
    assert "on signals:calls, 29 parameters" in told
    # A card that knows the length says it itself, and an option goes before it.
    write_export(replace(plain, options=DataOptions(signal_length=30)), tmp_path / "knows")
    assert "on signals:calls, 29 parameters" in typed(tmp_path, "evaluate", "knows", *asked)
    other = typed(tmp_path, "evaluate", "knows", *asked, "--signal-length", "20", code=2)
    assert "has (1, 20) and 3 classes" in other


@pytest.mark.parametrize("command", ["run", "evaluate"])
def test_both_commands_take_every_option_of_data(command: str) -> None:
    spoken = {one.name for one in fields(DataOptions)} - {"columns"}  # a table in the config
    assert spoken == OPTIONS.keys()
    shown = typed(Path(), command, "--help")
    for name in spoken:
        assert f"--{name.replace('_', '-')} " in shown
    assert "What to learn" in shown or "Measure on this task" in shown  # its own are there, too
