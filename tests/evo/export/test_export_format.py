"""Which formats an export is written in, and what asking for one that cannot be says."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from evo.errors import BadInput
from evo.export.export_format import FORMATS, ExportFormat, chosen_formats

USUAL = [
    "card", "model-py", "monitor", "monitor-calibration", "readme", "spec", "torch-export",
    "vocabulary", "weights",
]  # fmt: skip
REQUESTED = ["onnx", "onnx-int8"]
OPTIONAL = ["executorch"]  # whose packages need not be here


def names(formats: list[ExportFormat]) -> list[str]:
    return [one.name for one in formats]


def test_every_export_has_the_usual_ones_and_those_asked_for() -> None:
    assert FORMATS.names() == sorted(USUAL + REQUESTED + OPTIONAL)
    assert names(chosen_formats()) == USUAL
    assert set(names(chosen_formats(["onnx"]))) == {*USUAL, "onnx"}
    assert set(names(chosen_formats(REQUESTED))) == {*USUAL, *REQUESTED}


def test_what_describes_the_others_is_known() -> None:
    assert names([one for one in chosen_formats() if one.describes]) == ["card", "readme"]
    exact = {one.name: one.exact for one in chosen_formats(REQUESTED) if one.program}
    assert exact == {
        "model-py": True,
        "onnx": True,
        "onnx-int8": False,
        "spec": True,
        "torch-export": True,
    }


def test_an_unknown_format_is_told_with_the_nearest() -> None:
    with pytest.raises(BadInput, match=r"--format: unknown format 'onix'. Did you mean 'onnx'"):
        chosen_formats(["onix"])


def test_a_format_whose_packages_are_missing_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = importlib.util.find_spec

    def absent(name: str, *rest: Any) -> Any:
        return None if name in ("onnxruntime", "executorch") else there(name, *rest)

    monkeypatch.setattr("evo.export.export_format.find_spec", absent)
    with pytest.raises(BadInput, match=r"needs onnxruntime.*pip install 'evo-nas\[onnx\]'"):
        chosen_formats(["onnx"])
    with pytest.raises(BadInput, match=r"needs executorch.*'evo-nas\[executorch\]'"):
        chosen_formats(["executorch"])
    assert names(chosen_formats()) == USUAL


def test_figures_of_a_format_are_named_by_it() -> None:
    one = ExportFormat.load("onnx-int8")
    assert one.fact("bytes") == "onnx_int8_bytes"
    assert one.fact("") == "onnx_int8"
    assert Path(one.file_name).suffix == ".onnx"
