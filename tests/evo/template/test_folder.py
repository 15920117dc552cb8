"""`evo template`: what it writes runs, and has the form that tools of automated research read."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from evo.errors import BadInput
from evo.settings.config import RunConfig, build
from evo.template.files.experiment import COLUMNS, safe_name, settings, summary
from evo.template.files.plot import FINAL, draw_mean, final_figures
from evo.template.folder import FILES, write_template

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_template(tmp_path / "new" / "mine", "digits", 3)
    return tmp_path / "new" / "mine"


def test_task_and_seeds_stand_in_the_experiment(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    written = write_template(tmp_path / "there", "package.module:make_task", 5)
    assert [path.name for path in written] == list(FILES)
    text = written[0].read_text(encoding="utf-8")
    assert 'TASKS = ("package.module:make_task",)  # `evo tasks`' in text
    assert re.findall(r"(?m)^SEEDS = .*$", text) == ["SEEDS = 5"]
    compile(text, "experiment.py", "exec")


def test_data_of_ones_own_are_found_from_the_new_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my data.npz").touch()
    experiment = write_template(Path("mine"), "npz:my data.npz", 1)[0]
    assert f'"npz:{tmp_path}/my data.npz"' in experiment.read_text(encoding="utf-8")
    with pytest.raises(BadInput, match=r"there is no file .*other\.npz"):
        write_template(Path("other"), "npz:other.npz", 1)
    assert not Path("other").exists()


def test_what_is_taken_or_unknown_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    with pytest.raises(BadInput, match="a folder that is not empty; choose another folder"):
        write_template(tmp_path / "full", "digits", 3)
    with pytest.raises(BadInput, match="exists already, no folder"):
        write_template(tmp_path / "full" / "a", "digits", 3)
    with pytest.raises(BadInput, match=r"unknown task 'digit'.*digits"):
        write_template(tmp_path / "new", "digit", 3)
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "a"]


def test_the_command_writes_and_refuses(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "from evo.cli import main; main()", "template", "mine"]
    kept = {**os.environ, "PYTHONPATH": str(ROOT)}
    for code in (0, 2):
        end = subprocess.run(program, cwd=tmp_path, env=kept, capture_output=True, text=True)
        assert end.returncode == code
        assert ("cd mine && python experiment.py --out_dir run_0" in end.stdout) == (code == 0)
        assert ("mine exists already" in end.stderr) == (code == 2)


def test_prompt_and_ideas_have_the_fields_of_the_form(folder: Path) -> None:
    prompt = json.loads((folder / "prompt.json").read_text(encoding="utf-8"))
    assert set(prompt) == {"system", "task_description"}
    assert all(isinstance(text, str) and len(text) > 100 for text in prompt.values())
    ideas = json.loads((folder / "seed_ideas.json").read_text(encoding="utf-8"))
    assert len({idea["Name"] for idea in ideas}) == len(ideas) >= 5
    for idea in ideas:
        assert re.fullmatch("[a-z_]+", idea["Name"])
        assert idea["Title"]
        scores = [idea[key] for key in ("Interestingness", "Feasibility", "Novelty")]
        assert all(isinstance(score, int) and 1 <= score <= 10 for score in scores)


def test_every_setting_that_an_idea_names_is_allowed(folder: Path) -> None:
    ideas = json.loads((folder / "seed_ideas.json").read_text(encoding="utf-8"))
    named = 0
    for idea in ideas:
        for text in re.findall(r"`(\w+ = [^`]+)`", idea["Experiment"]):
            (key,) = values = tomllib.loads(text)
            config = build({**settings(quick=False), **values})
            assert getattr(config, key) != ()
            named += 1
    assert named >= 2 * len(ideas)


@pytest.mark.parametrize("quick", [False, True])
def test_the_settings_are_a_runs_config(quick: bool) -> None:
    config = RunConfig(task="digits", **settings(quick))
    assert config.strategy == "gendered"
    assert config.budget_epochs == 400  # what all of the ideas keep


def test_seeds_are_put_together_as_the_form_has_it() -> None:
    found = summary([{"accuracy": 0.8, "seconds": 3.0}, {"accuracy": 0.9, "seconds": 3.0}])
    assert found["means"] == pytest.approx({"accuracy_mean": 0.85, "seconds_mean": 3.0})
    assert found["stderrs"] == pytest.approx({"accuracy_stderr": 0.05, "seconds_stderr": 0.0})
    assert found["final_info_dict"] == {"accuracy": [0.8, 0.9], "seconds": [3.0, 3.0]}
    assert summary([{"accuracy": 0.8}])["stderrs"] == {"accuracy_stderr": None}


def test_tasks_have_names_that_folders_may_have() -> None:
    tasks = ("digits", "npz:/a b/mine.npz", "package.module:make_task")
    assert [safe_name(task) for task in tasks] == ["digits", "mine", "make_task"]


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {**os.environ, "PYTHONPATH": str(ROOT)}
    program = [sys.executable, *arguments]
    return subprocess.run(program, cwd=folder, env=kept, capture_output=True, text=True)


@pytest.mark.slow
def test_experiment_and_plot_run_as_the_tools_run_them(folder: Path) -> None:
    end = python(folder, "experiment.py", "--out_dir=run_0", "--quick")
    assert end.returncode == 0, end.stderr
    info = json.loads((folder / "run_0" / "final_info.json").read_text(encoding="utf-8"))
    assert list(info) == ["digits"]
    parts = info["digits"]
    assert list(parts) == ["means", "stderrs", "final_info_dict"]
    for key, values in parts["final_info_dict"].items():
        assert parts["means"][f"{key}_mean"] == pytest.approx(values[0])
        assert parts["stderrs"][f"{key}_stderr"] is None  # of one seed
    card = json.loads(
        (folder / "run_0" / "digits-seed-0-exported" / "card.json").read_text(encoding="utf-8")
    )
    assert parts["means"]["exported_test_accuracy_mean"] == card["test_accuracy"]
    rows = np.load(folder / "run_0" / "all_results.npy", allow_pickle=False)
    assert rows.dtype.names == ("dataset", "seed", *COLUMNS)
    assert rows["generation"].tolist() == [1.0, 2.0]
    assert rows["hypervolume"][-1] == parts["means"]["hypervolume_mean"]

    again = python(folder, "experiment.py", "--out_dir=run_0", "--quick")
    assert again.returncode == 1
    assert "run_0 exists already and is not empty" in again.stderr

    drawn = python(folder, "plot.py")
    assert drawn.returncode == 0, drawn.stderr
    names = ("best_metric_digits.png", "final_digits.png", "hypervolume_digits.png")
    assert sorted(path.name for path in folder.glob("*.png")) == list(names)
    assert all((folder / name).read_bytes()[:4] == b"\x89PNG" for name in names)


@pytest.mark.parametrize("metric", ["accuracy", "r2"])
def test_plot_shows_several_seeds_and_runs(folder: Path, metric: str) -> None:
    form = [("dataset", "U64"), ("seed", "i8"), *((column, "f8") for column in COLUMNS)]
    keys = (
        f"exported_test_{metric}", "exported_active_parameters", "hypervolume", "seconds",
    )  # fmt: skip
    for number in (0, 1):
        run = folder / f"run_{number}"
        run.mkdir()
        found = [{key: number + 0.1 * seed for key in keys} for seed in (1, 2)]
        (run / "final_info.json").write_text(json.dumps({"digits": summary(found)}))
        rows = [("digits", s, g, 10.0 * g + s, 0.1 * g, 0.5, 1.0) for s in (0, 1) for g in (1, 2)]
        np.save(run / "all_results.npy", np.array(rows, dtype=form), allow_pickle=False)
    text = (folder / "plot.py").read_text(encoding="utf-8")
    named = text.replace('"run_0": "Baseline",', '"run_0": "A", "run_1": "B", "run_2": "C",')
    (folder / "plot.py").write_text(named, encoding="utf-8")
    end = python(folder, "plot.py")
    assert (end.returncode, end.stdout) == (0, "run_2 is not there; left out\n")
    assert len(list(folder.glob("*.png"))) == 3


def test_metrics_are_drawn_where_all_runs_have_them() -> None:
    one, two = {"exported_test_macro_f1": [0.5]}, {"exported_test_r2": [0.5]}
    found = final_figures([one, one])
    assert found["exported_test_macro_f1"] == "test macro f1 of the exported network"
    assert list(found)[1:] == list(FINAL) == list(final_figures([one, two]))


def test_the_mean_is_over_the_epochs_that_all_seeds_have_spent() -> None:
    axes = Figure().subplots()
    form = [("epochs_spent", "f8"), ("hypervolume", "f8")]
    seeds = [
        np.array([(10, 0.2), (20, 0.4), (50, 0.9)], dtype=form),
        np.array([(15, 0.4), (30, 0.8)], dtype=form),
    ]
    draw_mean(axes, seeds, "hypervolume", "blue", "Baseline")
    (line,) = axes.lines
    assert line.get_label() == "Baseline (2 seeds)"
    assert list(line.get_xdata()) == [15.0, 20.0, 30.0]
    assert list(line.get_ydata()) == pytest.approx([0.3, 0.4, 0.6])


def test_plot_says_which_run_is_missing(folder: Path) -> None:
    end = python(folder, "plot.py")
    assert end.returncode == 1
    assert "python experiment.py --out_dir run_0" in end.stderr
