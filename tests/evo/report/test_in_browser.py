"""The page in a real browser, offline: no error, no request, points and keys that work."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from evo.report import write_report
from tests.evo.report.browser import CHROMIUM, Browser, browser
from tests.evo.report.runs import HOSTILE, write_run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's package chromium"),
]
SHOWN = "document.getElementById('panel').dataset.genome"
# Places of the front's points in the window; they are the only ones drawn so large.
POINTS = """(() => {
  const traces = [...document.querySelectorAll('#front-plot .scatterlayer .trace')];
  const front = traces.map((t) => [...t.querySelectorAll('path.point')])
    .find((points) => points.length === document.getElementById('member').length);
  return front.map((p) => p.getBoundingClientRect()).map((r) => [r.x + r.width / 2, r.y + r.height / 2]);
})()"""  # noqa: E501


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def page(chromium: Browser, tmp_path: Path) -> Iterator[Browser]:
    """The report of a hostile run, on a window of usual size; nobody may complain afterwards."""
    names = {name: f"{name}{HOSTILE}" for name in "abcdef"}
    report = write_report(write_run(tmp_path / "mine", names))
    chromium.events.clear()
    chromium.open(report, 1280)
    yield chromium
    assert chromium.complaints() == []
    assert set(chromium.requests()) == {report.absolute().as_uri()}


def test_hostile_names_are_text(page: Browser) -> None:
    assert page.evaluate(SHOWN) == f"a{HOSTILE}"
    assert page.evaluate("document.querySelector('#panel h3').textContent") == f"a{HOSTILE}"
    assert page.evaluate("document.querySelectorAll('img').length") == 0
    assert page.evaluate("document.querySelectorAll('body script').length") == 3


def test_scripts_that_are_put_in_do_not_run(chromium: Browser, tmp_path: Path) -> None:
    chromium.open(write_report(write_run(tmp_path / "mine")), 1280)
    chromium.events.clear()
    chromium.evaluate(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        "document.body.append(s); })()"
    )
    assert chromium.evaluate("window.ran === undefined")
    (refused,) = chromium.complaints()
    assert "Content Security Policy" in refused


def test_the_table_shows_the_numbers_of_pareto_csv(page: Browser, tmp_path: Path) -> None:
    page.evaluate("document.getElementById('front-rows').open = true")
    heads = page.evaluate(
        "[...document.querySelectorAll('#front-rows th')].map((th) => th.textContent)"
    )
    cells = page.evaluate(
        "[...document.querySelectorAll('#front-rows tbody tr')]"
        ".map((tr) => [...tr.children].map((td) => td.textContent))"
    )
    with (tmp_path / "mine" / "pareto.csv").open() as file:
        rows = list(csv.DictReader(file))
    shown = [dict(zip(heads, row, strict=True)) for row in cells]
    for row, seen in zip(rows, shown, strict=True):
        assert seen["genome"] == row["genome"]
        assert seen["accuracy"] == f"{100 * float(row['accuracy']):.2f} %"
        assert seen["active ratio"] == f"{100 * float(row['active_ratio']):.2f} %"
        assert seen["active parameters"] == f"{int(row['active_parameters']):,}"


def test_a_click_on_a_point_shows_its_network(page: Browser) -> None:
    page.evaluate("document.getElementById('front').scrollIntoView()")
    page.wait(f"{POINTS}.length === 2")
    page.click(*page.evaluate(POINTS)[1])
    page.wait(f"{SHOWN}.startsWith('b')")
    assert page.evaluate("document.getElementById('member').value") == "1"
    page.click(*page.evaluate(POINTS)[0])
    hovered = "document.querySelector('#front-plot .hoverlayer').textContent"
    page.wait(f"{hovered}.startsWith('a')")
    assert page.evaluate(hovered).startswith(f"a{HOSTILE}accuracy 90.00 %")


def test_other_axes_keep_the_points(page: Browser) -> None:
    page.evaluate(
        "(() => { const axis = document.getElementById('axis'); axis.value = '3';"
        "axis.dispatchEvent(new Event('change')); })()"
    )
    front = "document.getElementById('front-plot').data.find((t) => t.name === 'front')"
    assert page.evaluate(f"{front}.x") == [100000.5, 30000.5]  # FLOPs


def test_the_keyboard_reaches_every_member(page: Browser) -> None:
    for _ in range(30):
        page.press("Tab", 9)
        if page.evaluate("document.activeElement.id") == "member":
            break
    assert page.evaluate("document.activeElement.id") == "member"
    page.press("ArrowDown", 40)
    page.wait(f"{SHOWN}.startsWith('b')")


def test_formulas_are_mathematics(page: Browser) -> None:
    found = page.evaluate("document.querySelector('#predictors math').textContent")
    assert found == "metric last+(\N{MINUS SIGN}log flops)"
    assert page.evaluate("document.querySelector('#predictors math mo').namespaceURI").endswith(
        "MathML"
    )


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_the_window(page: Browser, width: int) -> None:
    page.open(Path(page.evaluate("decodeURIComponent(location.pathname)")), width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    plots = page.evaluate(
        "[...document.querySelectorAll('.js-plotly-plot .main-svg')]"
        ".map((svg) => svg.getBoundingClientRect().right)"
    )
    assert len(plots) >= 10
    assert max(plots) <= width


def test_text_stands_out_from_its_ground(page: Browser) -> None:
    """WCAG AA: a contrast of 4.5 at least, of all texts that are not drawn by plotly."""
    worst = page.evaluate(
        """(() => {
          const channel = (v) => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
          const luminance = (text) => { const [r, g, b] = text.match(/\\d+/g).map(Number);
            return .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b); };
          const ground = (e) => { for (; e; e = e.parentElement) {
            const c = getComputedStyle(e).backgroundColor;
            if (!c.startsWith('rgba(0, 0, 0, 0')) return c; } return 'rgb(255, 255, 255)'; };
          const texts = 'p, dt, dd, h1, h2, h3, a, button, td, th, caption, summary, pre, label';
          return Math.min(...[...document.querySelectorAll(texts)].map((e) => {
            const [a, b] = [luminance(getComputedStyle(e).color), luminance(ground(e))];
            return (Math.max(a, b) + .05) / (Math.min(a, b) + .05); })); })()"""
    )
    assert worst >= 4.5
