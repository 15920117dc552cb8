"""A script's background job ignores SIGINT from birth, and SIGTERM kills Python at once.

So a batch job that Slurm interrupted before its time was up saved nothing, and neither did a
search that `scancel`, `kill` or the eviction of a pod ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from evo.engine.stopping import Terminated, stoppable
from evo.record.store import Store

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 180
TINY = (
    "run --population 4 --females 2 --juvenile-epochs 1 --adult-epochs 2 --generations 500 "
    "--pin architecture.stages.width=4 --pin architecture.stages.depth=1"
)
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a folder with a command `evo` in bin/, as an installed one."""
    command = tmp_path / "bin/evo"
    command.parent.mkdir()
    command.write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "from evo.cli import main; main()" "$@"\n'
    )
    command.chmod(0o755)
    return tmp_path


def environment(home: Path) -> dict[str, str]:
    places = f"{home / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "PATH": places}


def begun(home: Path, script: str, out: Path) -> subprocess.Popen[bytes]:
    """Start a shell script; what it starts with `&` ignores SIGINT."""
    with out.open("wb") as file:
        return subprocess.Popen(
            ["bash", "-c", script],
            cwd=home,
            env=environment(home),
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # A shell that ignores SIGINT from birth cannot trap it; Slurm's does not.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )


def wait_for(condition: Callable[[], object], process: subprocess.Popen[bytes], out: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert process.poll() is None, out.read_text()
        assert time.monotonic() < deadline, out.read_text()
        time.sleep(0.05)


def end_all(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def generations(folder: Path) -> int:
    with Store.open(folder / "run.sqlite", read_only=True) as store:
        return len(store.generations())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("runner", "number", "code"),
    [("--runner serial", signal.SIGINT, 130), ("--workers 1", signal.SIGTERM, 143)],
)
def test_a_background_job_saves_and_its_mirror_is_up_to_date(
    home: Path, runner: str, number: signal.Signals, code: int
) -> None:
    out = home / "out"
    script = f"evo {TINY} {runner} --name first --storage mirror & echo $! > pid; wait $!"
    shell = begun(home, script, out)
    try:
        wait_for(lambda: "generation 2/" in out.read_text(), shell, out)
        os.kill(int((home / "pid").read_text()), number)
        assert shell.wait(PATIENCE_SECONDS) == code, out.read_text()
    finally:
        end_all(shell)
    said = out.read_text()
    assert "Interrupted and saved; continue with `evo resume first`" in said
    assert "Traceback" not in said
    done = generations(home / "results/first")
    assert done >= 2
    assert generations(home / "mirror/first") == done


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_the_documented_batch_file_forwards_what_slurm_sends(
    home: Path, number: signal.Signals, code: int
) -> None:
    (home / "bin/scontrol").write_text("#!/bin/sh\necho localhost\n")
    # srun starts a command on other nodes: here there is one, and Ray is not asked of it.
    (home / "bin/srun").write_text(
        "#!/bin/bash\n"
        'case "$*" in *"ray start"*) exec sleep 600;; *hostname*) echo 127.0.0.1;; esac\n'
    )
    (home / "bin/sleep").write_text('#!/bin/sh\n[ "$1" = 15 ] || exec /bin/sleep "$@"\n')
    for stub in ("scontrol", "srun", "sleep"):
        (home / "bin" / stub).chmod(0o755)
    activate = home / ".venv/bin/activate"
    activate.parent.mkdir(parents=True)
    activate.write_text("")
    batch = (ROOT / "docs/cluster/evo.sbatch").read_text(encoding="utf-8")
    assert batch.count(" --address auto") == 1
    (home / "evo.sbatch").write_text(batch.replace(" --address auto", " --runner serial"))
    slurm = (
        "export SLURM_JOB_ID=7 SLURM_JOB_NODELIST=here SLURM_JOB_NUM_NODES=1 SLURM_CPUS_PER_TASK=1"
    )
    out = home / "out"
    options = TINY.removeprefix("run ")
    shell = begun(home, f"{slurm}; exec bash evo.sbatch {options}", out)
    try:
        wait_for(lambda: "generation 1/" in out.read_text(), shell, out)
        os.kill(shell.pid, number)  # --signal=B: reaches the batch shell alone
        assert shell.wait(PATIENCE_SECONDS) == code, out.read_text()
    finally:
        end_all(shell)
    assert "Interrupted and saved; continue with `evo resume slurm-7`" in out.read_text()
    assert generations(home / "results/slurm-7") >= 1


SEARCH = """
import time, evo

def evaluate(parameters, epochs, seed, checkpoint):
    time.sleep(.02)
    print("evaluated", flush=True)
    return evo.Outcome({"loss": parameters["x"] ** 2})

evo.search({"x": evo.Real(-1, 1)}, evaluate, objectives={"loss": "min"}, epochs=1,
           generations=1000, population=4, results="results", name="mine", runner=RUNNER)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("runner", "number", "code"), [("ray", signal.SIGINT, 130), ("serial", signal.SIGTERM, 143)]
)
def test_a_script_that_searches_ends_with_all_recorded(
    home: Path, runner: str, number: signal.Signals, code: int
) -> None:
    (home / "mine.py").write_text(SEARCH.replace("RUNNER", repr(runner)))
    out = home / "out"
    shell = begun(home, f"{sys.executable} mine.py & echo $! > pid; wait $!", out)
    front = home / "results/mine/pareto.csv"  # written at the end of each generation
    try:
        wait_for(front.is_file, shell, out)
        os.kill(int((home / "pid").read_text()), number)
        assert shell.wait(PATIENCE_SECONDS) == code, out.read_text()
    finally:
        end_all(shell)
    assert generations(front.parent) >= 1


def test_a_second_sigterm_does_not_cut_the_saving_short_and_the_old_answer_comes_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    saved = []

    def work() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGINT)  # the same Ctrl-C, sent on by a script
            saved.append("all")

    with pytest.raises(Terminated) as end, stoppable():
        work()
    assert saved == ["all"]
    assert end.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_search_in_a_search_leaves_the_outer_ones_answer() -> None:
    with stoppable():
        outer = signal.getsignal(signal.SIGINT)
        with stoppable():
            assert signal.getsignal(signal.SIGINT) is outer
        assert signal.getsignal(signal.SIGINT) is outer


FORKS = """
import multiprocessing, signal, time
from evo.engine.stopping import stoppable
for _ in range(20):
    with stoppable():
        child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,))
        child.start()
        child.terminate()
        child.join(60)
        assert child.exitcode == -signal.SIGTERM, child.exitcode
"""


def test_a_forked_child_dies_of_sigterm_as_ever() -> None:
    # In a process of its own: where other threads run, as here after a test with Ray, a fork may
    # hang for reasons of theirs.
    command = [sys.executable, "-c", FORKS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
