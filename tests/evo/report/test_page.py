"""The page: nothing that a record says becomes markup or script, and the policy fits the page."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from evo.report import page
from evo.report.gathering import gather
from evo.report.page import island, plain, render
from tests.evo.report.runs import HOSTILE, write_run


class Elements(HTMLParser):
    """Collects tags with their attributes, and the texts of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if self._inside or tag == "script":
            self._inside = True
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts[-1] += data


@pytest.mark.parametrize("text", [HOSTILE, "\u2028\u2029", "<!--<script>", "\ud800", "&lt;"])
def test_the_island_holds_no_markup_and_gives_the_text_back(text: str) -> None:
    written = island({text: [text]})
    assert not set(written) & set("<>&\u2028\u2029")
    assert json.loads(written) == {text: [text]}


def test_what_json_does_not_know_becomes_plain() -> None:
    values = {"a": np.float64(0.5), "b": np.array([1, 2]), "c": (math.nan, -math.inf), 3: True}
    assert plain(values) == {"a": 0.5, "b": [1, 2], "c": [None, None], "3": True}
    assert isinstance(plain(values)["a"], float)


def test_the_policy_allows_the_two_scripts_of_the_page_and_no_others(tmp_path: Path) -> None:
    found = Elements(render(gather(write_run(tmp_path / "mine"))))
    policy = next(a["content"] for tag, a in found.tags if "http-equiv" in a) or ""
    library, data, script = found.scripts
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()) for s in (library, script)]
    assert "script-src " + " ".join(f"'sha256-{h.decode()}'" for h in hashes) + ";" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe-eval" not in policy
    assert json.loads(data)["name"] == "mine"


def test_the_page_names_no_address_to_load_from(tmp_path: Path) -> None:
    found = Elements(render(gather(write_run(tmp_path / "mine"))))
    loaded = [a.get("src") or a.get("href") for _, a in found.tags]
    assert {address for address in loaded if address} == {"data:,", "#front"}
    assert not [name for _, a in found.tags for name in a if name.startswith("on")]


def test_hostile_names_add_no_element(tmp_path: Path) -> None:
    usual = Elements(render(gather(write_run(tmp_path / "mine"))))
    names = {name: f"{name}{HOSTILE}" for name in "abcdef"}
    data = gather(write_run(tmp_path / "yours", names))
    hostile = Elements(render({**data, "name": HOSTILE}))
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in usual.tags]
    assert len(hostile.scripts) == 3
    assert json.loads(hostile.scripts[1])["front"]["rows"][0][0] == names["a"]


def test_a_script_that_would_end_early_is_refused() -> None:
    with pytest.raises(ValueError, match="ends or comments out"):
        page._script("let a = '</SCRIPT>'")


def test_marks_in_the_data_are_not_filled_in() -> None:
    assert "{{policy}}" in json.loads(Elements(render({"name": "{{policy}}"})).scripts[1])["name"]
