"""The page in a real browser, offline: no error, no request, points and keys that work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import evo
from evo.record.export_notes import remember_export
from evo.record.run_folder import RunFolder
from evo.report import write_report
from evo.report.gathering import gather
from evo.report.page import render
from tests.evo.report.browser import (
    CHROMIUM,
    CONTRAST,
    TEXTS,
    Browser,
    browser,
    check_front_rows,
)
from tests.evo.report.runs import BY_R2, BY_RMSE, HOSTILE, Learnt, write_run

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
    check_front_rows(page, tmp_path / "mine" / "pareto.csv")


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
    assert page.evaluate(f"{front}.x") == [100000.5, 25000.5]  # FLOPs


@pytest.mark.parametrize(("number", "x"), [(1, [0.25, 1.0]), (0, [650])])
def test_the_baseline_is_a_line_or_where_parameters_are_drawn_a_point(
    page: Browser, number: int, x: list[float]
) -> None:
    page.evaluate(
        f"(() => {{ const axis = document.getElementById('axis'); axis.value = '{number}';"
        "axis.dispatchEvent(new Event('change')); })()"
    )
    found = (
        "document.getElementById('front-plot').data.find((t) => t.name === "
        "'logistic regression (no search)')"
    )
    assert page.evaluate(f"{found}.x") == x
    assert set(page.evaluate(f"{found}.y")) == {0.85}


AXIS = "document.getElementById('front-plot').layout.{}.{}"


@pytest.mark.parametrize(
    ("learnt", "named", "best", "baseline"),
    [(BY_R2, "R²", "0.9", "0.4"), (BY_RMSE, "RMSE", "52.25", "55")],
)
def test_another_metric_is_shown_as_it_is(
    chromium: Browser, tmp_path: Path, learnt: Learnt, named: str, best: str, baseline: str
) -> None:
    folder = write_run(tmp_path / "mine", learnt=learnt)
    chromium.events.clear()
    chromium.open(write_report(folder), 1280)
    assert chromium.evaluate(AXIS.format("yaxis", "title.text")) == named
    assert chromium.evaluate(AXIS.format("yaxis", "tickformat")) is None
    low, high = chromium.evaluate(AXIS.format("yaxis", "range"))
    assert all(low < value < high for value in (*learnt.values[:2], learnt.baseline.validation))
    traces = "document.getElementById('front-plot').data.find((t) => t.name === '{}').{}"
    assert f"<br>{named} {best}<br>" in chromium.evaluate(traces.format("front", "text[0]"))
    told = chromium.evaluate(traces.format("ridge regression (no search)", "text[0]"))
    assert told == f"ridge regression<br>{named} {baseline}<br>11 parameters"
    kept = chromium.evaluate(traces.format("best of these two", "y"))
    assert kept == [learnt.values[1], learnt.values[0]]  # the smaller first
    listed = "[...document.getElementById('member').options].map((one) => one.text)"
    assert chromium.evaluate(listed)[0] == f"a, {best}"
    curve = "document.querySelector('#panel .js-plotly-plot').layout.yaxis.title.text"
    assert chromium.evaluate(curve) == named
    page = chromium.evaluate("document.body.textContent")
    assert "accuracy" not in page.lower().split("the other genes")[0]
    assert chromium.complaints() == []


def test_what_is_far_worse_than_most_is_out_of_view_until_asked_for(
    chromium: Browser, tmp_path: Path
) -> None:
    data = gather(write_run(tmp_path / "mine", learnt=BY_R2))
    shown = {**data["front"], "up": {**data["front"]["up"], "worst": 0.35}, "baseline": None}
    (tmp_path / "page.html").write_text(render({**data, "front": shown}))
    chromium.open(tmp_path / "page.html", 1280)
    low, high = chromium.evaluate(AXIS.format("yaxis", "range"))
    assert 0.8 < low < 0.9 < high < 1.0  # b, at -0.75, is below
    chromium.evaluate("Plotly.relayout('front-plot', {'yaxis.autorange': true})")
    assert chromium.evaluate(AXIS.format("yaxis", "range"))[0] < -0.75


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


# What is drawn on a plot: its ground, and the colour of its first trace.
DRAWN = """[...document.querySelectorAll('.js-plotly-plot')].map((p) => [
  p.layout.paper_bgcolor, (p.data[0].line || p.data[0].marker).color])"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(page: Browser, scheme: str) -> None:
    """WCAG AA: a contrast of 4.5 at least, of all texts, those that plotly draws included."""
    page.prefer(scheme)
    dark = "getComputedStyle(document.body).backgroundColor === 'rgb(20, 23, 26)'"
    page.wait(dark if scheme == "dark" else f"!({dark})")
    page.wait(f"{CONTRAST}({TEXTS!r}) >= 4.5")
    page.prefer("light")


def test_plots_follow_the_preferred_scheme_while_the_page_is_open(page: Browser) -> None:
    light = page.evaluate(DRAWN)
    page.prefer("dark")
    page.wait(f"{DRAWN}.every(([ground]) => ground === '#14171a')")
    dark = page.evaluate(DRAWN)
    assert {ground for ground, _ in light} == {"#ffffff"}
    assert len(dark) == len(light) >= 10
    assert all(before != now for (_, before), (_, now) in zip(light, dark, strict=True))
    page.prefer("light")
    page.wait(f"JSON.stringify({DRAWN}) === JSON.stringify({json.dumps(light)})")


def test_dominated_points_do_not_stretch_the_axes(chromium: Browser, tmp_path: Path) -> None:
    data = gather(write_run(tmp_path / "mine"))
    others = {"accuracy": [0.01], "active_ratio": [40.0], "active_parameters": [1e7]}
    (tmp_path / "page.html").write_text(
        render({**data, "front": {**data["front"], "others": others}})
    )
    chromium.open(tmp_path / "page.html", 1280)
    axes = "['xaxis', 'yaxis'].map((a) => document.getElementById('front-plot').layout[a].range)"
    (left, right), (low, high) = chromium.evaluate(axes)
    assert 0 < left < 250  # the front has 250 and 1,000 active parameters
    assert 1000 < right < 1100
    assert (0.7 < low < 0.8, 0.9 < high < 1.0) == (True, True)
    chromium.evaluate(
        "Plotly.relayout('front-plot', {'xaxis.autorange': true, 'yaxis.autorange': true})"
    )
    (_, right), (low, _) = chromium.evaluate(axes)  # as a double click does
    assert right > 1e7
    assert low < 0.01


def test_what_other_data_say_stands_beside_the_main_objective(page: Browser) -> None:
    page.evaluate("document.getElementById('front-rows').open = true")
    heads = page.evaluate(
        "[...document.querySelectorAll('#front-rows th')]"
        ".map((th) => [th.textContent, th.getBoundingClientRect().right])"
    )
    assert [text for text, _ in heads[:3]] == ["genome", "accuracy", "test accuracy"]
    assert heads[2][1] < 1280


def test_exported_networks_have_a_ring_and_say_so(chromium: Browser, tmp_path: Path) -> None:
    names = {name: f"{name}{HOSTILE}" for name in "abcdef"}
    folder = write_run(tmp_path / "mine", names)
    for name in "bc":  # one of the front, one dominated
        remember_export(folder, names[name], Path("exports") / name)
    chromium.events.clear()
    chromium.open(write_report(folder), 1280)
    rings = "document.getElementById('front-plot').data.filter((t) => t.name === 'exported')"
    assert chromium.evaluate(f"{rings}.map((t) => [t.x, t.y])") == [
        [[250], [0.8]],
        [[500], [0.7]],
    ]
    (hover,) = chromium.evaluate(f"{rings}[1].text")
    assert hover.startswith("<b>c&lt;/script&gt;&lt;img src=x")  # plotly reads a little HTML
    assert hover.endswith("exported, dominated by now")
    legend = "[...document.querySelectorAll('#front-plot .legendtext')].map((t) => t.textContent)"
    assert chromium.evaluate(legend).count("exported") == 1
    facts = "[...document.querySelectorAll('#panel dt')].map((dt) => dt.textContent)"
    assert "exported" not in chromium.evaluate(facts)  # the best is shown, and was not
    row = "document.querySelectorAll('#front-rows tbody tr')[{}].children[1].textContent"
    assert [chromium.evaluate(row.format(i)) for i in range(2)] == ["", "yes"]
    chromium.evaluate("document.querySelectorAll('#front-rows button')[1].click()")
    assert chromium.evaluate(SHOWN) == names["b"]
    assert "exported" in chromium.evaluate(facts)
    listed = "[...document.getElementById('member').options].map((one) => one.text)"
    assert chromium.evaluate(listed) == [f"a{HOSTILE}, 90.00 %", f"b{HOSTILE}, 80.00 %, exported"]
    assert chromium.evaluate("document.querySelectorAll('img').length") == 0
    assert chromium.complaints() == []


def test_numbers_have_a_table_also_where_no_choice_moved(
    chromium: Browser, tmp_path: Path
) -> None:
    data = gather(write_run(tmp_path / "mine"))
    moved = [f"training.{HOSTILE}", 0.02, 0.031234, 0.04, 0.8, 0.9, 1000.0, 0.9]
    still = [*moved[:7], 0.4]
    shown = {**data, "genes": {"figures": [], "rows": [], "numbers": [moved, still]}}
    (tmp_path / "page.html").write_text(render(shown))
    chromium.events.clear()
    chromium.open(tmp_path / "page.html", 1280)
    assert not chromium.evaluate("document.getElementById('genes').hidden")
    cells = "[...document.querySelectorAll('#genes tbody td')].map((td) => td.textContent)"
    row = [moved[0], "0.0312 (0.02 to 0.04)", "0.9 (0.8 to 1000)"]
    assert chromium.evaluate(cells) == [*row, "90 %", *row, "40 %"]
    assert chromium.evaluate("document.querySelectorAll('#genes table').length") == 1
    assert "Genes" in chromium.evaluate("document.getElementById('contents').textContent")
    assert chromium.complaints() == []
    (tmp_path / "page.html").write_text(
        render({**shown, "genes": {**shown["genes"], "numbers": []}})
    )
    chromium.open(tmp_path / "page.html", 1280)
    assert chromium.evaluate("document.getElementById('genes').hidden")


def test_generations_and_epochs_have_no_halves(page: Browser) -> None:
    labels = "[...document.querySelectorAll('{} .xtick text')].map((t) => t.textContent)"
    assert page.evaluate(labels.format("#costs")) == ["1", "2", "3"] * 2
    assert page.evaluate(labels.format("#panel .low")) == ["1", "2", "3"] * 2


def test_every_decision_of_a_ladder_has_its_column_and_its_mark(
    chromium: Browser, tmp_path: Path
) -> None:
    def evaluate(parameters: Any, epochs: int, seed: int, checkpoint: Any) -> evo.Outcome:
        curve = [abs(parameters["x"] - 0.3) + 1 / epoch for epoch in range(1, epochs + 1)]
        return evo.Outcome({"loss": curve[-1], "size": 1 + parameters["x"]}, curve=curve)

    search = evo.search(
        {"x": evo.Real(0.0, 1.0)}, evaluate, objectives={"loss": "min", "size": "min"},
        epochs=(1, 2, 4), generations=8, population=8, results=tmp_path, name="ladder",
    )  # fmt: skip
    assert search.folder is not None
    chromium.events.clear()
    chromium.open(write_report(RunFolder.open(search.folder)), 1280)
    assert chromium.complaints() == []
    heads = chromium.evaluate("[...document.querySelectorAll('th')].map((e) => e.textContent)")
    assert {"for candidates", "for partly trained", "for partly trained 2"} <= set(heads)
    plots = "[...document.querySelectorAll('.js-plotly-plot')]"
    named = f"{plots}.flatMap((plot) => plot.data.map((one) => one.name))"
    assert "predicted, partly trained 2" in chromium.evaluate(named)
