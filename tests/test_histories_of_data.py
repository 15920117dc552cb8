"""Whatever data are, two Ray workers write what one process does; teachers and own models too."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from evo.record.recorder import RunRecord
from tests.command_line import TINY, history, typed
from tests.evo.points import enter
from tests.fitness.data.images.pictures import save

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_ray")]


def table(folder: Path) -> list[str]:
    """A table with missing numbers and categories, measured in groups."""
    rng = random.Random(0)
    lines = ["a,b,city,place,answer"]
    for row in range(200):
        answer, place = rng.randrange(2), ("deep", "shore")[row % 4 > 0]
        a = "" if row % 9 == 0 else round(2 * answer - 1 + rng.gauss(0, 1), 3)
        city = "" if row % 11 == 0 else rng.choice(("Ulm", "Bonn"))
        lines.append(f"{a},{rng.random():.3f},{city},{place},{'yes' if answer else 'no'}")
    (folder / "rows.csv").write_text("\n".join(lines) + "\n")
    groups = ["--metric-group", "place", "--metric", "worst-group-accuracy"]
    return ["--task", "csv:rows.csv", "--target", "answer", *groups]


def text(folder: Path) -> list[str]:
    """A text that repeats itself."""
    lines = "".join(f"{k} green bottles hanging on the wall\n" for k in range(60))
    (folder / "song.txt").write_text(lines)
    return ["--task", "text:song.txt", "--window", "16", "--max-flops", "1e7"]


def images(folder: Path) -> list[str]:
    """Bright and dark pictures, mapped from the cache by each worker."""
    for number in range(40):
        noise = np.random.default_rng(number).integers(0, 120, (8, 8, 3), dtype=np.uint8)
        kind = ("dark", "light")[number % 2]
        save(folder / "sky" / kind / f"{number}.png", noise + np.uint8(60 * (number % 2)))
    return ["--task", "images:sky"]


def own_model(folder: Path) -> list[str]:
    """A network that is given and teaches: workers have it with the task, a loss by its name."""
    model = "tests.fitness.data.given.own_models:learnt"
    loss = "tests.fitness.training.own_losses:squared"
    return [
        "--task", "digits", "--model", model, "--pin", "training.teaching=true", "--loss", loss
    ]  # fmt: skip


@pytest.mark.parametrize("made", [table, text, images, own_model], ids=lambda made: made.__name__)
def test_two_workers_write_what_one_process_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[[Path], list[str]]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    both(tmp_path, *made(tmp_path))


def test_children_learn_from_the_same_teachers_in_two_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(tmp_path, monkeypatch)
    taught = ["--mechanisms", "marks,teaching", "--pin", "training.teaching=true"]
    both(tmp_path, "--task", "npz:points.npz", *taught)
    with closing(RunRecord.open(tmp_path / "results/ray", read_only=True)) as record:
        trained = [one.costs.get("teaching_flops") for one in record.store.evaluations()]
    assert any(trained)
    assert not all(trained)


def both(tmp_path: Path, *options: str) -> None:
    """Run serially and on two workers; see that both wrote the same."""
    (tmp_path / "tiny.toml").write_text(TINY)
    common = ["run", "tiny.toml", "--no-figures", "--generations", "2", *options]
    typed(tmp_path, *common, "--runner", "serial", "--name", "serial")
    typed(tmp_path, *common, "--runner", "ray", "--workers", "2", "--name", "ray")
    alone = history(tmp_path / "results/serial")
    assert history(tmp_path / "results/ray") == alone
    assert alone["pareto.csv"].count(b"\n") > 1
