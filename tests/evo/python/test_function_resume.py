"""A search of a user's function that goes on from its folder alone: `evo resume`, `evo.resume`."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from deap import tools

import evo
from evo.cli import main
from evo.record.run_folder import RunFolder
from evo.settings.function_call import load_function_config
from evo.settings.function_config import differences, read_function_config
from fitness.plugins import SCRIPTS
from tests.evo.function_space import EARLY, FULL, OBJECTIVES, REFERENCE, SPACE, Function, accuracy

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = '''
import os
import sys
import time

import evo
from quality import quality

SPACE = {
    "width": evo.Integer(4, 64, log=True),
    "operation": evo.Choice(["conv", ("pool", 2), None]),
    "training": {
        "optimizer": evo.Choice(["sgd", "adam"]),
        "momentum": evo.Conditional(evo.Real(0.5, 0.99), when={"optimizer": "sgd"}),
    },
}


def evaluate(parameters, epochs, seed, checkpoint=None):
    if os.path.exists("broken"):
        raise ValueError("broken, as asked")
    time.sleep(float(os.environ.get("SLOW", "0")))
    curve = [quality(parameters) * (1 - 0.8**epoch) for epoch in range(1, epochs + 1)]
    objectives = {"accuracy": curve[-1], "parameters": parameters["width"] ** 2}
    return evo.Outcome(objectives=objectives, curve=curve, checkpoint={"epoch": epochs})


def costs(parameters):
    return {"parameters": parameters["width"] ** 2}


def feasible(parameters):
    return parameters["width"] < 60


def survive(individuals, k):
    return sorted(individuals, key=lambda one: one.genome.id)[-k:]


if __name__ == "__main__":
    evo.search(
        SPACE,
        evaluate,
        objectives={"accuracy": "max", "parameters": ("min", "log")},
        epochs=(2, 8),
        generations=int(sys.argv[1]),
        population=6,
        settings={"females": 3, "daughters": 1, "brood": 3},
        costs=costs,
        feasible=feasible,
        strategy="nsga2",
        operators={"survive": survive},
        pins={"training.optimizer": ["sgd", "adam"]},
        results="results",
        name=sys.argv[2],
    )
'''.replace('pins={"training', 'pins={"parameters.training')  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "study").mkdir()
    (tmp_path / "study/search.py").write_text(SCRIPT)
    (tmp_path / "study/quality.py").write_text("def quality(p): return 1 - 1 / p['width']\n")
    yield tmp_path
    SCRIPTS.clear()
    sys.modules.pop("quality", None)


def called(*arguments: str, code: int = 0, **variables: str) -> str:
    """Call Python in a process of its own; return what it printed."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == code, done.stdout
    return done.stdout


Typed = Callable[..., str]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Call the command line in this process; return what it printed on both streams."""

    def call(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["evo", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        printed = "".join(capsys.readouterr())
        assert end.value.code == code, printed
        assert "Traceback" not in printed
        return printed

    return call


def contents(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """Return the files of a run that a resume may change, and what its record says."""
    files = [*folder.glob("*.toml"), *folder.glob("*.csv"), *folder.glob("*/*.json")]
    with closing(sqlite3.connect(folder / "run.sqlite")) as connection:
        said = list(connection.iterdump())
    return {str(file): file.read_bytes() for file in files}, said


@pytest.mark.slow
def test_a_search_that_was_interrupted_goes_on_in_the_terminal(here: Path, typed: Typed) -> None:
    called("study/search.py", "4", "whole")
    command = [sys.executable, "study/search.py", "4", "mine"]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path, "SLOW": "0.1"})
    snapshots = here / "results/mine/snapshots"
    while not (snapshots.is_dir() and any(snapshots.iterdir())):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    printed = typed("resume", "mine")
    assert "generation 4 of 4" in printed
    assert "ended: all generations are done" in printed
    mine, whole = evo.load("mine"), evo.load("whole")
    pd.testing.assert_frame_equal(mine.front, whole.front)
    pd.testing.assert_frame_equal(mine.genomes, whole.genomes)
    configs = [(here / f"results/{name}/config.toml").read_text() for name in ("mine", "whole")]
    assert configs[0] == configs[1]
    assert "nothing left" not in called("study/search.py", "4", "mine")  # the call fits it still
    assert f'evaluate = "{here}/study/search.py:evaluate"' in configs[0]


def test_a_short_search_is_taken_further_from_python_to_the_same_history(here: Path) -> None:
    called("study/search.py", "3", "whole")
    called("study/search.py", "1", "mine")
    shutil.move("study", "moved")  # with the script, which the config is told
    config = here / "results/mine/config.toml"
    config.write_text(config.read_text().replace("/study/", "/moved/"))
    told: list[int] = []

    class Listener:
        def started(self, folder: Path, text: str) -> None:
            assert folder == here / "results/mine"

        def generation(self, summary: Any) -> None:
            told.append(summary["generation"])

        def progress(self, done: int, total: int, stage: str) -> None:
            pass

        def note(self, text: str) -> None:
            pass

    mine = evo.resume("mine", Listener(), 3)
    assert told == [2, 3]
    whole = evo.load("whole")
    pd.testing.assert_frame_equal(mine.front, whole.front)
    pd.testing.assert_frame_equal(mine.genomes, whole.genomes)
    assert isinstance(mine, evo.Tables)


@pytest.mark.slow
def test_ray_workers_get_the_functions_of_a_script(here: Path, typed: Typed) -> None:
    called("study/search.py", "2", "whole")
    called("study/search.py", "1", "mine")
    typed("resume", "mine", "--generations", "2", "--runner", "ray", "--workers", "2", "-q")
    pd.testing.assert_frame_equal(evo.load("mine").front, evo.load("whole").front)
    written = read_function_config(here / "results/mine/config.toml") or {}
    assert (written["runner"], written["workers"]) == ("ray", 2)
    again = load_function_config(here / "results/mine/config.toml", {"runner": "serial"})
    assert again.places.workers is None


def test_what_does_not_fit_changes_nothing(here: Path, typed: Typed) -> None:
    called("study/search.py", "1", "mine")
    folder = here / "results/mine"
    before = contents(folder)
    for arguments, text in (
        ("--ship", "--ship, which means nothing to mine, a search of a function of your own"),
        ("--data-dir there", "received --data-dir, which means nothing"),
        ("--generations 0", "--generations: received 0, expected at least 1"),
        ("--workers 3", "received runner 'serial' with workers=3"),
        ("--job-timeout 9", "received job_timeout=9 with runner='serial'"),
        ("--logger paper", "unknown logger 'paper'"),
        ("--generations 2 --runner ray --address 127.0.0.1:1", "nobody answers at"),
    ):
        assert text in typed("resume", "mine", *arguments.split(), code=2)
    with pytest.raises(evo.BadInput, match="received data_dir=, which means nothing to mine"):
        evo.resume("mine", data_dir="there")
    script = here / "study/search.py"
    for changed, text in (
        (SCRIPT.replace("def evaluate(", "def evalute("), "Did you mean 'evalute'?"),
        (SCRIPT.replace("import quality", "import qualities"), "ImportError"),
        (
            SCRIPT.replace('__name__ == "__main__"', "True").replace("int(sys.argv[1])", "1"),
            "is imported; put the call under",
        ),
        (SCRIPT.replace("(parameters, epochs, seed, checkpoint=None)", "(x)"), "cannot be called"),
    ):
        script.write_text(changed)
        SCRIPTS.clear()
        assert text in typed("resume", "mine", code=2)
    script.unlink()
    assert f"there is no file {script}" in typed("resume", "mine", code=2)
    assert contents(folder) == before


def test_a_larger_total_is_asked_for(typed: Typed) -> None:
    called("study/search.py", "2", "mine")
    text = "received --generations 1, but mine was already asked for 2; give a larger total"
    assert text in typed("resume", "mine", "--generations", "1", code=2)


def test_what_failed_is_called_again_once_it_is_mended(here: Path, typed: Typed) -> None:
    called("study/search.py", "1", "whole")
    (here / "broken").touch()
    called("study/search.py", "1", "mine", code=1)
    assert "--retry-failed" in typed("resume", "mine", code=1)
    (here / "broken").unlink()
    typed("resume", "mine", "--retry-failed")
    pd.testing.assert_frame_equal(evo.load("mine").front, evo.load("whole").front)


def run(**changes: Any) -> evo.Result:
    arguments: dict[str, Any] = {
        "objectives": OBJECTIVES, "epochs": (EARLY, FULL), "generations": 1, "population": 8,
        "settings": {"females": 3, "daughters": 1, "brood": 3}, "reference": REFERENCE,
        "name": "mine", "results": "results",
    }  # fmt: skip
    function = changes.pop("function", Function())
    return evo.search(changes.pop("space", SPACE), function, **{**arguments, **changes})


def test_a_function_that_cannot_be_found_again_says_so(here: Path, typed: Typed) -> None:
    function = Function()
    run(function=lambda *given: function(*given))
    config = (here / "results/mine/config.toml").read_text()
    assert "evaluate (tests.evo.python.test_function_resume.test_a_function" in config
    assert "evo resume" not in config
    printed = typed("resume", "mine", "--generations", "2", code=2)
    assert "no module has this under a name of its own: evaluate (" in printed
    assert "Repeat the call of evo.search with its name= and results=" in printed
    assert "by the same call only" in typed("show", "mine")
    assert len(run(generations=2).generations) == 2


def test_everything_asked_is_read_back() -> None:
    asked: dict[str, Any] = {
        "function": evaluate, "costs": costs, "strategy": "nsga2", "seed": 5, "overlap": 1,
        "budget_epochs": 200, "minutes": 2.5, "ideal": {"accuracy": 1.0}, "keep_all": True,
        "operators": {"survive": tools.selSPEA2},
        "pins": {"parameters.option": [None, 2], "predictor.kind": "ridge"},
        "space": {**SPACE, "option": evo.Choice([None, 1, 2])},
    }  # fmt: skip
    result = run(**asked)
    assert result.folder is not None
    file = RunFolder(result.folder).config
    read = load_function_config(file, {})
    assert read.to_toml() == file.read_text()
    assert (read.functions.evaluate, read.functions.costs) == (evaluate, costs)
    assert read.search.operators == {"survive": tools.selSPEA2}
    assert read.pins == asked["pins"]
    assert (read.search.seed, read.search.overlap, read.places.keep_all) == (5, 1, True)
    assert read.search.limits.minutes == 2.5
    assert {plan.name: (plan.reference, plan.ideal) for plan in read.plans} == {
        "accuracy": (0.1, 1.0), "parameters": (5000.0, None)
    }  # fmt: skip
    single = run(function=evaluate, name="single", epochs=4, gpus_per_worker=None)
    assert single.folder is not None
    again = load_function_config(RunFolder(single.folder).config, {"generations": 3})
    assert again.search.breeding.juvenile_epochs == 0
    assert (again.places.gpus_per_worker, again.search.limits.generations) == ("auto", 3)


def evaluate(
    parameters: dict[str, Any], epochs: int, seed: int, checkpoint: Any = None
) -> evo.Outcome:
    return evo.Outcome(
        objectives={"accuracy": accuracy(parameters), "parameters": 1.0 + parameters["width"]}
    )


def costs(parameters: dict[str, Any]) -> dict[str, float]:
    return {"parameters": 1.0 + parameters["width"]}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (("[space.rate]", "[space.rates]"), None),
        (("seed = 0\n", ""), None),
        (("[settings]", "seeds = 3\n[settings]"), "unknown key 'seeds'. Did you mean 'seed'"),
        (("brood = 3", "brood = 0"), r"received settings={'brood': 0}, expected at least 1"),
        (("brood = 3\n", ""), None),
        (("population = 8", ""), "the key 'population' is missing"),
        (('kind = "real"', 'kind = "reel"'), r"space\.rate: unknown kind of gene 'reel'"),
        (('direction = "max"', 'direction = "up"'), "objective accuracy: received"),
    ],
)
def test_a_config_that_was_changed_by_hand_is_read_or_told(
    here: Path, changed: tuple[str, str], message: str | None
) -> None:
    run(function=evaluate)
    file = here / "results/mine/config.toml"
    before = file.read_text()
    assert changed[0] in before
    file.write_text(before.replace(*changed))
    if message is not None:
        with pytest.raises(evo.BadInput, match=f"config.toml: {message}"):
            load_function_config(file, {})
        return
    assert load_function_config(file, {}).parameters.fields.keys() <= {*SPACE, "rates"}


EARLIER = """# A call of evo.search; the same call with this name continues it.
problem = "function"
evaluate = "tests.evo.function_space.Function"
evo_version = "0.1.0"
strategy = "gendered"
seed = 0
generations = 1

[settings]
population = 8
females = 3
sons = 8
daughters = 1
brood = 3
promoted_share = 0.25
audit_share = 0.05
juvenile_epochs = 2
adult_epochs = 8
mate_selection = "early-efficiency"
promotion = "in-turn"
choosing_members = 6
ensemble_members = 3

[pins]
"parameters.options" = "[null]"

[operators]
survive = "deap.tools.emo.selSPEA2"

[objectives.accuracy]
direction = "max"
scale = "linear"
reference = 0.1

[objectives.parameters]
direction = "min"
scale = "log"
reference = 5000.0

[space]
width = "Integer(low=1, high=64, log=True)"
rate = "Real(low=0.0001, high=1.0, log=True, skew=1.0)"
operation = "Choice(options=('good', 'middling', 'bad'), weights=None)"
options = "Choice(options=(None, ('a', 1)), weights=None)"
"""


def test_a_run_of_an_earlier_evo_is_shown_and_goes_on_by_its_call(
    here: Path, typed: Typed
) -> None:
    asked: dict[str, Any] = {
        "space": {**SPACE, "options": evo.Choice([None, ("a", 1)])},
        "pins": {"parameters.options": [None]},
        "operators": {"survive": tools.selSPEA2},
    }
    run(**asked)
    file = here / "results/mine/config.toml"
    assert differences(EARLIER, file.read_text()) == []
    file.write_text(EARLIER)
    shown = typed("show", "mine")
    assert "function    tests.evo.function_space.Function, seed 0" in shown
    assert "rate: Real(low=0.0001, high=1.0, log=True, skew=1.0)" in shown
    assert "options None" in shown
    for command in ("plot", "report"):
        typed(command, "mine")
    printed = typed("resume", "mine", code=2)
    assert "it was written by an evo that kept no more than names. Repeat the call" in printed
    with pytest.raises(evo.BadInput, match="other arguments: pins was"):
        run(**{**asked, "pins": None})
    with pytest.raises(evo.BadInput, match="; space was"):
        run(**{**asked, "space": SPACE, "pins": None})
    assert len(run(**asked, generations=2).generations) == 2
    assert "kind" in (read_function_config(file) or {})["space"]["width"]


def test_evo_show_tells_what_is_known_of_a_search(typed: Typed) -> None:
    result = run(
        function=evaluate, costs=costs, operators={"survive": "deap.tools:selSPEA2"},
        space={**SPACE, "group": {"inner": evo.Choice([None, "[red]"])}},
        pins={"predictor.kind": "ridge"}, budget_epochs=500,
    )  # fmt: skip
    printed = typed("show", "mine")
    for line in (
        "results/mine: finished, generation 1 of 1",
        f"function    {__name__}:evaluate, seed 0, strategy gendered",
        f"costs       {__name__}:costs",
        "objectives  accuracy (higher is better, reference 0.1); parameters (lower is better, "
        "on a log scale, reference 5000)",
        "epochs      2 of a partial evaluation, 8 of a full one; 500 in all",
        "space       width: Integer(low=1, high=64, log=True)",
        "pinned      predictor.kind=ridge",
        "operators   survive=deap.tools.emo:selSPEA2",
        f"Front: {len(result.front)} point",
    ):
        assert line in printed
    best = str(result.front.index[0])
    assert f"{100 * result.front['accuracy'].max():.2f} %" in printed
    alone = typed("show", "mine", best)
    assert f"{best}, point (male)" in alone
    row = result.front.loc[best]
    assert f"  width                {row['width']}" in alone
    assert f"  rate                 {row['rate']:.6g}" in alone
    assert "  group.inner " in alone
    assert "f001-001, predictor (female)" in typed("show", "mine", "f001-001")
    assert "ended: generations" in typed("show", "mine", "--events")


def test_a_config_starts_the_same_search_again(here: Path, typed: Typed) -> None:
    called("study/search.py", "2", "whole")
    file = "results/whole/config.toml"
    typed("run", file, "--name", "again", "--quiet")
    pd.testing.assert_frame_equal(evo.load("again").genomes, evo.load("whole").genomes)
    assert (here / "results/again/config.toml").read_text() == (here / file).read_text()
    assert "results/again exists already" in typed("run", file, "--name", "again", code=2)
    typed("run", file, "--seed", "3", "--generations", "1", "--results", "others", "--quiet")
    other = read_function_config(here / "others/search-001/config.toml") or {}
    assert (other["seed"], other["generations"], other["results"]) == (3, 1, "others")
    before = sorted(here.rglob("*"))
    for options, text in (
        ("--task digits", "received --task for results/whole/config.toml, a search of a function"),
        ("--dry-run", "received --dry-run, which means nothing to a search of a function"),
        ("--generations 0", "--generations: received 0, expected at least 1"),
    ):
        assert text in typed("run", file, "--name", "other", *options.split(), code=2)
    assert sorted(here.rglob("*")) == before


@pytest.mark.slow
def test_a_mirror_of_a_search_goes_on(here: Path, typed: Typed) -> None:
    called("study/search.py", "3", "whole")
    called("study/search.py", "1", "mine")
    finished = typed("resume", "mine", "--storage", "shared")
    assert "The search is finished: it does not go on, here or elsewhere." in finished
    typed("resume", "mine", "--storage", "shared", "--generations", "2")
    shutil.rmtree("results/mine")
    shutil.move("shared", "mounted")
    typed("resume", "mounted/mine", "--generations", "3")
    pd.testing.assert_frame_equal(evo.load("mine").front, evo.load("whole").front)
    written = read_function_config(here / "results/mine/config.toml") or {}
    assert written["storage"] == str(here / "mounted")
    assert evo.load("mounted/mine").front.equals(evo.load("mine").front)
