"""Registries: names without imports, plugins, and the error for a misspelt name."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from genomes.genes.registry import Registry, UnknownName, suggest


def test_files_are_names_and_load_on_use() -> None:
    families = Registry("architecture family", "genomes.architectures")
    assert families.names() == [
        "cnn", "cnn1d", "given", "gru", "mlp", "modular", "neat", "transformer"
    ]  # fmt: skip
    assert families.load("mlp").__name__ == "genomes.architectures.mlp"
    assert families.load("mlp") is families.load("mlp")


def test_listing_names_imports_neither_torch_nor_the_files() -> None:
    code = (
        "import sys; from genomes.chromosomes.space import FAMILIES; FAMILIES.names();"
        "print([m for m in sys.modules if m in ('torch', 'ray', 'deap')"
        " or m.startswith('genomes.architectures.')])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr


def test_a_plugin_adds_a_name_and_wins_over_a_file() -> None:
    families = Registry("architecture family", "genomes.architectures")
    mine = SimpleNamespace(genes=None)
    families.load("cnn")
    families.register("my-family", mine)
    families.register("cnn", mine)
    assert families.names() == [
        "cnn",
        "cnn1d",
        "given",
        "gru",
        "mlp",
        "modular",
        "my-family",
        "neat",
        "transformer",
    ]
    assert families.load("my-family") is mine
    assert families.load("cnn") is mine


def test_an_unknown_name_lists_what_exists_and_the_nearest() -> None:
    families = Registry("architecture family", "genomes.architectures")
    with pytest.raises(UnknownName, match=r"unknown architecture family 'cnnn'.*mean 'cnn'.*mlp"):
        families.load("cnnn")
    assert suggest("task", "zzz", []) == "unknown task 'zzz'. Available: none."
