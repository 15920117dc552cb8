"""Names in texts that do not exist: what help, templates and documents name has to be there.

A template offered a strategy in a spelling that no run takes, a prompt told to install a
distribution that no package index has, and options did not say what they may be given.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from evo.cli import names
from evo.cli.commands import app
from evo.engine.logger import LOGGERS
from evo.settings import config
from evo.strategy import STRATEGIES
from evo.template.folder import write_template
from fitness.data.task_names import TASKS
from fitness.objective import Objective, objective_names
from fitness.training.sample_batch import PROXIES
from genomes.chromosomes.mechanism_registry import MECHANISMS, chosen
from genomes.chromosomes.space import FAMILIES, network_space
from genomes.graph.interface import Interface

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = [*DOCUMENTS, *sorted((ROOT / "evo" / "template" / "files").glob("*.[pj]*"))]
FOREIGN = {  # options of other programs, and of benchmarks and experiment.py
    "--asked", "--backend-store-uri", "--bleu", "--cache", "--designs", "--epoch-windows",
    "--equal-flops", "--language", "--logdir", "--methods", "--networks", "--out",
    "--problems", "--quick", "--restoring", "--runs", "--steps", "--tables", "--tasks",
    "--tmux", "--uses", "--working-dir",
}  # fmt: skip
REGISTERED = {
    "families": FAMILIES.names(),
    "loggers": LOGGERS.names(),
    "mechanisms": MECHANISMS.names(),
    "objectives": objective_names(),
    "proxies": PROXIES.names(),
    "strategies": STRATEGIES.names(),
    "tasks": TASKS.names(),
}
MARK = re.compile(r"\{[a-z]")  # {RUN} is how an argument is written
LISTED = [
    ("run", ["families", "loggers", "mechanisms", "objectives", "proxies", "strategies", "tasks"]),
    ("resume", ["loggers"]),
    ("evaluate", ["tasks"]),
    ("template", ["tasks"]),
]


def by_name(path: Path) -> str:
    return path.name


def command() -> Any:
    return typer.main.get_command(app)


# -- help -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("of", "marks"), LISTED)
def test_help_lists_what_options_may_be_given(of: str, marks: list[str]) -> None:
    shown = CliRunner().invoke(app, [of, "--help"], terminal_width=4000).output
    text = " ".join(shown.split())
    for mark in marks:
        assert names.names(mark) == REGISTERED[mark]
        assert ", ".join(REGISTERED[mark]) in text, mark
    assert not MARK.search(text)


def test_help_fills_in_every_mark() -> None:
    for of in command().commands:
        assert not MARK.search(CliRunner().invoke(app, [of, "--help"]).output), of


def test_help_loads_neither_torch_nor_ray() -> None:
    code = (
        "import sys; from evo.cli.commands import app; "
        "app(['run', '--help'], standalone_mode=False); "
        "sys.exit(bool({'torch', 'ray'} & set(sys.modules)))"
    )
    end = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert end.returncode == 0, end.stderr
    assert "successive-halving" in end.stdout


# -- templates ------------------------------------------------------------------------------------


def check_setting(key: str, value: Any) -> None:
    """Assert that a run takes this value; names are looked up where a run looks them up."""
    found = getattr(config.build({key: value}), key)
    several = found if isinstance(found, tuple) else (found,)
    load = {
        "strategy": STRATEGIES.load, "family": FAMILIES.load, "objectives": Objective.load,
        "proxies": PROXIES.load, "task": TASKS.load, "loggers": LOGGERS.names().index,
    }.get(key)  # fmt: skip
    if load:
        for name in several:
            load(name)
    if key == "mechanisms":
        chosen(several)


def test_alternatives_that_the_template_names_can_be_set() -> None:
    text = (ROOT / "evo" / "template" / "files" / "experiment.py").read_text(encoding="utf-8")
    offered = re.findall(r'"(\w+)": "[\w-]+",  # or ([\w, -]+)$', text, re.MULTILINE)
    assert {key for key, _ in offered} == {"strategy", "promotion", "inherit"}
    for key, values in offered:
        for value in values.split(", "):
            check_setting(key, value)


def test_settings_that_ideas_name_can_be_set() -> None:
    ideas = json.loads((ROOT / "evo" / "template" / "files" / "seed_ideas.json").read_text())
    named = [
        setting
        for idea in ideas
        for text in re.findall(r"`(\w+ = [^`]+)`", idea["Experiment"])
        for setting in config.tomllib.loads(text).items()
    ]
    assert len(named) > 15
    for key, value in named:
        check_setting(key, tuple(value) if isinstance(value, list) else value)


@pytest.mark.slow
def test_an_experiment_that_fails_at_once_leaves_no_folder(tmp_path: Path) -> None:
    write_template(tmp_path / "mine", "digits", 1)
    experiment = tmp_path / "mine" / "experiment.py"
    text = experiment.read_text(encoding="utf-8")
    for damage in ('"strategy": "gendred"', '"strategie": "gendered"', '1 / 0: "gendered"'):
        experiment.write_text(text.replace('"strategy": "gendered"', damage), encoding="utf-8")
        end = subprocess.run(
            [sys.executable, "experiment.py", "--out_dir=run_1", "--quick"],
            cwd=tmp_path / "mine",
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        assert end.returncode == 1, damage
        assert not (tmp_path / "mine" / "run_1").exists(), damage


@pytest.mark.parametrize("path", TEXTS, ids=by_name)
def test_nothing_is_to_be_installed_that_no_index_has(path: Path) -> None:
    # With extras in brackets pip takes the one that is installed, and asks no index for it.
    assert not re.search(r"pip install ['\"]?evo-nas(?!\[)", path.read_text(encoding="utf-8"))


def registered_by(text: str) -> list[str]:
    """Return the names that examples in a text register."""
    return re.findall(r'\.register\("([\w-]+)"', text)


# -- documents ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TEXTS, ids=by_name)
def test_options_and_commands_of_texts_exist(path: Path) -> None:
    text, commands = path.read_text(encoding="utf-8"), command().commands
    options = {"--help"} | {
        name
        for one in (command(), *commands.values())
        for parameter in one.params
        for name in (*parameter.opts, *parameter.secondary_opts)
    }
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) <= options | FOREIGN | {"--out_dir"}
    assert set(re.findall(r"(?:`|\$ |run )evo ([a-z]+)", text)) <= set(commands)


@pytest.mark.parametrize("path", DOCUMENTS, ids=by_name)
def test_files_and_pages_of_texts_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    ours = r"`((?:evo|genomes|fitness|runners|benchmarks|tests|docs|results/reference)/[\w./-]+)`"
    for name in re.findall(ours, text):
        assert (ROOT / name).exists(), name
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (path.parent / link).exists(), link


@pytest.mark.parametrize("path", DOCUMENTS, ids=by_name)
def test_genes_that_texts_pin_exist_and_may_have_the_value(path: Path) -> None:
    texts = Interface((8,), 10, None, tokens=10, per_position=True)
    spaces = [
        network_space(family=family, interface=interface, augmentations=("none", "shift"))
        for family, interface in (
            ("cnn", Interface((1, 8, 8), 10)),
            ("cnn1d", Interface((1, 8), 10)),
            ("modular", Interface((1, 8, 8), 10)),
            ("mlp", Interface((64,), 10)),
            ("transformer", texts),
            ("gru", texts),
        )
    ]
    text = path.read_text(encoding="utf-8").replace("--pin GENE=VALUE", "")
    for plugin, pinned in re.findall(
        r"(--plugin \w+ )?--pin ((?:'[^']*'|\"[^\"]*\"|[^\s`])+)", text
    ):
        (argument,) = shlex.split(pinned)
        gene, value = config.parse_pin(argument)
        if value in registered_by(text):
            continue
        refused = []
        for space in spaces:
            try:
                space.pin({gene: value})
            except ValueError as error:
                refused.append(str(error))
        if plugin:  # which may add the value; the gene is there
            refused = [reason for reason in refused if reason.startswith("unknown gene")]
        assert len(refused) < len(spaces), refused


@pytest.mark.parametrize("path", DOCUMENTS, ids=by_name)
def test_values_that_texts_give_to_options_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    given = re.findall(
        r"--(strategy|family|objectives|mechanisms|proxies|inherit) ([a-z][\w,-]+)", text
    )
    for key, written in given:
        known = [name for name in written.split(",") if name not in registered_by(text)]
        several = key in ("objectives", "mechanisms", "proxies")
        if known:
            check_setting(key, tuple(known) if several else written)
