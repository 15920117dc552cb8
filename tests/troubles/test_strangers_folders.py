"""An exported folder of a stranger, cut short or made up: a clear error, or a network that runs.

Constants that are no numbers and inputs that read something ended in an internal error. And texts
of a user, as the names of classes, stand in the source that is written: they must stay texts.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from evo.cli.commands import app
from evo.cli.exits import scored
from evo.errors import BadInput
from evo.export.export_format import FORMATS
from evo.export.exported import plain_network
from evo.export.folder import write_export
from evo.export.rebuilding import load_export
from genomes.networks.network import Network
from tests.evo.export.test_model_source import imported
from tests.evo.exports import FACTS, exported, random_network
from tests.troubles.test_handing_on import NETWORKS

VALUES: list[Any] = [
    None, -1, 0, 1, 10**20, 1e308, float("nan"), True, "x", "", [], [[1]], {"a": 1}, [None], -0.5,
]  # fmt: skip
TRIED = 60  # damaged specs of each network
FILES = ("spec", "weights", "card")


def written(network: Network, folder: Path) -> dict[str, Any]:
    """Write the files that `evo evaluate` reads; return the spec."""
    whole = exported(plain_network(network))
    for name in FILES:
        FORMATS.load(name).write(whole, folder / FORMATS.load(name).FILE_NAME)
    spec: dict[str, Any] = json.loads((folder / "spec.json").read_text())
    return spec


def places(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    if isinstance(node, dict):
        for key, value in node.items():
            yield from places(value, (*at, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from places(value, (*at, number))


def damaged(spec: Any, at: tuple[Any, ...], value: Any) -> Any:
    if not at:
        return value
    found = copy.deepcopy(spec)
    parent = found
    for key in at[:-1]:
        parent = parent[key]
    parent[at[-1]] = value
    return found


@pytest.mark.slow
@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_a_spec_with_a_wrong_value_is_refused_or_runs(
    make: Callable[[], Network], tmp_path: Path
) -> None:
    spec, rng = written(make(), tmp_path), random.Random(1)
    every = list(places(spec))
    refused: list[str] = []
    for _ in range(TRIED):
        wrong = damaged(spec, rng.choice(every), rng.choice(VALUES))
        (tmp_path / "spec.json").write_text(json.dumps(wrong))
        try:
            network = load_export(tmp_path)
        except BadInput as error:
            refused.append(str(error))
            continue
        with torch.inference_mode():
            network(torch.zeros(1, *network.spec.input_shape))
    assert len(refused) > TRIED // 2
    assert all(str(tmp_path) in text for text in refused)


WRONG: list[tuple[tuple[Any, ...], Any, str]] = [
    (("nodes", 1, "attributes", "mean", 0), "x", "mean and std has to be a finite number"),
    (("nodes", 1, "attributes", "std", 1), [1], "mean and std has to be a finite number"),
    (("nodes", 1, "attributes", "mean", 0), float("inf"), "finite number"),
    (("nodes", 0, "inputs"), ["input"], "the first node reads nothing"),
]


@pytest.mark.parametrize(("at", "value", "message"), WRONG)
def test_values_that_came_through_before_are_named(
    at: tuple[Any, ...], value: Any, message: str, tmp_path: Path
) -> None:
    spec = written(random_network("mlp", 2), tmp_path)
    (tmp_path / "spec.json").write_text(json.dumps(damaged(spec, at, value)))
    with pytest.raises(BadInput, match=message):
        load_export(tmp_path)


@pytest.mark.parametrize("name", ["spec.json", "weights.safetensors", "card.json"])
def test_evaluate_of_a_file_cut_short_says_so_and_ends_with_2(name: str, tmp_path: Path) -> None:
    written(random_network("mlp", 2), tmp_path)
    whole = (tmp_path / name).read_bytes()
    for length in (0, 1, 7, 8, 9, len(whole) // 3, len(whole) // 2, len(whole) - 2):
        (tmp_path / name).write_bytes(whole[:length])
        end = CliRunner().invoke(app, ["evaluate", str(tmp_path)])
        assert isinstance(end.exception, Exception), length
        text, code = scored(end.exception)
        assert code == 2, (length, text)
        assert name in text, (length, text)


# -- a user's texts in what is written ------------------------------------------------------------

NAMES = (
    'x"""\nimport os; os.abort()\n"""',
    "back\\slash\\",
    "tab\tand\nline",
    "über",
    '"',
    "{curly} %s",
    "a|b",
    "\x1b[31mred",
)


def test_names_of_classes_stay_texts_in_every_file(tmp_path: Path) -> None:
    network = plain_network(random_network("mlp", 2))
    for number, labels in enumerate([NAMES[:3], NAMES[3:6], NAMES[5:8]]):
        folder = tmp_path / str(number)
        write_export(exported(network, 'npz:a"""b.npz', FACTS, labels), folder)
        source = (folder / "model.py").read_text(encoding="utf-8")
        module = imported(source)
        assert set(vars(module)) >= {"Network", "nn"}
        assert "os" not in vars(module)
        text = " ".join((module.__doc__ or "").split())
        for place, label in enumerate(labels):
            assert f"{place} {' '.join(label.split())}" in text
        assert source.replace("\n", "").isprintable()
        assert json.loads((folder / "spec.json").read_text())["class_names"] == list(labels)
        assert json.loads((folder / "card.json").read_text())["class_names"] == ", ".join(labels)
        assert load_export(folder).spec == network.spec


def test_names_stand_where_people_look(tmp_path: Path) -> None:
    network = plain_network(random_network("mlp", 2))
    write_export(exported(network, "flowers", FACTS, ("iris", "rose", "tulip")), tmp_path / "out")
    source = (tmp_path / "out" / "model.py").read_text()
    assert "\nOutput: (N, 3) logits.\nClasses: 0 iris, 1 rose, 2 tulip.\n\n    from" in source
    assert "The classes are: 0 iris, 1 rose, 2 tulip." in (tmp_path / "out/README.md").read_text()


def test_numbers_are_no_names(tmp_path: Path) -> None:
    network = plain_network(random_network("mlp", 2))
    write_export(exported(network, "digits", FACTS, ("0", "1", "2")), tmp_path / "out")
    assert "Classes:" not in (tmp_path / "out" / "model.py").read_text()
    assert "class_names" not in json.loads((tmp_path / "out" / "card.json").read_text())
