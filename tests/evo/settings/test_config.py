"""Config: precedence, one clear message per problem, and config.toml that starts the same run."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evo.errors import BadInput
from evo.settings.config import RunConfig, build, load_toml, located, parse_pin, resolve, to_toml
from fitness.data.task import SearchDefaults, Split, Task
from fitness.data.text.vocabulary import Vocabulary
from fitness.targets.classes import Classes
from fitness.targets.next_token import NextToken
from genomes.chromosomes.mechanism_registry import MECHANISMS, usual


def tiny_task(defaults: SearchDefaults | None = None, name: str = "tiny") -> Task:
    split = Split(np.zeros((4, 1, 2, 2), np.float32), np.array([0, 1, 0, 1], np.int64))
    return Task(
        name, "four images", Classes(2), split, split, split, defaults=defaults or SearchDefaults()
    )


def message(values: dict[str, Any], options: dict[str, Any] | None = None) -> str:
    with pytest.raises(BadInput) as caught:
        build(values, options, "evo.toml")
    return str(caught.value)


def test_command_line_beats_file_beats_task() -> None:
    config = build({"population": 8, "females": 6}, {"population": 10, "females": None})
    resolved = resolve(config, tiny_task(SearchDefaults(population=40, females=30, sons=7)))
    assert (resolved.population, resolved.females, resolved.sons) == (10, 6, 7)


def test_pins_of_file_and_command_line_are_merged_by_gene() -> None:
    file_values = {"pins": {"training": {"optimizer": "sgd", "batch_size": 32}}}
    config = build(file_values, {"pins": {"training.optimizer": "adamw"}})
    assert config.pins == {"training.optimizer": "adamw", "training.batch_size": 32}


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ({"popultion": 8}, ["unknown key 'popultion'", "Did you mean 'population'", "females"]),
        ({"population": "8"}, ["population: received '8'", "a whole number"]),
        ({"population": True}, ["received True", "a whole number"]),
        ({"population": 3}, ["received 3", "at least 4", "nothing to choose"]),
        ({"females": 0}, ["received 0", "at least 2", "predictors"]),
        ({"generations": 0}, ["generations: received 0", "at least 1"]),
        ({"budget_epochs": -5}, ["received -5", "at least 1"]),
        ({"max_minutes": 0}, ["received 0", "more than 0"]),
        ({"max_minutes": float("nan")}, ["max_minutes", "received nan"]),
        ({"seed": -1}, ["received -1", "at least 0"]),
        ({"device": "gpu"}, ["received 'gpu'", "'auto', 'cpu' or 'cuda'"]),
        ({"precision": "float8"}, ["received 'float8'", "'float32' or 'bfloat16'"]),
        ({"objectives": "accuracy"}, ["objectives: received 'accuracy'", "a list"]),
        ({"objectives": ["accuracy", "accuracy"]}, ["different objectives"]),
        ({"name": "../up"}, ["received '../up'", "plain folder name"]),
        ({"promoted_share": 1.5}, ["received 1.5", "at most 1"]),
        ({"juvenile_epochs": 8, "adult_epochs": 8}, ["fewer juvenile than adult epochs"]),
        ({"stages": [1, 3, 3]}, ["stages: received [1, 3, 3], expected rising numbers"]),
        ({"stages": [0, 3]}, ["received [0, 3], expected rising numbers of epochs from 1"]),
        ({"stages": []}, ["received [], expected rising"]),
        ({"stages": [1, 2.5]}, ["received 2.5, expected a whole number"]),
        ({"stages": [True, 3]}, ["received True, expected a whole number"]),
        ({"stages": 20}, ["stages: received 20, expected a list"]),
        (
            {"stages": [1, 8, 20], "juvenile_epochs": 3, "adult_epochs": 20},
            ["stages are 1, 8, 20 and juvenile_epochs is 3: they disagree; give stages alone"],
        ),
        (
            {"stages": [20], "juvenile_epochs": 3, "adult_epochs": 30},
            ["stages are 20 and juvenile_epochs is 3 and adult_epochs is 30"],
        ),
    ],
)
def test_problems_say_key_value_and_what_is_allowed(
    values: dict[str, Any], parts: list[str]
) -> None:
    text = message(values)
    assert text.startswith("evo.toml: ")
    for part in parts:
        assert part in text


def test_workers_and_address_have_a_word_for_none_which_wins_over_a_file() -> None:
    file_values = {"workers": 3, "address": "host:1"}
    here = build(file_values, {"workers": "auto", "address": "local"})
    assert (here.workers, here.address) == (None, None)
    assert build(file_values, {"workers": "2"}).workers == 2
    assert build({"workers": "auto", "address": "local"}) == build({})
    assert "--workers: received '2.5', expected auto or a whole number" in message(
        {}, {"workers": "2.5"}
    )
    assert "--workers: received -1, expected at least 1" in message({}, {"workers": "-1"})


def test_a_problem_of_the_command_line_names_the_option() -> None:
    text = message({}, {"juvenile_epochs": 0, "females": 1})
    assert "--juvenile-epochs: received 0, expected at least 1" in text
    assert "--females: received 1" in text
    assert "evo.toml" not in text


def test_every_problem_gets_its_line() -> None:
    assert len(message({"population": 1, "seed": -1, "typo": 1}).splitlines()) == 3


def test_task_defaults_that_do_not_fit_are_refused() -> None:
    config = build({"juvenile_epochs": 30})
    with pytest.raises(BadInput, match="juvenile_epochs is 30 and adult_epochs is 24"):
        resolve(config, tiny_task(SearchDefaults(stages=(4, 24))))


def test_stages_are_said_as_such_or_by_two_names() -> None:
    task = tiny_task(SearchDefaults(stages=(4, 24)))

    def stages(**values: Any) -> tuple[int, ...] | None:
        return resolve(build(values), task).stages

    assert stages() == (4, 24)
    assert stages(stages=[1, 3, 9]) == stages(stages="1,3,9", juvenile_epochs=1) == (1, 3, 9)
    assert stages(stages=[7]) == (7,)
    assert stages(juvenile_epochs=2) == (2, 24)
    assert stages(adult_epochs=9) == (4, 9)
    assert resolve(build({"juvenile_epochs": 2, "adult_epochs": 9}), task).adult_epochs is None


def test_options_for_stages_win_over_a_file_in_whichever_words() -> None:
    two = {"stages": [3, 20]}
    assert build(two, {"adult_epochs": 30}) == build({"juvenile_epochs": 3, "adult_epochs": 30})
    words = {"juvenile_epochs": 3, "adult_epochs": 20}
    assert build(words, {"stages": "1,3,9"}) == build({"stages": [1, 3, 9]})
    assert "stages are 1, 3, 9 and adult_epochs is 30" in message(
        {"stages": [1, 3, 9]}, {"adult_epochs": 30}
    )
    assert "--stages: received '1;3', expected whole numbers of epochs with commas" in message(
        {}, {"stages": "1;3"}
    )


def test_a_strategy_that_decides_once_gets_the_first_and_the_last_stage_of_a_task() -> None:
    task = tiny_task(SearchDefaults(stages=(1, 3, 9)))
    assert resolve(build({"strategy": "nsga2"}), task).stages == (1, 9)
    assert resolve(build({"strategy": "gendered"}), task).stages == (1, 3, 9)
    with pytest.raises(
        BadInput, match=r"nsga2 decides nothing after the stages 1, 2, 9.*gendered"
    ):
        resolve(build({"strategy": "nsga2", "stages": [1, 2, 9]}), task)


def test_resolved_config_is_complete_and_re_runnable(tmp_path: Path) -> None:
    task = tiny_task()
    resolved = resolve(build({"seed": 7}, {"pins": {"training.optimizer": "adamw"}}), task)
    file = tmp_path / "config.toml"
    file.write_text(to_toml(resolved), encoding="utf-8")
    again = load_toml(file)
    assert again == resolved
    assert resolve(again, task) == resolved
    unset = {k for k, v in resolved.model_dump().items() if v is None}
    assert unset == {
        "data_dir", "juvenile_epochs", "adult_epochs", "budget_epochs", "max_minutes",
        "workers", "address", "name", "warm_start",
        "reference_point", "max_bytes", "storage", "ensemble_members", "group", "time",
        "target_kind", "image_size", "image_fit", "skip_unreadable", "signal_length",
        "sample_rate", "tokens", "vocabulary_size", "window", "model", "weights",
        "epoch_examples", "loss", "kept_model",
    }  # fmt: skip


def test_mechanisms_are_names_all_or_none() -> None:
    task = tiny_task()
    assert resolve(build({}), task).mechanisms == usual()
    assert resolve(build({"mechanisms": ["none"]}), task).mechanisms == ()
    assert resolve(build({"mechanisms": ["all"]}), task).mechanisms == tuple(MECHANISMS.names())
    with pytest.raises(ValueError, match="unknown mechanism 'mark'"):
        resolve(build({"mechanisms": ["mark"]}), task)


def test_what_sees_whole_inputs_is_left_out_where_each_position_is_asked() -> None:
    split = Split(np.zeros((4, 3), np.uint8), np.ones((4, 3), np.int32))
    target = NextToken(Vocabulary("character", (b"a", b"b")))
    task = Task("text", "four windows", target, split, split, split, tokens=2)
    everything = resolve(build({"mechanisms": ["all"]}), task).mechanisms
    assert set(MECHANISMS.names()) - set(everything) == {"contextual-masks"}
    assert resolve(build({"mechanisms": list(everything)}), task).mechanisms == everything
    with pytest.raises(BadInput, match="mechanism contextual-masks, which looks at the whole"):
        resolve(build({"mechanisms": ["contextual-masks"]}), task)


def test_other_data_of_the_same_name_are_noticed() -> None:
    config = resolve(build({}), tiny_task())
    with pytest.raises(BadInput, match="fingerprint"):
        resolve(config, tiny_task(name="other"))


def test_vectors_are_for_the_family_mlp() -> None:
    split = Split(np.zeros((4, 3), np.float32), np.array([0, 1, 0, 1], np.int64))
    vectors = Task("vectors", "four rows", Classes(2), split, split, split)
    assert resolve(build({}), vectors).family == "mlp"
    assert resolve(build({}), tiny_task()).family == "cnn"


def test_signals_are_for_the_family_cnn1d_unless_another_is_named() -> None:
    split = Split(np.zeros((4, 3), np.float32), np.array([0, 1, 0, 1], np.int64), kind="signals")
    signals = Task("signals", "four of them", Classes(2), split, split, split)
    assert resolve(build({}), signals).family == "cnn1d"
    assert resolve(build({"family": "mlp"}), signals).family == "mlp"


def test_one_column_is_named_as_it_is_or_in_a_list() -> None:
    assert build({"target": "price"}).target == build({"target": ["price"]}).target == ("price",)


def test_relative_paths_become_absolute() -> None:
    resolved = located(build({"data_dir": "data", "task": "npz:mine.npz"}))
    assert resolved.data_dir == str(Path("data").absolute())
    assert resolved.task == f"npz:{Path('mine.npz').absolute()}"


@pytest.mark.parametrize(
    ("text", "part"),
    [("population = = 3", "not valid TOML"), ("population = '3'", "a whole number")],
)
def test_files_that_cannot_be_read_name_the_file(tmp_path: Path, text: str, part: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text)
    with pytest.raises(BadInput, match=part) as caught:
        load_toml(file)
    assert str(file) in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no config file"):
        load_toml(tmp_path / "none.toml")
    with pytest.raises(BadInput, match="is a folder"):
        load_toml(tmp_path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("training.optimizer=adamw", "adamw"),
        ("pruning.final_sparsity=0", 0),
        ("training.learning_rate=1e-2", 0.01),
        ("training.batch_size=[32, 64]", [32, 64]),
        ("predictor.reads_curve=true", True),
        ("training.schedule = 'one-cycle'", "one-cycle"),
        ("training.schedule=one-cycle", "one-cycle"),
        ("a=1979-05-27", "1979-05-27"),
        ("a=b=c", "b=c"),
    ],
)
def test_pin_values_are_read_as_toml_else_as_words(text: str, value: Any) -> None:
    gene, read = parse_pin(text)
    assert gene == text.split("=")[0].strip()
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("text", ["training.optimizer", "=adamw", "training.optimizer="])
def test_a_pin_without_gene_or_value_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="expected GENE=VALUE"):
        parse_pin(text)


simple = st.one_of(
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=8),
)
names = st.from_regex(r"[a-z]{1,6}(\.[a-z_]{1,6}){0,2}", fullmatch=True)


@given(pins=st.dictionaries(names, simple | st.lists(simple, max_size=3), max_size=4))
def test_pins_survive_the_file(pins: dict[str, Any]) -> None:
    config = RunConfig(pins=pins)
    read = build(tomllib.loads(to_toml(config)))
    assert read.pins == config.pins


def test_the_config_of_a_search_of_a_function_says_how_to_continue_it(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text('problem = "function"\n')
    with pytest.raises(
        BadInput, match=r"`evo resume` or the same call of evo\.search continues it"
    ):
        load_toml(path)


@pytest.mark.parametrize(("asked", "expected"), [("auto", "auto"), ("0.25", 0.25), (2, 2.0)])
def test_a_share_of_a_gpu_is_a_number_or_auto(asked: Any, expected: Any) -> None:
    config = build({}, {"gpus_per_worker": asked})
    assert config.gpus_per_worker == expected
    assert build(tomllib.loads(to_toml(config))).gpus_per_worker == expected
    with pytest.raises(BadInput, match="expected auto, a share from 0 to 1, or a whole number"):
        build({}, {"gpus_per_worker": "half"})
