"""The promises of the whole, with real processes: the same history whatever happens to them.

Runs are tiny and share one working folder; most are compared with one undisturbed serial run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.command_line import (
    PATIENCE_SECONDS,
    TINY,
    Driver,
    after_the_first_training,
    ask,
    descendants,
    driving,
    evo,
    gone,
    history,
    typed,
    workers_among,
)

pytestmark = pytest.mark.slow


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# -- shared runs ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with the tiny settings."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "tiny.toml").write_text(TINY)
    return folder


@pytest.fixture(scope="module")
def undisturbed(work: Path, undisturbed_run: Path) -> Path:
    """The folder of a serial run that nobody disturbed, among those of this module."""
    return shutil.copytree(undisturbed_run, work / "results/undisturbed")


@pytest.fixture(scope="module")
def half_done(work: Path) -> Path:
    """The folder of a serial run that was killed in the middle of generation 2."""
    with driving(work, "half-done", "--runner", "serial") as driver:
        driver.wait_until(in_the_middle_of_generation_2)
        driver.kill()
    return driver.folder


def copy_of(folder: Path, name: str) -> Path:
    return shutil.copytree(folder, folder.with_name(name))


# -- moments -------------------------------------------------------------------------------------


def in_the_middle_of_generation_2(driver: Driver) -> bool:
    born_and_trained = (
        "SELECT count(*) FROM evaluations JOIN genomes ON genomes.id = evaluations.genome "
        "WHERE genomes.generation = 2"
    )
    return ask(driver.folder, born_and_trained) >= 2


def just_after_a_line(driver: Driver) -> bool:
    return "generation 2/3" in driver.printed()


def while_the_front_is_measured(driver: Driver) -> bool:
    return "Measuring" in driver.printed()


# -- the same history ----------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_ray_writes_the_same_as_serial(work: Path, undisturbed: Path, workers: int) -> None:
    name = f"ray-{workers}"
    printed = evo(
        work,
        "run",
        "tiny.toml",
        "--no-figures",
        "--runner",
        "ray",
        "--workers",
        str(workers),
        "--name",
        name,
    )
    lines = printed.splitlines()
    plural = "s" if workers > 1 else ""
    assert lines[:2] == [
        f"run results/{name}",
        f"Started a local Ray with {workers} worker{plural}.",
    ]
    assert [line.split()[0] for line in lines[2:5]] == ["data", "classes", "note"]
    assert lines[5].startswith("generation 1/3")
    assert history(work / "results" / name) == history(undisturbed)


@pytest.mark.parametrize(
    "moment",
    [after_the_first_training, just_after_a_line, while_the_front_is_measured],
    ids=lambda moment: moment.__name__,
)
def test_a_killed_serial_run_ends_as_if_undisturbed(
    work: Path, undisturbed: Path, moment: Callable[[Driver], bool]
) -> None:
    name = moment.__name__.replace("_", "-")
    with driving(work, name, "--runner", "serial") as driver:
        driver.wait_until(moment)
        driver.kill()
    typed(work, "resume", name, "--no-figures")
    assert history(driver.folder) == history(undisturbed)


def test_killed_in_the_middle_of_a_generation(
    work: Path, undisturbed: Path, half_done: Path
) -> None:
    folder = copy_of(half_done, "killed-in-the-middle")
    trained = ask(folder, "SELECT count(*) FROM evaluations")
    assert 0 < trained < ask(undisturbed, "SELECT count(*) FROM evaluations")
    typed(work, "resume", folder.name, "--no-figures")
    assert history(folder) == history(undisturbed)


def test_juveniles_whose_checkpoints_were_cut_are_trained_again(
    work: Path, undisturbed: Path, half_done: Path
) -> None:
    folder = copy_of(half_done, "cut")
    files = list((folder / "checkpoints").glob("*-0001.safetensors"))
    assert files
    for file in files:
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    typed(work, "resume", "cut", "--no-figures")
    assert history(folder) == history(undisturbed)
    warned = "SELECT count(*) FROM events WHERE text LIKE '%missing or damaged; training again'"
    assert ask(folder, warned) == len(files)


def test_a_killed_ray_run_leaves_nobody_training_and_ends_as_if_undisturbed(
    work: Path, undisturbed: Path
) -> None:
    with driving(work, "killed-ray", "--runner", "ray", "--workers", "2") as driver:
        driver.wait_until(in_the_middle_of_generation_2)
        workers = workers_among(descendants(driver.process.pid))
        assert len(workers) == 2
        driver.kill()
    assert gone(workers), "workers of the killed run go on"
    typed(work, "resume", "killed-ray", "--no-figures")
    assert history(driver.folder) == history(undisturbed)


def test_a_killed_worker_costs_nothing(work: Path, undisturbed: Path) -> None:
    with driving(work, "killed-worker", "--runner", "ray", "--workers", "2") as driver:
        driver.wait_until(after_the_first_training)
        os.kill(workers_among(descendants(driver.process.pid))[0], signal.SIGKILL)
        assert driver.process.wait(PATIENCE_SECONDS) == 0, driver.printed()
    assert history(driver.folder) == history(undisturbed)
    assert "ray" not in driver.printed().split("generation 1/3")[1].lower()


def test_a_second_driver_is_kept_out_and_ctrl_c_saves(work: Path, undisturbed: Path) -> None:
    with driving(work, "busy", "--runner", "ray", "--workers", "2") as driver:
        driver.wait_until(after_the_first_training)
        driver.process.send_signal(signal.SIGSTOP)  # it holds still, and its lock
        refused = typed(work, "resume", "busy", code=2)
        assert f"process {driver.process.pid} is at work on the run results/busy" in refused
        assert "`evo resume`" in refused
        driver.process.send_signal(signal.SIGCONT)
        os.killpg(driver.process.pid, signal.SIGINT)
        assert driver.process.wait(PATIENCE_SECONDS) == 130
    assert "saved; continue with `evo resume busy`" in driver.printed()
    assert "Traceback" not in driver.printed()
    typed(work, "resume", "busy", "--no-figures")
    assert history(driver.folder) == history(undisturbed)


# -- a finished run ------------------------------------------------------------------------------


def test_a_finished_run_says_so_and_goes_on_if_asked(work: Path, undisturbed: Path) -> None:
    folder = copy_of(undisturbed, "prolonged")
    before = history(folder)
    assert "This run is finished" in typed(work, "resume", "prolonged", "--no-figures")
    assert history(folder) == before
    typed(work, "resume", "prolonged", "--no-figures", "--generations", "4")
    typed(
        work,
        "run",
        "tiny.toml",
        "--no-figures",
        "--runner",
        "serial",
        "--generations",
        "4",
        "--name",
        "four",
    )
    found, expected = history(folder), history(work / "results/four")
    for measured in (found, expected):  # the prolonged one measured the front of three, too
        measured["measurements"] = set(measured["measurements"])
    assert found.pop("measurements") >= expected.pop("measurements")
    assert found == expected


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--task", "fashion-mnits"], ["'fashion-mnits'", "Did you mean 'fashion-mnist'?"]),
        (["--population", "-4"], ["--population: received -4", "at least 4"]),
        (["--females", "0"], ["--females: received 0", "at least 2"]),
        (["wrong.toml"], ["wrong.toml: generations: received 'many', expected a whole number"]),
        (["--results", "file/results"], ["file/results", "choose another --results"]),
        (
            ["--task", "fashion-mnist", "--data-dir", "data"],
            ["train-images-idx3-ubyte", "truncated", "47,040,016 bytes", "found 1,016"],
        ),
    ],
    ids=["task", "population", "females", "toml", "results", "idx"],
)
def test_bad_input_says_what_to_do_and_changes_nothing(
    tmp_path: Path,
    arguments: list[str],
    parts: list[str],
) -> None:
    (tmp_path / "wrong.toml").write_text("generations = 'many'\n")
    (tmp_path / "file").write_text("in the way of a folder")
    (tmp_path / "data").mkdir()
    for part in ("train", "t10k"):
        for kind in ("images-idx3", "labels-idx1"):
            sizes = [60_000, 28, 28] if kind == "images-idx3" else [60_000]
            header = bytes([0, 0, 8, len(sizes)]) + b"".join(n.to_bytes(4, "big") for n in sizes)
            (tmp_path / "data" / f"{part}-{kind}-ubyte").write_bytes(header + bytes(1000))
    before = contents(tmp_path)
    printed = typed(tmp_path, "run", *arguments, "--runner", "serial", code=2)
    for part in parts:
        assert part in printed
    assert contents(tmp_path) == before
    assert not (tmp_path / "results").exists()


def test_a_name_that_exists_says_how_to_resume_or_rename(undisturbed: Path, work: Path) -> None:
    before = contents(undisturbed)
    printed = typed(
        work,
        "run",
        "tiny.toml",
        "--no-figures",
        "--runner",
        "serial",
        "--name",
        "undisturbed",
        code=2,
    )
    assert "`evo resume undisturbed`" in printed
    assert "--name" in printed
    assert contents(undisturbed) == before


def half(blob: bytes) -> bytes:
    return blob[: len(blob) // 2]


def scrambled(blob: bytes) -> bytes:
    return blob[:8192] + bytes(range(256)) * 64 + blob[8192 + 256 * 64 :]


@pytest.mark.parametrize("damage", [half, scrambled], ids=["half", "scrambled"])
def test_a_corrupted_record_is_named_and_left_alone(
    undisturbed: Path,
    work: Path,
    damage: Callable[[bytes], bytes],
) -> None:
    name = f"corrupted-{damage.__name__}"
    folder = copy_of(undisturbed, name)
    (folder / "run.sqlite").write_bytes(damage((folder / "run.sqlite").read_bytes()))
    before = contents(folder)
    for command in ("show", "resume", "export"):
        printed = typed(work, command, name, code=2)
        assert f"results/{name}/run.sqlite is damaged" in printed
        assert "Restore it from a copy" in printed
    assert contents(folder) == before
    assert not (work / "exports").exists() or not list((work / "exports").glob(f"{name}*"))


def test_a_checkpoint_that_was_cut_cannot_be_exported(undisturbed: Path, work: Path) -> None:
    folder = copy_of(undisturbed, "cut-weights")
    for file in (folder / "checkpoints").iterdir():
        file.write_bytes(half(file.read_bytes()))
    before = contents(folder)
    printed = typed(work, "export", "cut-weights", "--output", "of-cut-weights", code=2)
    assert "checkpoint is damaged" in printed
    assert "restore it" in printed
    assert contents(folder) == before
    assert not (work / "of-cut-weights").exists()


# -- export --------------------------------------------------------------------------------------

# Runs where evo cannot be imported: classifies both splits with what was exported.
STRANGER = """
import json, sys
import torch
from safetensors.torch import load_file
try:
    import evo
except ImportError:
    pass
else:
    sys.exit("evo can be imported here, the test would show nothing")
folder, splits = sys.argv[1:]
torch.set_num_threads(1)
sys.path.insert(0, folder)
from model import Network
network = Network()
network.load_state_dict(load_file(f"{folder}/weights.safetensors"))
network.eval()
program = torch.export.load(f"{folder}/model.pt2").module()
tensors = load_file(splits)
right = {}
for split in ("validation", "test"):
    x, y = tensors[f"{split}_x"], tensors[f"{split}_y"]
    for name, model in (("source", network), ("program", program)):
        with torch.inference_mode():
            right[f"{split} {name}"] = int((model(x.float()).argmax(1) == y).sum())
print(json.dumps(right))
"""


def test_an_export_works_without_evo_and_keeps_what_its_card_says(
    undisturbed: Path, work: Path
) -> None:
    import torch
    from safetensors.torch import save_file

    from fitness.tasks.digits import load

    typed(work, "export", "undisturbed", "--output", "exported")
    card = json.loads((work / "exported/card.json").read_text())
    task = load()
    parts = {"validation": task.validation, "test": task.test}
    right = {name: round(card[f"{name}_accuracy"] * len(part)) for name, part in parts.items()}

    tensors = {f"{name}_x": torch.from_numpy(part.x) for name, part in parts.items()}
    tensors |= {f"{name}_y": torch.from_numpy(part.y) for name, part in parts.items()}
    save_file(tensors, work / "splits.safetensors")
    # -I and -S: neither this folder nor an installation of evo is looked at.
    libraries = str(Path(torch.__file__).parents[1])
    launcher = f"import sys; sys.path.append({libraries!r}); exec({STRANGER!r})"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", launcher, "exported", "splits.safetensors"],
        cwd=work,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    counted = json.loads(done.stdout)
    for name in parts:
        assert counted[f"{name} source"] == counted[f"{name} program"] == right[name]

    printed = typed(work, "evaluate", "exported")
    for name, part in parts.items():
        assert re.search(rf"{name}.*\({right[name]} of {len(part)};", printed)


# -- a user's own data ---------------------------------------------------------------------------

USER_TASK = """
import numpy as np
from fitness.data.task import Split, Task
from fitness.targets.classes import Classes

def make_task():
    rng = np.random.default_rng(5)
    x = rng.integers(0, 256, size=(180, 1, 5, 5), dtype=np.uint8)
    y = (x.mean(axis=(1, 2, 3)) > 127).astype(np.int64)
    parts = (Split(x[i::3], y[i::3]) for i in range(3))
    return Task("bright", "bright or dark", Classes(2), *parts)
"""


def test_vectors_of_ones_own_with_pins_and_a_warm_start(work: Path) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(150, 6))
    np.savez(work / "points.npz", x=x, y=(x[:, 0] > x[:, 1]).astype(int))
    common = ["run", "tiny.toml", "--no-figures", "--task", "npz:points.npz", "--runner", "serial"]
    common += ["--generations", "2", "--pin", "training.optimizer=adamw", "--quiet"]
    typed(work, *common, "--name", "points")
    printed = typed(work, *common, "--name", "warm", "--warm-start", "points", "--seed", "1")
    assert printed.startswith("results/warm, generations, ")
    front = [line.split(",")[0] for line in (work / "results/points/pareto.csv").open()][1:]
    passed_on = [males_of(work / "results/points")[identity] for identity in front]
    founders = males_of(work / "results/warm")
    assert all(chromosomes in founders.values() for chromosomes in passed_on)
    for chromosomes in founders.values():
        assert chromosomes["architecture"]["family"] == "mlp"
        assert chromosomes["training"]["optimizer"] == "adamw"
    assert "pinned      training.optimizer=adamw" in typed(work, "show", "warm")


def test_graphs_of_modules_are_bred_shown_exported_and_evaluated(work: Path) -> None:
    common = [
        "run",
        "tiny.toml",
        "--no-figures",
        "--family",
        "modular",
        "--inherit",
        "all",
        "--runner",
        "serial",
    ]
    pins = ["--pin", "architecture.modules.kind=['conv', 'excite', 'pooling']"]
    typed(work, *common, *pins, "--name", "graphs")
    males = males_of(work / "results/graphs")
    modules = [m for genes in males.values() for m in genes["architecture"]["modules"]]
    assert {module["kind"] for module in modules} == {"conv", "excite", "pooling"}
    front = [line.split(",")[0] for line in (work / "results/graphs/pareto.csv").open()][1:]
    shown = typed(work, "show", "graphs", front[0])
    assert "architecture: modular, " in shown
    typed(work, "lineage", "graphs", front[0])
    typed(work, "export", "graphs", "--genome", front[0], "--output", "graph")
    assert (work / "graph/model.pt2").exists()
    assert " of 360;" in typed(work, "evaluate", "graph")


def males_of(folder: Path) -> dict[str, Any]:
    """Return the chromosomes of all males by id."""
    with closing(sqlite3.connect(folder / "run.sqlite")) as connection:
        rows = connection.execute("SELECT id, json FROM genomes WHERE sex = 'male'").fetchall()
    return {identity: json.loads(text)["chromosomes"] for identity, text in rows}


def test_a_task_function_of_ones_own(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (work / "light_and_dark.py").write_text(USER_TASK)
    common = [
        "run",
        "tiny.toml",
        "--no-figures",
        "--task",
        "light_and_dark:make_task",
        "--runner",
        "serial",
    ]
    typed(
        work,
        *common,
        "--generations",
        "1",
        "--name",
        "bright",
        "--pin",
        "pruning.final_sparsity=0",
    )
    assert "light_and_dark:make_task" in typed(work, "show", "bright")
    assert len((work / "results/bright/pareto.csv").read_text().splitlines()) > 1
