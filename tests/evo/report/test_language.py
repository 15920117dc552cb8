"""A run of texts shows what its language models do inside; other runs show nothing of the kind."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from evo.record.rows import TrialRow
from evo.record.run_folder import RunFolder
from evo.record.store import Store
from evo.report.at_work import at_work, remembered
from evo.report.gathering import gather
from evo.settings.config import build, load_toml, to_toml
from evo.settings.task_reference import task_reference
from fitness.data.split import Split
from fitness.data.text.windows import windows
from fitness.evaluation import Job
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.numerics import Numerics
from genomes.chromosomes.mechanism_registry import switching_off
from genomes.chromosomes.space import network_space, textbook
from genomes.genes.gene import Record
from genomes.genes.genome import Genome
from tests.evo.report.runs import write_run
from tests.genomes.networks.remembering.test_layer import LENGTH, remembering

TEXT = "the cat <b>sat</b>\n" * 24
CONTROL = {
    "control": True,
    "control_threshold": 0.6,
    "control_pressure": 0.1,
    "control_half_life": 2,
}
MEMORY = {
    "memory": True,
    "memory_segment": 0.25,
    "memory_short": 16,
    "memory_middle": 16,
    "memory_long": 16,
    "memory_found": 2,
    "memory_middle_rate": 0.5,
    "memory_long_rate": 0.1,
    "memory_importance": 0.1,
    "memory_uses": 1,
}


def bred(folder: RunFolder) -> None:
    """Train two networks for an epoch, one gated, one with a memory, and record them."""
    evaluator = NetworkEvaluator(task_reference(load_toml(folder.config)), Numerics(device="cpu"))
    space = network_space(family="transformer", interface=evaluator.interface)
    space = space.pin(switching_off(["none"]))
    drawn = textbook(0, space.sample("x", "male", random.Random(1)).chromosomes, space)
    small = drawn["architecture"].replacing(heads=2, head_size=8)
    with Store.create(folder.database) as store:
        for name, genes, bits, ratio in (("gated", CONTROL, 2.0, 0.5), ("big", MEMORY, 1.0, 1.0)):
            body = drawn.replacing(architecture=small.replacing(**genes))
            genome = Genome(name, "male", body)
            store.add_genomes(1, [genome])
            found = evaluator.evaluate(Job(name, genome.expressed(), Record(), name, 1, 0, 1, 1))
            assert found.status == "ok", found.reason
            assert found.checkpoint is not None
            both_on_front = {**found.objectives, "bits_per_byte": bits, "active_ratio": ratio}
            store.add_evaluation(replace(found, objectives=both_on_front), "adult")
            store.add_trials([TrialRow(1, 0, name, "adult", found.job)])
            folder.write_checkpoint(found.job, found.checkpoint)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    path = tmp_path_factory.mktemp("language")
    (path / "cat.txt").write_text(TEXT)
    run = RunFolder.create(path / "run")
    objectives = ["bits_per_byte", "active_ratio"]
    given = {"task": f"text:{path / 'cat.txt'}", "window": 8, "family": "transformer"}
    reference = {"bits_per_byte": 9.0, "active_ratio": 1.1}
    run.write_config(
        to_toml(build({**given, "objectives": objectives, "reference_point": reference}))
    )
    bred(run)
    return run


def test_gates_stand_by_layer_with_mean_sd_least_and_greatest(folder: RunFolder) -> None:
    found = gather(folder)["language"]
    gates, (opened, _) = found["gates"], at_work(folder.path, "gated", None)
    assert opened is not None
    assert (found["note"], gates["genome"]) == ("", "gated")
    assert [row[0] for row in gates["rows"]] == [
        "block0 heads",
        "block0 hidden",
        "block1 heads",
        "block1 hidden",
        "all",
    ]
    shares = opened.shares["block0_hidden_gate"]
    assert gates["rows"][1][1:] == pytest.approx(
        [shares.mean(), shares.std(), shares.min(), shares.max()]
    )
    assert gates["positions"] == shares.size
    heat, over = (figure["data"] for figure in gates["figures"])
    assert heat[0]["z"][1] == shares[0].tolist()
    assert len(heat[0]["text"][0]) == 8
    assert over[1]["y"] == pytest.approx([shares.mean()])  # as it was recorded after training


def test_a_memory_stands_by_tier_over_a_text(folder: RunFolder) -> None:
    memory = gather(folder)["language"]["memory"]
    assert memory["genome"] == "big"
    assert [row[:2] for row in memory["rows"]] == [["short", 16], ["middle", 16], ["long", 16]]
    held = {line["name"]: line["y"] for line in memory["figures"][0]["data"]}
    assert held["short"][0] < held["short"][-1] == 1.0
    assert memory["rows"][0][2] == 16.0
    assert 0.0 < memory["rows"][0][4] < 1.0


def test_a_text_is_read_once_whether_windows_overlap_or_not() -> None:
    tokens = np.random.default_rng(0).integers(0, 3, 4 * LENGTH + 1)
    network = remembering()
    found = [
        remembered(network, Split(x.astype(np.uint8), y))
        for x, y in (windows(tokens, LENGTH, stride) for stride in (LENGTH, LENGTH // 2))
    ]
    assert found[0] == found[1]
    assert found[0].tokens == [LENGTH, 2 * LENGTH, 3 * LENGTH, 4 * LENGTH]


def figures(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [figure for part in ("gates", "memory") for figure in data[part]["figures"]]


def test_figures_are_such_as_plotly_knows_and_tokens_are_no_markup(folder: RunFolder) -> None:
    found = figures(gather(folder)["language"])
    assert len(found) == 6
    for figure in found:
        go.Figure(data=figure["data"], layout=figure["layout"])
        assert "<b>" not in str(figure)


def test_what_cannot_be_run_here_is_drawn_from_the_record_with_a_note(folder: RunFolder) -> None:
    text = Path(load_toml(folder.config).task.removeprefix("text:"))
    at_work.cache_clear()
    text.rename(text.with_suffix(".away"))
    try:
        found = gather(folder)["language"]
    finally:
        text.with_suffix(".away").rename(text)
    assert found["note"].startswith("Not run on validation text here (")
    assert len(figures(found)) == 2  # over training


def test_runs_without_such_networks_have_nothing_of_the_kind(tmp_path: Path) -> None:
    assert gather(write_run(tmp_path / "mine"))["language"] == {}


def test_a_network_too_large_for_a_look_is_not_built(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work.cache_clear()
    monkeypatch.setattr("evo.report.at_work.MOST_AT_WORK", 1000)
    note = gather(folder)["language"]["note"]
    assert "gated takes " in note
    assert note.endswith("bytes, at most 1,000 are taken).")
