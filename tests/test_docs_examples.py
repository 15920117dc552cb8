"""The examples of the documentation run as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"


def test_the_example_of_search_api_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = (DOCS / "search-api.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, "search-api.md", "exec"), names)
    assert names["result"].history["epochs_spent"].iloc[-1] <= 1_000
    assert names["result"].hypervolume > 0.5
    assert "hypervolume" in capsys.readouterr().out


def test_the_example_of_comparing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from evo.compare.comparison import compare
    from evo.compare.groups import find_groups

    text = (DOCS / "comparing.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    short = example.replace("range(6)", "range(2)").replace("=600", "=100")
    assert short.count("range(2)") == short.count("=100") == 1
    monkeypatch.chdir(tmp_path)
    exec(compile(short, "comparing.md", "exec"), {})
    groups = find_groups(["results"], Path("nowhere"))
    assert [group.name for group in groups] == ["strategy=gendered", "strategy=random"]
    assert [len(group.runs) for group in groups] == [2, 2]
    assert compare(groups).epochs <= 100


def test_the_example_of_neat_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = (DOCS / "neat.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, "neat.md", "exec"), names)
    result = names["result"]
    assert result.front["fitness"].max() > 3.0  # what no network without a hidden neuron reaches
    assert len(result.front["network"].iloc[0]["neurons"]) >= 1
    assert "fitness" in capsys.readouterr().out


def test_the_code_of_python_md_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (DOCS / "python.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for part in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(part, "python.md", "exec"), names)
    said = capsys.readouterr().out
    assert "Run results/first of digits: finished, generation 2 of 2" in said
    assert said.endswith("received generations=0, expected at least 1\n")
    assert (tmp_path / "hypervolume.png").is_file()
    assert (names["exported"] / "model.py").is_file()
    assert names["run"].generations["generation"].tolist() == [1, 2]
    assert (tmp_path / "the-best" / "model.py").is_file()


def test_python_md_names_all_that_is_public() -> None:
    import evo

    text = (DOCS / "python.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`(?:evo\.)?(\w+)`", text.rpartition("## The public names")[2]))
    assert listed == set(evo.__all__) - {"__version__"}
