"""The command line as people meet it: exit codes, one clear message, no traceback, real output."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from evo.cli import main
from evo.cli.exits import scored
from evo.errors import BadInput, Interrupted
from evo.record.store import Store
from evo.version import VERSION
from tests.command_line import ENVIRONMENT, PROGRAM, ROOT, Answer, answer

TINY = [
    "run", "--population", "4", "--females", "2", "--juvenile-epochs", "1", "--adult-epochs", "2",
    "--pin", "architecture.stages.width=4", "--pin", "architecture.stages.depth=1",
    "--runner", "serial", "--epoch-examples", "400",
]  # fmt: skip
Evo = Callable[..., Answer]


@pytest.fixture
def evo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evo:
    """Call the command line in this process, from an empty folder unless a test is elsewhere."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: answer(Path.cwd(), *arguments)


# -- help and listings ---------------------------------------------------------------------------

PROMISED = {
    "run": "--task --family --generations --population --females --strategy --metric --objectives "
    "--juvenile-epochs --adult-epochs --seed --overlap --budget-epochs --max-minutes --device "
    "--epoch-examples --runner --workers --results --name --pin --warm-start --plugin --data-dir "
    "--inherit "
    "--storage --keep-all --logger --dry-run --quiet --watch --max-flops --max-parameters "
    "--max-activations --max-bytes --operator",
    "resume": "--generations --budget-epochs --max-minutes --retry-failed "
    "--runner --workers --address --cpus-per-worker --gpus-per-worker "
    "--job-timeout --ship --no-ship --data-dir --storage --keep-all --no-keep-all --logger "
    "--quiet --watch",
    "runs": "--results",
    "show": "RUN GENOME",
    "plot": "RUN",
    "watch": "RUN --host --port --no-browser",
    "compare": "RUN --output --overwrite",
    "lineage": "RUN GENOME --depth --output",
    "events": "RUN --rate --output",
    "retrain": "RUN --genome --epochs --seeds --average --teacher --generations",
    "export": "--genome --reach --min-accuracy --max-active --output --retrain --refit --average "
    "--teacher --generations --temperature --teaching-weight",
    "evaluate": "--task EXPORTED_DIR",
    "generate": "EXPORTED_DIR --prompt --tokens --temperature --top-k --seed --activity",
    "stress": "EXPORTED_DIR --task --run --train --against --epsilon --examples --seed --output",
    "strategies": "--plugin",
    "tasks": "",
}


@pytest.mark.parametrize("command", PROMISED)
def test_every_command_has_the_options_that_were_promised(evo: Evo, command: str) -> None:
    answer = evo(command, "--help")
    assert answer.code == 0
    for option in PROMISED[command].split():
        assert re.search(rf"(?<!\S)\[?{option}\b", answer.out), f"{option} is missing"


def test_help_lists_all_commands(evo: Evo) -> None:
    assert set(PROMISED) <= set(evo("--help").out.split())


def test_version(evo: Evo) -> None:
    assert evo("--version").out == f"evo {VERSION}\n"
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text()


def test_tasks_are_listed_with_what_they_are(evo: Evo) -> None:
    answer = evo("tasks")
    assert answer.code == 0
    assert "digits" in answer.out
    assert "1,797" in answer.out
    assert "fashion-mnist" in answer.out
    assert "npz:FILE" in answer.out


def test_strategies_are_listed_with_their_operators(evo: Evo) -> None:
    answer = evo("strategies")
    assert answer.code == 0
    lines = [line.split() for line in answer.out.splitlines()]
    assert ["nsga2", "sample,", "mate,", "mutate,", "select_parents,", "survive"] in lines
    assert any(line[:1] == ["survive"] and "k)" in line for line in lines)


def test_no_runs_yet(evo: Evo) -> None:
    assert evo("runs").out == "No runs in results/ yet; `evo run` starts one.\n"


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["run", "--task", "digitz"], ["'digitz'", "'digits'", "fashion-mnist"]),
        (["run", "--population", "-3"], ["--population: received -3", "at least 4"]),
        (["run", "--females", "0"], ["--females: received 0", "at least 2"]),
        (["run", "--population", "many"], ["--population", "valid integer"]),
        (["run", "--strategy", "genderd"], ["'genderd'", "'gendered'"]),
        (["run", "--family", "modula"], ["'modula'", "'modular'", "cnn, cnn1d, given, gru, mlp"]),
        (
            ["run", "--family", "modular", "--pin", "architecture.modules.kind=convolution"],
            ["'convolution'", "conv, dense, excite"],
        ),
        (["run", "--objectives", "acuracy,flops"], ["'acuracy'", "'accuracy'"]),
        (["run", "--metric", "macro-f2"], ["'macro-f2'", "Did you mean 'macro_f1'"]),
        (["run", "--metric", "r2"], ["r2 is for values", "are classes", "accuracy, auroc"]),
        (["run", "--metric", "macro_f1", "--objectives", "accuracy"], ["put macro_f1 before it"]),
        (["run", "--pin", "training.optimiser=sgd"], ["training.optimiser", "training.optimizer"]),
        (["run", "--pin", "training.optimizer=lion"], ["training.optimizer", "'lion'", "adamw"]),
        (["run", "--pin", "training.optimizer"], ["GENE=VALUE"]),
        (["run", "--operator", "survive"], ["NAME=package.module:function"]),
        (
            ["run", "--operator", "surive=deap.tools:selSPEA2"],
            ["strategy gendered 'surive'", "'survive'"],
        ),
        (
            ["run", "--operator", "survive=no.such:f"],
            ["survive=no.such:f", "cannot import no.such"],
        ),
        (["run", "--operator", "survive=deap.tools:selNSGA3"], ["operator survive", "ref_points"]),
        (["run", "--plugin", "no_such_module"], ["no_such_module", "cannot import"]),
        (["run", "--inherit", "weigths"], ["--inherit: received 'weigths'", "'marks', 'weights'"]),
        (["run", "--storage", "ftp://host/runs"], ["ftp://host/runs", "s3", "Mount"]),
        (["run", "--storage", "/dev/null"], ["--storage: cannot read", "/dev/null"]),
        (["run", "--logger", "mlfow"], ["'mlfow'", "'mlflow'", "tensorboard"]),
        (["resume", "memory://nobody/none"], ["memory://nobody/none is not the mirror"]),
        (["run", "--popultion", "8"], ["--popultion", "--population"]),
        (["run", "--warm-start", "none"], ["'none'", "No runs"]),
        (["run", "none.toml"], ["no config file none.toml"]),
        (["run", "--task", "npz:none.npz"], ["none.npz"]),
        (["run", "--task", "no.module:make"], ["no.module"]),
        (["rum"], ["'rum'", "'run'"]),
        (["resume", "none"], ["no run 'none'"]),
        (["show", "none"], ["no run 'none'"]),
        (["plot", "none"], ["no run 'none'"]),
        (["watch", "none"], ["no run 'none'"]),
        (["watch"], ["no runs are in results/", "evo run"]),
        (["compare", "none"], ["no run 'none'"]),
        (["compare", "=none"], ["NAME=FOLDER"]),
        (["lineage", "none", "m001-000"], ["no run 'none'"]),
        (["lineage", "none", "m001-000", "--output", "a.png"], ["a.png", ".svg"]),
        (["export", "none"], ["no run 'none'"]),
        (["retrain", "none"], ["no run 'none'"]),
        (["retrain", "none", "--generations", "0"], ["--generations: received 0"]),
        (["retrain", "none", "--temperature", "2"], ["with --teacher or --generations only"]),
        (["export", "none", "--min-accuracy", "98"], ["0.98 means 98 %"]),
        (["export", "none", "--min-accuracy", "0.9", "--reach", "0.9"], ["exclude each other"]),
        (["export", "none", "--reach", "1", "--choose", "best"], ["exclude each other"]),
        (["export", "none", "--reach", "nan"], ["--reach: received nan"]),
        (["export", "none", "--genome", "m", "--max-active", "9"], ["--genome names a network"]),
        (["export", "none", "--seeds", "2"], ["--seeds means something with --retrain only"]),
        (["export", "none", "--refit"], ["--refit means something with --retrain only"]),
        (
            ["export", "none", "--teaching-weight", "0.5"],
            ["--teaching-weight means something with --retrain only"],
        ),
        (
            ["export", "none", "--retrain", "2", "--temperature", "3"],
            ["with --teacher or --generations only"],
        ),
        (["evaluate", "none"], ["no folder none"]),
        (["stress", "none"], ["no folder none"]),
        (["run", "--loss", "nowhere:loss"], ["loss 'nowhere:loss': there is no module 'nowhere'"]),
        (["stress", "none", "--train"], ["--train needs the run", "--run RUN"]),
        (["stress", "none", "--run", "nobody"], ["nobody"]),
    ],
)
def test_bad_input_gives_2_and_says_what_to_do(
    evo: Evo, tmp_path: Path, arguments: list[str], parts: list[str]
) -> None:
    answer = evo(*arguments)
    assert answer.code == 2
    for part in parts:
        assert part in answer.err
    assert not list(tmp_path.iterdir()), "bad input leaves nothing behind"


def test_bad_toml_names_file_key_and_nearest(evo: Evo, tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text("popultion = 8\nseed = 'x'\n")
    answer = evo("run", "run.toml")
    assert answer.code == 2
    assert "run.toml: unknown key 'popultion'. Did you mean 'population'?" in answer.err
    assert "run.toml: seed: received 'x', expected a whole number" in answer.err


def test_a_results_folder_that_cannot_be_made(evo: Evo, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    answer = evo(*TINY, "--results", "file")
    assert answer.code == 2
    assert "file" in answer.err
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_folder_that_is_no_run(evo: Evo, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    answer = evo("show", "other")
    assert answer.code == 2
    assert "other has no run.sqlite in it" in answer.err


# -- how exceptions become exit codes ------------------------------------------------------------


def raised(function: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011  any: its kind is what is looked at
        function()
    return caught.value


def test_our_own_checks_are_bad_input_but_numpys_errors_are_defects() -> None:
    from evo.record.run_folder import OPENED
    from evo.settings.config import parse_pin

    OPENED.clear()  # runs that earlier tests opened, and damaged, are no reason here
    assert scored(raised(lambda: parse_pin("x")))[1] == 2
    message, code = scored(raised(lambda: int("nine")))
    assert code == 1
    assert "ValueError: invalid literal" in message
    assert "EVO_DEBUG" in message


def test_verdicts() -> None:
    assert scored(BadInput("too few")) == ("Error: too few", 2)
    missing = FileNotFoundError(2, "No such file or directory", "data.bin")
    assert scored(missing) == ("Error: No such file or directory: data.bin", 2)
    message, code = scored(Interrupted(Path("results/digits-001")))
    assert code == 130
    assert "`evo resume digits-001`" in message
    assert "`evo resume /else/where`" in scored(Interrupted(Path("/else/where")))[0]


def test_debug_lets_the_exception_through(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVO_DEBUG", "1")
    monkeypatch.setattr(sys, "argv", ["evo", "show", "none"])
    with pytest.raises(BadInput):
        main()


# -- a real run ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with a finished run `tiny`, and what it printed."""
    folder = tmp_path_factory.mktemp("work")
    given = answer(folder, *TINY, "--generations", "2", "--name", "tiny")
    assert given.code == 0, given.err
    return folder, given.out


@pytest.fixture
def here(finished: tuple[Path, str], evo: Evo, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(finished[0])
    return finished[0]


@pytest.mark.slow
def test_a_run_prints_its_folder_a_line_a_generation_and_what_to_do_next(
    finished: tuple[Path, str],
) -> None:
    folder, out = finished
    lines = out.splitlines()
    assert lines[0] == "run results/tiny"
    generations = [line for line in lines if line.startswith("generation ")]
    assert [line.split(";")[0] for line in generations] == ["generation 1/2", "generation 2/2"]
    assert "hypervolume" in generations[0]
    assert "Front: " in out
    assert "  largest class: 10.07 % on validation, 10.28 % on test" in lines
    linear = "  logistic regression (650 parameters): 96.53 % on validation, 96.94 % on test"
    assert linear in lines
    assert "evo export tiny" in out
    assert "Report: results/tiny/report.html" in out
    assert (folder / "results/tiny/report.html").is_file()
    for name in ("front", "front_advance", "hypervolume"):
        assert f"results/tiny/figures/{name}.png" in out
        assert (folder / f"results/tiny/figures/{name}.svg").is_file()


@pytest.mark.slow
def test_runs_and_show_tell_of_it(here: Path, evo: Evo) -> None:
    row = next(line for line in evo("runs").out.splitlines() if "tiny" in line)
    assert "2 of 2" in row
    assert "finished" in row
    shown = evo("show", "tiny").out
    assert "digits" in shown
    assert "logistic regression (650 parameters): 96.53 % on validation, 96.94 % on test" in shown
    assert "pinned      architecture.stages.width=4, architecture.stages.depth=1" in shown
    assert evo("show", "results/tiny").out == shown


@pytest.mark.slow
def test_individuals_are_shown(here: Path, evo: Evo) -> None:
    front = (here / "results/tiny/pareto.csv").read_text().splitlines()[1].split(",")[0]
    male = evo("show", "tiny", front).out
    assert "4 channels" in male
    assert "optimizer" in male
    assert max(map(len, male.splitlines())) <= 80
    assert "for candidates       genome" in evo("show", "tiny", "f001-000").out
    nobody = evo("show", "tiny", "f001-0000")
    assert nobody.code == 2
    assert "Did you mean 'f001-000'?" in nobody.err


@pytest.mark.slow
def test_export_and_evaluate(here: Path, evo: Evo, tmp_path: Path) -> None:
    exported = tmp_path / "exported"
    answer = evo("export", "tiny", "--output", str(exported))
    assert answer.code == 0, answer.err
    shares = re.findall(r"accuracy +([\d.]+) %", answer.out)
    measured = evo("evaluate", str(exported))
    assert re.findall(r"(?:validation|test) +([\d.]+) %", measured.out) == shares
    assert measured.out.count("95 % interval") == 2
    again = evo("export", "tiny", "--output", str(exported))
    assert again.code == 2
    assert "exists already" in again.err
    genome = re.search(r"Exported (\S+)", answer.out)
    assert genome is not None
    assert evo("plot", "tiny").code == 0
    figure = (here / "results/tiny/figures/front.svg").read_text()
    assert f"exported: {genome[1]}" in figure


@pytest.mark.slow
def test_stress_sets_an_export_beside_other_networks_of_its_run(
    here: Path, evo: Evo, tmp_path: Path
) -> None:
    exported, written = tmp_path / "exported", tmp_path / "stressed"
    front = (here / "results/tiny/pareto.csv").read_text().splitlines()
    smallest = min(front[1:], key=lambda row: float(row.split(",")[_column(front, "active_p")]))
    genome = smallest.split(",")[_column(front, "genome")]
    assert evo("export", "tiny", "--genome", genome, "--output", str(exported)).code == 0
    options = ["--run", "tiny", "--train", "--examples", "60", "--output", str(written)]
    answer = evo("stress", str(exported), *options)
    assert answer.code == 0, answer.err
    networks = {row.split(",")[0] for row in (written / "comparison.csv").read_text().splitlines()}
    assert {"exported", "unpruned", "textbook"} <= networks
    for name in networks - {"network", "exported", "unpruned", "textbook"}:
        assert name.split()[0] in ("best", "largest")
        assert genome not in name
    assert "Corruption costs it" in answer.out
    assert (written / "corruptions.png").is_file()
    again = evo("stress", str(exported), "--output", str(written))
    assert (again.code, "exists already" in again.err) == (2, True)


def _column(lines: list[str], start: str) -> int:
    """Return the place of the column whose name starts so."""
    return next(i for i, name in enumerate(lines[0].split(",")) if name.startswith(start))


@pytest.mark.slow
def test_retrain_sets_fresh_trainings_beside_what_was_recorded(here: Path, evo: Evo) -> None:
    answer = evo("retrain", "tiny", "--seeds", "2", "--epochs", "1")
    assert answer.code == 0, answer.err
    for part in ("seed 1", "seed 2", "mean", "standard deviation", "as the run recorded"):
        assert part in answer.out
    assert "fresh weights too" in answer.out
    lines = (here / "results/tiny/retrained.csv").read_text().splitlines()
    assert len(lines) == 3
    identity = lines[1].split(",")[0]
    exported = here / "exported-again"
    assert evo("export", "tiny", "--genome", identity, "--output", str(exported)).code == 0
    card = json.loads((exported / "card.json").read_text())
    assert (card["retrained_seeds"], card["retrained_epochs"]) == (2, 1)
    assert (card["inherited_epochs"], card["inherited_share"]) == (0, 0.0)
    assert "| retrained test accuracy |" in (exported / "README.md").read_text()
    female = evo("retrain", "tiny", "--genome", "f001-000")
    assert (female.code, "is a female" in female.err) == (2, True)
    nobody = evo("retrain", "tiny", "--genome", "m001-0000")
    assert (nobody.code, "Did you mean" in nobody.err) == (2, True)
    none = evo("retrain", "tiny", "--seeds", "0")
    assert (none.code, "--seeds: received 0" in none.err) == (2, True)


@pytest.mark.slow
def test_export_trains_from_scratch_first_when_asked(here: Path, evo: Evo) -> None:
    none = evo("export", "tiny", "--retrain", "0")
    assert (none.code, "--retrain: received 0" in none.err) == (2, True)
    exported = here / "exported-retrained"
    answer = evo("export", "tiny", "--retrain", "2", "--seeds", "1", "--output", str(exported))
    assert answer.code == 0, answer.err
    assert "trained from scratch for 2 epochs" in answer.out
    card = json.loads((exported / "card.json").read_text())
    assert (card["trained_epochs"], card["trained_seed"]) == (2, 1)
    rows = (here / "results/tiny/retrained.csv").read_text()
    taken = evo("export", "tiny", "--retrain", "2", "--seeds", "1", "--output", str(exported))
    assert (taken.code, "exists already" in taken.err) == (2, True)
    assert (here / "results/tiny/retrained.csv").read_text() == rows
    wrong = evo("export", "tiny", "--retrain", "2", "--average", "emma", "--output", "elsewhere")
    assert (wrong.code, "Did you mean 'ema'" in wrong.err) == (2, True)
    assert not (here / "elsewhere").exists()


@pytest.mark.slow
def test_export_trains_in_the_manner_that_is_asked_and_takes_that_training(
    here: Path, evo: Evo
) -> None:
    """Not an earlier one of as many epochs, whatever that was worth."""
    common = ("export", "tiny", "--retrain", "3", "--seeds", "1", "--output")
    assert evo(*common, "refit", "--refit", "--average", "swa").code == 0
    card = json.loads((here / "refit/card.json").read_text())
    assert (card["trained_on"], card["averaged_weights"]) == ("train and validation data", "swa")
    taught = ("--teacher", "best", "--temperature", "3", "--teaching-weight", "0.25")
    answer = evo(*common, "taught", *taught)
    assert answer.code == 0, answer.err
    assert "generation 1, taught by" in answer.out
    card = json.loads((here / "taught/card.json").read_text())
    assert (card["trained_on"], "averaged_weights" in card) == ("train data", False)
    found = card["teaching_temperature"], card["teaching_weight"], card["taught_generation"]
    assert found == (3.0, 0.25, 1)


@pytest.mark.slow
def test_what_was_inherited_is_shown(tmp_path: Path, evo: Evo) -> None:
    common = [*TINY, "--no-figures", "--quiet"]
    quick = [*common, "--inherit", "all", "--generations", "2", "--strategy", "nsga2"]
    assert evo(*quick, "--name", "heirs").code == 0
    assert "inherited   channel masks and trained weights" in evo("show", "heirs").out
    with closing(Store.open(tmp_path / "results/heirs/run.sqlite", read_only=True)) as store:
        child = next(genome for genome in store.genomes() if "weights" in genome.birth)
    shown = evo("show", "heirs", child.id).out
    parents = "|".join(child.parents)
    assert re.search(rf"inherited share +[\d.]+ %  weights from ({parents})\n", shown)
    assert re.search(r"inherited epochs +2  that went into them", shown)
    assert max(map(len, shown.splitlines())) <= 80
    retrained = evo("retrain", "heirs", "--genome", child.id, "--seeds", "1").out
    assert "of its parameters began with weights that 2 epochs" in retrained


@pytest.mark.slow
def test_demands_that_nobody_meets_say_what_the_front_can_do(here: Path, evo: Evo) -> None:
    answer = evo("export", "tiny", "--max-active", "1")
    assert answer.code == 2
    assert "the smallest has" in answer.err
    female = evo("export", "tiny", "--genome", "f001-000")
    assert female.code == 2
    assert "is a predictor (female)" in female.err


@pytest.mark.slow
def test_a_name_that_is_taken_says_how_to_resume_or_rename(here: Path, evo: Evo) -> None:
    before = (here / "results/tiny/config.toml").read_text()
    answer = evo(*TINY, "--name", "tiny")
    assert answer.code == 2
    assert "evo resume" in answer.err
    assert "--name" in answer.err
    assert (here / "results/tiny/config.toml").read_text() == before


@pytest.mark.slow
def test_resuming_what_is_finished_says_so(here: Path, evo: Evo) -> None:
    answer = evo("resume", "tiny")
    assert answer.code == 0
    assert "finished" in answer.out
    assert "evo resume tiny --generations TOTAL" in answer.out


@pytest.mark.slow
def test_the_written_config_starts_the_same_run(here: Path, evo: Evo) -> None:
    answer = evo("run", "results/tiny/config.toml", "--name", "again", "--quiet", "--no-figures")
    assert answer.code == 0, answer.err
    (line,) = answer.out.splitlines()  # what it is quiet about is a page
    assert line.startswith("results/again, generations, ")
    first, second = (here / f"results/{name}/pareto.csv" for name in ("tiny", "again"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.slow
def test_ctrl_c_saves_and_says_how_to_continue(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*PROGRAM, *TINY, "--no-figures", "--generations", "500", "--name", "long"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job ignores Ctrl-C; this one must not, wherever tests run.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("generation 1/"):
            break
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "saved; continue with `evo resume long`" in err


@pytest.mark.slow
def test_a_damaged_record_is_named_and_left_alone(here: Path, evo: Evo) -> None:
    import shutil

    broken = here / "results/broken"
    shutil.copytree(here / "results/tiny", broken)
    damaged = b"not a database" * 100
    (broken / "run.sqlite").write_bytes(damaged)
    try:
        for command in ("show", "resume", "export", "plot"):
            answer = evo(command, "broken")
            assert answer.code == 2, answer.err
            assert "run.sqlite is damaged" in answer.err
        assert "damaged" in evo("runs").out
        assert (broken / "run.sqlite").read_bytes() == damaged
    finally:
        shutil.rmtree(broken)
