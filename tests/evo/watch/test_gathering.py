"""The gathering process: the report's data, a failure that is told, an end with its parent."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest

from evo.report.gathering import gather
from evo.report.page import plain
from evo.watch.gatherer import Gatherer, GatheringFailed
from evo.watch.gathering import answer, serve
from tests.evo.report.runs import MEND, SPOIL, change, write_run
from tests.evo.watch.growing import contents


def test_the_answer_is_what_the_report_shows(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "mine")
    before = contents(folder.path)
    data = json.loads(gzip.decompress(answer(folder.path)))
    assert data.pop("gathered") > 1.7e9  # seconds since 1970
    assert data == json.loads(json.dumps(plain(gather(folder))))
    assert contents(folder.path) == before


def test_each_line_is_a_question(tmp_path: Path) -> None:
    folder, written = write_run(tmp_path / "mine"), io.BytesIO()
    serve(folder.path, io.StringIO("\n"), written)
    change(folder, SPOIL)
    serve(folder.path, io.StringIO("\n\n"), written)
    written.seek(0)
    head = json.loads(written.readline())
    assert json.loads(gzip.decompress(written.read(head["bytes"])))["name"] == "mine"
    assert (head["error"], head["seconds"] > 0) == ("", True)
    for _ in range(2):
        head = json.loads(written.readline())
        assert head["bytes"] == 0
        assert head["error"].startswith("JSONDecodeError: Expecting value")
    assert written.read() == b""


@pytest.mark.slow
def test_the_process_answers_again_and_again_and_ends(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "mine")
    gatherer = Gatherer(folder.path)
    first = gatherer.ask()
    process = gatherer._process
    assert process is not None
    assert process.poll() is None
    change(folder, SPOIL)
    with pytest.raises(GatheringFailed, match="Expecting value"):
        gatherer.ask()
    change(folder, MEND)
    assert json.loads(gzip.decompress(gatherer.ask().data))["name"] == "mine"
    assert gatherer._process is process
    process.kill()  # somebody else, or a lack of memory
    process.wait()
    with pytest.raises(GatheringFailed, match="has ended"):
        gatherer.ask()
    again = gatherer.ask()  # a new one
    rows = [json.loads(gzip.decompress(found.data))["front"]["rows"] for found in (first, again)]
    assert rows[0] == rows[1]
    last = gatherer._process
    assert last is not None
    gatherer.close()
    assert last.poll() is not None
    with pytest.raises(GatheringFailed, match="closed"):
        gatherer.ask()
