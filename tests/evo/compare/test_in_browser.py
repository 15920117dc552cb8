"""The page of a comparison in a real browser: on a phone, and on a dark ground."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evo.compare.comparison import compare
from evo.compare.files import reserve, write
from evo.compare.groups import find_groups
from tests.evo.compare.test_comparison import steps
from tests.evo.recorded_runs import write_run
from tests.evo.report.browser import CHROMIUM, CONTRAST, TEXTS, Browser, browser

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's package chromium"),
]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, Path]]:
    folder = tmp_path_factory.mktemp("comparison")
    for seed in range(3):
        for way in ("all", "marks"):
            write_run(folder / way / f"{way}{seed}", steps(0.3, 0.5), seed=seed, inherit=way)
    groups = find_groups([str(folder / "all"), str(folder / "marks")], folder)
    reserve(folder / "there", overwrite=False)
    write(compare(groups), folder / "there")
    with browser(tmp_path_factory.mktemp("profile")) as chromium:
        yield chromium, folder / "there" / "compare.html"


def opened(page: tuple[Browser, Path], width: int, scheme: str = "light") -> Browser:
    chromium, path = page
    chromium.prefer(scheme)
    chromium.show(path, width)
    chromium.wait(
        "document.readyState === 'complete' && document.querySelector('svg text') !== null"
    )
    return chromium


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_the_window(page: tuple[Browser, Path], width: int) -> None:
    chromium = opened(page, width)
    assert (
        chromium.evaluate("window.innerWidth") == width
    )  # a phone shrinks pages without viewport
    assert chromium.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(page: tuple[Browser, Path], scheme: str) -> None:
    chromium = opened(page, 1280, scheme)
    grounds = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 26)"}
    ground = "getComputedStyle(document.body).backgroundColor"
    assert chromium.evaluate(ground) == grounds[scheme]
    patches = "[...document.querySelectorAll('svg #patch_1 path')]"
    fills = chromium.evaluate(f"{patches}.map((path) => getComputedStyle(path).fill)")
    assert fills == [grounds[scheme]] * 2
    assert chromium.evaluate(f"{CONTRAST}({TEXTS!r})") >= 4.5
