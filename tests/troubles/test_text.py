"""A latin-1 terminal ended a finished run with UnicodeEncodeError; a byte-order mark was refused.

What is printed degrades and never fails; files are UTF-8 wherever evo runs, and are read with the
mark that editors on Windows put before it.
"""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evo.errors import BadInput
from evo.export.retrained import FILE, read_retrained
from evo.files.atomic_file import write_atomically
from evo.files.plain_text import SUBSTITUTES, never_fail
from evo.record.run_folder import RunFolder
from evo.settings.config import build, load_toml
from evo.settings.function_config import read_function_config
from evo.text.amounts import MISSING, sparkline
from genomes.genes.errors import describe

ROOT = Path(__file__).resolve().parents[2]
BOM = b"\xef\xbb\xbf"
NO_TEXT = os.fsdecode(b"caf\xe9")  # a name of a file that is no UTF-8


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8", "utf-16", "koi8-r"])
def test_every_terminal_takes_every_character(encoding: str) -> None:
    blob = io.BytesIO()
    stream = io.TextIOWrapper(blob, encoding=encoding)
    never_fail(stream)
    stream.write("".join(SUBSTITUTES) + "╭日本" + NO_TEXT + sparkline([1.0, 2.0]) + MISSING)
    stream.flush()
    assert blob.getvalue()


@pytest.mark.parametrize(
    ("text", "plain"),
    [(f"front {MISSING}", "front -"), ("▁█", "18"), ("4 × 4", "4 x 4"), ("日", "?"), ("é", "?")],
)
def test_what_ascii_lacks_stays_readable(text: str, plain: str) -> None:
    blob = io.BytesIO()
    stream = io.TextIOWrapper(blob, encoding="ascii")
    never_fail(stream)
    stream.write(text)
    stream.flush()
    assert blob.getvalue() == plain.encode()


@pytest.mark.slow
def test_a_run_on_an_ascii_terminal_in_a_folder_whose_name_is_no_text(tmp_path: Path) -> None:
    home = tmp_path / NO_TEXT
    home.mkdir()
    done = subprocess.run(
        [
            sys.executable, "-c", "from evo.cli import main; main()", "run", "--population", "4",
            "--females", "2", "--juvenile-epochs", "1", "--adult-epochs", "2",
            "--generations", "1", "--runner", "serial", "--name", "first",
        ],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=600,
    )  # fmt: skip
    said = done.stdout.decode("ascii")
    assert done.returncode == 0, said
    assert "Front: " in said
    assert (home / "results/first/report.html").read_text(encoding="utf-8")


def test_the_log_takes_names_that_are_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("evo"), "propagate", False)  # pytest cannot pass it on
    folder = RunFolder.create(tmp_path / "a")
    with folder.logging():
        logging.getLogger("evo").info("no such file: %s", NO_TEXT)
    assert "no such file: caf\\udce9" in folder.log.read_text(encoding="utf-8")


def test_a_file_takes_names_that_are_no_text(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a.csv", f"file,{NO_TEXT}\n")
    assert (tmp_path / "a.csv").read_bytes() == b"file,caf\\udce9\n"


def test_the_reason_of_a_failure_can_be_recorded() -> None:
    assert describe(FileNotFoundError(NO_TEXT)).encode() == b"FileNotFoundError: caf\\udce9"


@pytest.mark.parametrize("key", ["data_dir", "task", "results", "storage"])
def test_a_setting_that_is_no_text_is_refused(key: str) -> None:
    with pytest.raises(BadInput, match=rf"{key}.*caf.udce9.*no valid UTF-8"):
        build({key: NO_TEXT})


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "a")
    folder.config.write_bytes(BOM + b'task = "digits"\nseed = 7\n')
    (folder.path / FILE).write_bytes(
        BOM + b"genome,epochs,seed,key,status,validation_accuracy,test_accuracy\nm1,2,3,k,ok,1,\n"
    )
    assert load_toml(folder.config).seed == 7
    assert read_retrained(folder)[0].genome == "m1"
    folder.config.write_bytes(BOM + b'problem = "function"\n')
    assert read_function_config(folder.config) == {"problem": "function"}
