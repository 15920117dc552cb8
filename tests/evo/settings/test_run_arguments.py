"""Arguments of `evo.run`: what becomes of them, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
from deap import tools

from evo.errors import BadInput
from evo.settings.config import RunConfig
from evo.settings.places import PLACES
from evo.settings.run_arguments import PlaceArguments, RunArguments, as_arguments, config_of


def test_every_setting_of_a_run_is_an_argument() -> None:
    assert set(get_type_hints(RunArguments)) == set(RunConfig.model_fields) - {
        "task", "evo_version",
    }  # fmt: skip
    assert set(get_type_hints(PlaceArguments)) == set(PLACES)


def test_arguments_are_read_as_people_write_them() -> None:
    config = config_of(
        {
            "population": np.int64(8),
            "objectives": ["accuracy", "flops"],
            "results": Path("there"),
            "pins": {"training": {"optimizer": "adamw"}, "architecture.width": np.array([4, 8])},
            "generations": None,
            "operators": {"survive": tools.selSPEA2, "mate": "my.operators:mate"},
        }
    )
    assert config.operators == {"survive": "deap.tools.emo:selSPEA2", "mate": "my.operators:mate"}
    assert (config.population, config.objectives) == (8, ("accuracy", "flops"))
    assert (config.results, config.generations) == ("there", None)
    assert config.pins == {"training.optimizer": "adamw", "architecture.width": [4, 8]}


def test_a_files_settings_stand_behind_the_arguments(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('seed = 3\npopulation = 9\ntask = "xor"\n[pins]\na = 1\nb = 2\n')
    config = config_of({"generations": None, "population": 5, "pins": {"b": 3}}, file)
    assert (config.task, config.seed, config.population) == ("xor", 3, 5)
    assert config.pins == {"a": 1, "b": 3}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"generations": 0}, "received generations=0, expected at least 1"),
        ({"seed": None}, "received seed=None, expected a whole number"),
        ({"objectives": "accuracy"}, "received objectives='accuracy', expected a list"),
        ({"runner": "slurm"}, "received runner='slurm', expected one of 'ray' or 'serial'"),
        ({"batch_sizes": [1, 8]}, "received batch_sizes.0=1, expected at least 2"),
        ({"pins": 3}, "received pins=3 of type int, expected a mapping"),
        ({"operators": {"survive": 1}}, "received operators.survive=1, expected a text"),
        (
            {"operators": {"survive": lambda individuals, k: individuals}},
            "received operators={'su",
        ),
        ({"generation": 3}, "unknown argument 'generation'. Did you mean 'generations'?"),
        ({"evo_version": "0"}, "unknown argument 'evo_version'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput) as caught:
        config_of(arguments)
    assert message in str(caught.value)


def test_messages_of_the_command_line_speak_of_arguments() -> None:
    assert as_arguments("choose another --name or --results") == "choose another name= or results="
    assert as_arguments("received --max-flops 3, but") == "received max_flops=3, but"
    assert as_arguments("--plugin x: cannot import it") == "plugins= x: cannot import it"
    command = "go on with `evo resume a --generations 3`"
    assert as_arguments(command) == command
    assert as_arguments("go on: `evo resume mine`") == 'go on: `evo.resume("mine")`'
