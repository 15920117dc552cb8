from __future__ import annotations

import math
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evo.errors import BadInput
from evo.files.atomic_file import RecordError
from evo.record.checkpoints import CheckpointFolder, CheckpointMemory, StoredCheckpoint
from evo.record.database import PAGE_BYTES
from evo.record.rows import Measurement, PredictionRow, TrialRow
from evo.record.store import BATCH, Store
from fitness.evaluation import Epoch, Evaluation
from genomes.genes.gene import Record
from genomes.genes.genome import Genome

MARKS = ("11110000", "11111111")


def genome(identity: str, **genes: object) -> Genome:
    return Genome(
        identity, "male", Record(training=Record(genes)), ("m", "f"), Record(marks=MARKS)
    )


def evaluation(job: str = "abc-0004", **changes: object) -> Evaluation:
    values: dict[str, object] = {
        "genome": "g1",
        "key": "abc",
        "from_epoch": 0,
        "to_epoch": 4,
        "status": "ok",
        "curve": (Epoch(1, 2.3, 2.2, 0.1, 1.5, 1.0), Epoch(2, 1 / 3, 0.1 + 0.2, 0.9, 7e-9, 0.5)),
        "objectives": {"accuracy": 0.9, "active_parameters": 1234.0},
        "costs": {"training_flops": 1e9, "seconds": 0.25, "peak_bytes": 0.0, "epochs": 4.0},
        "marks": MARKS,
    }
    return Evaluation(job, **{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def store() -> Store:
    return Store.in_memory()


# -- what goes in comes out ----------------------------------------------------------------------


def test_genomes_come_back_equal_and_in_order_of_birth(store: Store) -> None:
    born = [genome("b", learning_rate=0.1), genome("a", layers=(1, 2, (3, "x")), none=None)]
    store.add_genomes(1, born)
    store.add_genomes(2, [genome("c")])
    assert store.genomes() == [*born, genome("c")]
    assert store.genomes(generation=2) == [genome("c")]
    assert store.find_genome("a") == born[1]
    assert store.find_genome("nobody") is None


def test_adding_a_genome_again_keeps_its_generation_and_takes_its_new_content(
    store: Store,
) -> None:
    store.add_genomes(1, [genome("a", x=1)])
    store.add_genomes(5, [genome("a", x=1)])
    assert store.genomes(generation=1) == [genome("a", x=1)]
    store.add_genomes(1, [genome("a", x=2)])
    assert store.genomes() == [genome("a", x=2)]


def test_an_evaluation_comes_back_to_the_last_bit(store: Store) -> None:
    store.add_evaluation(evaluation(), "juvenile")
    assert store.find_evaluation("abc-0004") == evaluation()
    assert store.find_evaluation("abc-0008") is None
    assert store.evaluations() == [evaluation()]


def test_many_evaluations_go_in_and_come_out_together(store: Store) -> None:
    sent = [evaluation(f"{i:04x}-0004", genome=f"g{i}") for i in range(2 * BATCH + 1)]
    store.add_evaluations((one, "adult", None) for one in sent)
    assert store.evaluations() == sent
    names = [one.job for one in sent]
    assert store.find_evaluations([*names, "unknown"]) == dict(zip(names, sent, strict=True))
    assert store.find_evaluations([]) == {}


def test_a_diverged_evaluation_keeps_its_reason_and_infinite_losses(store: Store) -> None:
    curve = (Epoch(1, math.inf, math.nan, 0.1, math.inf, 1.0),)
    sent = evaluation(status="diverged", reason="loss is inf", curve=curve, objectives={})
    store.add_evaluation(sent, "juvenile")
    found = store.find_evaluation("abc-0004")
    assert found is not None
    assert (found.status, found.reason, found.objectives) == ("diverged", "loss is inf", {})
    assert found.curve[0].train_loss == math.inf
    assert math.isnan(found.curve[0].validation_loss)


def test_traces_of_mechanisms_are_kept_by_epoch(store: Store) -> None:
    curve = (Epoch(1, 2.0, 2.0, 0.1, 1.0, 1.0), Epoch(2, 1.0, 1.0, 0.5, 1.0, 0.9, {"dead": 0.25}))
    store.add_evaluation(evaluation(curve=curve), "juvenile")
    found = store.find_evaluation("abc-0004")
    assert found is not None
    assert found.curve == curve


@given(st.floats(allow_nan=False), st.text(max_size=20))
def test_any_float_and_any_text_survive(figure: float, text: str) -> None:
    with Store.in_memory() as store:
        sent = evaluation(objectives={text: figure}, reason=text)
        store.add_evaluation(sent, "adult")
        assert store.find_evaluation("abc-0004") == sent


def test_numpy_figures_are_recorded_as_plain_numbers(store: Store) -> None:
    summary = {"skill": np.float32(0.5), "adults": np.int64(3), "each": np.array([1.0, 2.0])}
    store.add_generation(1, summary)
    assert store.generations() == [{"skill": 0.5, "adults": 3, "each": [1.0, 2.0]}]


def test_what_is_not_plain_data_is_refused_and_leaves_nothing(store: Store) -> None:
    with pytest.raises(TypeError, match="expected plain data"):
        store.add_generation(1, {"skill": object()})
    assert store.generations() == []


def test_history_comes_back_in_order(store: Store) -> None:
    trials = [
        TrialRow(1, 0, "b", "juvenile", "kb-0004"),
        TrialRow(1, 1, "a", "juvenile", "ka-0004"),
        TrialRow(1, 0, "a", "adult", "ka-0024"),
    ]
    store.add_trials(trials)
    store.add_trials([TrialRow(2, 0, "c", "adult", "kc-0024")])
    predicted = PredictionRow(1, "f", "a", "juvenile", {"accuracy": 0.5})
    store.add_predictions([predicted])
    store.add_measurement(Measurement("a", "test", 0, 0.97))
    store.add_event("warning", "odd")
    assert store.trials(generation=1) == trials
    assert len(store.trials()) == 4
    assert store.find_trial("a", "adult") == trials[2]
    assert store.find_trial("b", "adult") is None
    assert store.predictions() == store.predictions(generation=1) == [predicted]
    assert store.predictions(generation=2) == []
    assert store.measurements() == [Measurement("a", "test", 0, 0.97)]
    assert [(e.level, e.text) for e in store.events()] == [("warning", "odd")]


def test_recording_twice_changes_nothing(store: Store) -> None:
    def record() -> None:
        store.add_genomes(1, [genome("a"), genome("b")])
        store.add_evaluation(evaluation(), "juvenile")
        store.add_trials([TrialRow(1, 0, "a", "juvenile", "abc-0004")])
        store.add_predictions([PredictionRow(1, "f", "a", "candidate", {"accuracy": 0.5})])
        store.add_generation(1, {"generation": 1})
        store.add_measurement(Measurement("a", "test", 0, 0.97))

    def content() -> list[object]:
        tables = (store.genomes, store.evaluations, store.trials, store.predictions)
        return [read() for read in (*tables, store.generations, store.measurements)]

    record()
    once = content()
    record()
    assert content() == once
    assert [len(rows) for rows in once] == [2, 1, 1, 1, 1, 1]  # type: ignore[arg-type]


def test_forget_after_leaves_evaluations_for_the_replay(store: Store) -> None:
    for number in (1, 2):
        store.add_genomes(number, [genome(f"g{number}")])
        store.add_trials([TrialRow(number, 0, f"g{number}", "juvenile", "abc-0004")])
        store.add_predictions([PredictionRow(number, "f", f"g{number}", "candidate", {})])
        store.add_generation(number, {"generation": number})
    store.add_evaluation(evaluation(), "juvenile")
    store.forget_after(1)
    assert [g.id for g in store.genomes()] == ["g1"]
    assert [t.genome for t in store.trials()] == ["g1"]
    assert [p.male for p in store.predictions()] == ["g1"]
    assert store.generations() == [{"generation": 1}]
    assert store.find_evaluation("abc-0004") is not None


# -- transactions ---------------------------------------------------------------------------------


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    def half() -> None:
        with store.transaction():
            store.add_generation(1, {})
            with store.transaction():
                store.add_generation(2, {})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert store.generations() == []
    with store.transaction():
        store.add_generation(3, {"n": 3})
    assert store.generations() == [{"n": 3}]


def test_a_full_disk_is_said_so_and_keeps_what_was_recorded(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "run.sqlite")
    store.add_generation(1, {"n": 1})
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(RecordError, match="disk is full") as caught:
        store.add_genomes(1, [genome(f"g{i}", text="x" * 1000) for i in range(100)])
    assert "evo resume" in str(caught.value)
    assert store.genomes() == []
    store._connection.execute("PRAGMA max_page_count = 100000")  # space was freed
    store.add_genomes(1, [genome("g")])
    assert store.genomes() == [genome("g")]
    assert store.generations() == [{"n": 1}]


def test_rows_survive_a_kill_at_any_moment(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from evo.record.store import BATCH, Store
store = Store.create(Path(sys.argv[1]))
for number in range(10_000):
    store.add_generation(number, {"n": number})
    print(number, flush=True)
"""
    path = tmp_path / "run.sqlite"
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for _ in range(25):
        last = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with Store.open(path, read_only=True) as store:
        numbers = [summary["n"] for summary in store.generations()]
    assert len(numbers) > last
    assert numbers == list(range(len(numbers)))


# -- checkpoints ----------------------------------------------------------------------------------


def test_whoever_needs_a_lost_checkpoint_does_not_find_the_evaluation(tmp_path: Path) -> None:
    store, checkpoints = Store.in_memory(), CheckpointFolder(tmp_path)
    store.add_evaluation(evaluation(), "juvenile", checkpoints.write("abc-0004", b"weights"))
    assert store.find_evaluation("abc-0004", checkpoints) == evaluation()
    assert store.find_checkpoint("abc-0004") == StoredCheckpoint.of("abc-0004", b"weights")

    for damage in (b"weightz", b"weig"):
        (tmp_path / "abc-0004.safetensors").write_bytes(damage)
        assert store.find_evaluation("abc-0004", checkpoints) is None
    (tmp_path / "abc-0004.safetensors").unlink()
    assert store.find_evaluation("abc-0004", checkpoints) is None
    assert store.find_evaluation("abc-0004") == evaluation()
    texts = [event.text for event in store.events()]
    assert len(texts) == 3
    assert "abc-0004.safetensors is missing or damaged" in texts[0]


def test_a_checkpoint_given_up_on_purpose_is_no_event() -> None:
    store, checkpoints = Store.in_memory(), CheckpointMemory()
    store.add_evaluation(evaluation(), "juvenile", checkpoints.write("abc-0004", b"weights"))
    store.mark_removed(["abc-0004"])
    checkpoints.remove(["abc-0004"])
    assert store.find_evaluation("abc-0004", checkpoints) is None
    assert store.find_evaluation("abc-0004") == evaluation()
    assert store.find_checkpoint("abc-0004") is None
    assert store.events() == []
    store.add_evaluation(evaluation(), "juvenile", checkpoints.write("abc-0004", b"again"))
    assert store.find_evaluation("abc-0004", checkpoints) == evaluation()


def test_an_evaluation_that_never_left_a_checkpoint_is_found(tmp_path: Path) -> None:
    store = Store.in_memory()
    sent = evaluation(status="failed", reason="no", objectives={}, curve=())
    store.add_evaluation(sent, "juvenile")
    assert store.find_evaluation("abc-0004", CheckpointFolder(tmp_path)) == sent


# -- opening --------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "run.sqlite"
    with Store.create(path, {"run": "mine"}) as store:
        store.add_genomes(1, [genome(f"g{i}", text="x" * 500) for i in range(100)])
    return path


def test_a_closed_run_is_one_plain_file_that_opens_again(file: Path) -> None:
    assert [path.name for path in file.parent.iterdir()] == ["run.sqlite"]
    with Store.open(file) as store:
        assert len(store.genomes()) == 100
        assert store.meta()["run"] == "mine"


def test_nothing_is_overwritten_by_create(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(BadInput, match="exists already"):
        Store.create(file)
    assert file.read_bytes() == before


def test_reading_while_the_driver_writes(file: Path) -> None:
    with Store.open(file) as driver, Store.open(file, read_only=True) as reader:
        with driver.transaction():
            driver.add_generation(1, {})
            assert reader.generations() == []
        assert reader.generations() == [{}]
        with pytest.raises(RecordError, match="readonly"):
            reader.add_generation(2, {})


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"there is no .*run\.sqlite"):
        Store.open(tmp_path / "run.sqlite")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("read_only", [True, False])
def test_damaged_files_are_refused_and_left_alone(file: Path, read_only: bool) -> None:
    whole = file.read_bytes()
    half, middle = len(whole) // 2, len(whole) // PAGE_BYTES // 2 * PAGE_BYTES
    garbled = whole[:middle] + os.urandom(PAGE_BYTES) + whole[middle + PAGE_BYTES :]
    for content in (whole[:half], whole[:10_000], b"not a database" * 1000, garbled):
        file.write_bytes(content)
        with pytest.raises(BadInput, match="is damaged"):
            Store.open(file, read_only=read_only)
        assert file.read_bytes() == content


def test_other_databases_and_empty_files_are_refused(tmp_path: Path) -> None:
    empty, other = tmp_path / "empty.sqlite", tmp_path / "other.sqlite"
    empty.touch()
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE things (x)")
    connection.close()
    for path in (empty, other):
        with pytest.raises(BadInput, match="not the record of a run"):
            Store.open(path)


def test_another_schema_names_the_version_that_wrote_it(file: Path) -> None:
    with Store.open(file) as store:
        store.set_meta({"schema": "7", "evo_version": "3.2.1"})
    with pytest.raises(BadInput, match=r"schema 7, written by evo 3\.2\.1"):
        Store.open(file)
