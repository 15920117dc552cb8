"""The live page in a real browser: a run that grows under it, and what the user chose stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from evo.record.export_notes import remember_export
from evo.record.run_folder import RunFolder
from evo.record.run_state import State
from evo.watch import page_cache as module
from evo.watch.address import listen
from evo.watch.server import Server
from evo.watch.serving import serving
from tests.evo.report.browser import CHROMIUM, CONTRAST, Browser, browser, check_front_rows
from tests.evo.report.runs import HIDE, HOSTILE, SHOW, change, write_run
from tests.evo.report.test_in_browser import POINTS, SHOWN
from tests.evo.watch.growing import FRONT, add_generation, driven
from tests.evo.watch.test_page_cache import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's package chromium"),
]
BANNER = "document.querySelector('.live')"
MEMBERS = "[...document.getElementById('member').options].map((one) => one.text)"
RANGE = "document.getElementById('front-plot').layout.yaxis.range"
BEST = ("g", 4, 0.95, 1.2, 1200)  # leaves a and b on the front
BETTER = ("h", 5, 0.85, 0.2, 200)  # beats b alone


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return write_run(tmp_path / "mine")


@pytest.fixture
def server(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(module, "LEAST_SECONDS", 0.1)
    monkeypatch.setattr(module, "SHARE", 10.0)
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.1)
    with serving(folder, listen(port=0)) as server:
        yield server


@pytest.fixture
def page(chromium: Browser, server: Server) -> Iterator[Browser]:
    """The live page on a window of usual size; nobody may complain, and nobody else be asked."""
    chromium.events.clear()
    chromium.open(server.address.url, 1280)
    yield chromium
    assert chromium.complaints() == []
    assert all(address.startswith(server.address.url) for address in chromium.requests())
    chromium.call("Page.navigate", url="about:blank")


def choose(page: Browser, select: str, option: str) -> None:
    """Choose by the beginning of an option's text, as a user does."""
    page.evaluate(
        f"(() => {{ const list = document.getElementById('{select}');"
        f"list.value = [...list.options].find((o) => o.text.startsWith('{option}')).value;"
        "list.dispatchEvent(new Event('change')); })()"
    )


def zoom(page: Browser) -> list[float]:
    """Draw a frame in the middle of the front's figure; return what it shows then."""
    page.evaluate("document.getElementById('front-plot').scrollIntoView({block: 'center'})")
    before = page.evaluate(RANGE)
    box = "document.querySelector('#front-plot .nsewdrag').getBoundingClientRect()"
    x, y = page.evaluate(f"[{box}.x + {box}.width / 2, {box}.y + {box}.height / 2]")
    for kind, by in (("mouseMoved", 0), ("mousePressed", 0), ("mouseMoved", 40),
                     ("mouseMoved", 80), ("mouseReleased", 80)):  # fmt: skip
        page.call("Input.dispatchMouseEvent", type=kind, x=x + by, y=y + by, button="left",
                  buttons=int(kind != "mouseReleased"), clickCount=1)  # fmt: skip
    page.wait(f"String({RANGE}) !== '{','.join(map(str, before))}'")
    found: list[float] = page.evaluate(RANGE)
    return found


def front_drawn(page: Browser) -> Any:
    return page.evaluate(
        "document.getElementById('front-plot').data.find((t) => t.name === 'front').x"
    )


def test_a_finished_run_is_shown_with_the_numbers_of_pareto_csv(
    page: Browser, folder: RunFolder
) -> None:
    page.wait(f"{BANNER}.dataset.state === 'finished'")
    assert page.evaluate(f"{BANNER}.textContent").startswith("Finished: 3 of 3 generations, 7 tr")
    check_front_rows(page, folder.pareto)


def test_a_point_can_be_clicked(page: Browser) -> None:
    page.evaluate("document.getElementById('front').scrollIntoView()")
    page.wait(f"{POINTS}.length === 2")
    page.click(*page.evaluate(POINTS)[1])
    page.wait(f"{SHOWN} === 'b'")


def test_the_page_follows_a_run_and_shows_the_best_until_somebody_chooses(
    chromium: Browser, folder: RunFolder, server: Server
) -> None:
    with driven(folder) as store:
        chromium.open(server.address.url, 1280)
        chromium.wait(f"{BANNER}.dataset.state === 'running'")
        assert chromium.evaluate(SHOWN) == "a"
        add_generation(folder, store, 4, BEST, [BEST, *FRONT])
        chromium.wait(f"{MEMBERS}.length === 3")
        assert chromium.evaluate(SHOWN) == "g"
        assert front_drawn(chromium) == [1200, 1000, 250]
        assert chromium.evaluate(RANGE)[1] > BEST[2]  # nobody has zoomed
        chromium.wait(f"{BANNER}.textContent.startsWith('Running: 4 of 3 generations')")
    chromium.wait(f"{BANNER}.dataset.state === 'interrupted'")


def test_what_the_user_chose_stays(page: Browser, folder: RunFolder, server: Server) -> None:
    choose(page, "axis", "FLOPs")
    choose(page, "member", "b,")
    page.evaluate("document.getElementById('front-rows').open = true")
    page.evaluate("document.querySelector('#panel details').open = true")
    page.evaluate("document.querySelector('#panel').marked = document.querySelector('#panel h3')")
    zoomed = zoom(page)
    page.evaluate("document.getElementById('costs').scrollIntoView()")
    where = page.evaluate("document.getElementById('costs').getBoundingClientRect().top")
    page.evaluate("document.getElementById('member').focus({preventScroll: true})")
    with driven(folder) as store:
        add_generation(folder, store, 4, BEST, [BEST, *FRONT])
        page.wait(f"{MEMBERS}.length === 3")
        assert page.evaluate(SHOWN) == "b"
        assert page.evaluate(
            "document.querySelector('#panel').marked === document.querySelector('#panel h3')"
        ), "the panel was drawn again though nothing in it had changed"
        assert page.evaluate("document.querySelector('#panel details').open")
        assert page.evaluate("document.getElementById('front-rows').open")
        assert page.evaluate("document.activeElement.id") == "member"
        assert page.evaluate("document.getElementById('member').value") == "2"
        assert front_drawn(page) == [120000.5, 100000.5, 25000.5]  # FLOPs
        assert page.evaluate(RANGE) == zoomed
        assert page.evaluate(
            "document.getElementById('costs').getBoundingClientRect().top"
        ) == pytest.approx(where, abs=2)
        add_generation(folder, store, 5, BETTER, [BEST, FRONT[0], BETTER])
        page.wait("document.querySelector('#panel .left') !== null")
        assert page.evaluate("document.querySelector('#panel h3').textContent") == "b"
        assert page.evaluate("document.getElementById('member').selectedIndex") == -1
        choose(page, "member", "h,")
        page.wait(f"{SHOWN} === 'h'")
        assert page.evaluate("document.querySelector('#panel .left')") is None


def test_sections_come_when_there_is_something_to_show(
    chromium: Browser, tmp_path: Path, folder: RunFolder, server: Server
) -> None:
    change(folder, HIDE)
    with driven(folder) as store:
        chromium.events.clear()
        chromium.open(server.address.url, 390)
        chromium.wait("document.getElementById('front-note').textContent.includes('is empty')")
        assert chromium.evaluate("document.getElementById('front-plot').offsetHeight") == 0
        change(folder, SHOW)
        store.add_event("info", "grown up")  # by which the page knows of news
        chromium.wait(f"{MEMBERS}.length === 2")
        chromium.wait(f"{SHOWN} === 'a'")
        assert chromium.evaluate("document.getElementById('front-plot').offsetHeight") > 300
        assert chromium.evaluate("document.documentElement.scrollWidth") <= 390
    assert chromium.complaints() == []


def test_a_server_that_is_gone_is_said(chromium: Browser, folder: RunFolder) -> None:
    with serving(folder, listen(port=0)) as server:
        chromium.open(server.address.url, 1280)
        chromium.wait(f"{BANNER}.dataset.state === 'finished'")
    chromium.wait(f"{BANNER}.dataset.state === 'gone'")
    assert "The page shows what was known at" in chromium.evaluate(f"{BANNER}.textContent")
    assert chromium.evaluate(SHOWN) == "a"
    chromium.call("Page.navigate", url="about:blank")


def test_a_server_that_ends_with_its_run_leaves_the_page_in_peace(
    page: Browser, server: Server
) -> None:
    page.wait(f"{BANNER}.dataset.state === 'finished'")
    server.ends = True
    page.wait(f"{BANNER}.textContent.includes('follows it no longer')")
    until(lambda: server.clients.is_gone)  # the page may know before the server does
    asked = len(page.requests())
    page.evaluate("new Promise((done) => setTimeout(done, 100))")
    assert len(page.requests()) == asked


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_banner_stands_out_in_every_state(page: Browser, scheme: str) -> None:
    """WCAG AA, whatever the reader prefers: 4.5 for text, 3 for the line at its side."""
    page.call(
        "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}]
    )
    page.wait(f"{BANNER}.dataset.state === 'finished'")
    for state in (*get_args(State), "gone"):
        # In one go: the page tells the true state every other second.
        text, line = page.evaluate(
            f"(() => {{ {BANNER}.dataset.state = '{state}';"
            f"const contrast = {CONTRAST}, line = getComputedStyle({BANNER}).borderLeftColor;"
            "const text = contrast('.live, .live *');"
            f"{BANNER}.style.color = line; const its = contrast('.live');"
            f"{BANNER}.style.color = ''; return [text, its]; }})()"
        )
        assert text >= 4.5, state
        assert line >= 3.0, state
    page.call("Emulation.setEmulatedMedia", features=[])


def test_an_export_shows_on_the_page_of_a_finished_run(
    page: Browser, folder: RunFolder, server: Server
) -> None:
    page.wait(f"{BANNER}.dataset.state === 'finished'")
    told = "[...document.querySelectorAll('#panel dt')].some((t) => t.textContent === 'exported')"
    assert not page.evaluate(told)
    remember_export(folder, "a", Path("exports/a"))
    page.wait(f"{MEMBERS}[0].endsWith('exported')")
    page.wait(told)


def test_a_strangers_run_cannot_run_script(chromium: Browser, tmp_path: Path) -> None:
    names = {name: f"{name}{HOSTILE}" for name in "abcdef"}
    with serving(write_run(tmp_path / "theirs", names), listen(port=0)) as server:
        chromium.events.clear()
        chromium.open(server.address.url, 1280)
        assert chromium.evaluate(SHOWN) == f"a{HOSTILE}"
        assert chromium.evaluate("document.querySelectorAll('img').length") == 0
        assert chromium.evaluate("document.querySelectorAll('script').length") == 3
        assert chromium.complaints() == []
        chromium.evaluate("fetch('http://127.0.0.1:9/').catch(() => null); null")
        chromium.evaluate(
            "(() => { const s = document.createElement('script');"
            "s.textContent = 'window.ran = 1';"
            "document.body.append(s); })()"
        )
        assert chromium.evaluate("window.ran === undefined")
        complaints = "".join(chromium.complaints())
        assert complaints.count("Content Security Policy") >= 2
        assert "connect-src" in complaints
        chromium.call("Page.navigate", url="about:blank")


def test_the_keyboard_reaches_every_member(page: Browser) -> None:
    for _ in range(30):
        page.press("Tab", 9)
        if page.evaluate("document.activeElement.id") == "member":
            break
    assert page.evaluate("document.activeElement.id") == "member"
    page.press("ArrowDown", 40)
    page.wait(f"{SHOWN} === 'b'")
