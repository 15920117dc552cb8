"""How much longer does a run take while somebody watches it?

Goal: below 1 %. Pairs of equal short runs of small populations on digits, without and with
`--watch`, whose page asks for news as often as in a browser and fetches all data that are new.
What is timed is the whole command `evo run`, from its start to its end; the pairs begin with the
watched run and the other by turns, so that whatever slows the machine down hits both alike.

    python benchmarks/watch_overhead.py [--pairs 7] [--generations 12] [--runner serial]
           [--output results/reference/watch_overhead.txt]

The ratio of the medians is shown beside the quartiles of the pairs' ratios. A first pair warms the
disk's cache up and is not counted.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

GOAL_RATIO = 1.01
PERIOD_SECONDS = 2.0  # of `page_live.js`
SMALL = ("--population", "8", "--females", "4", "--juvenile-epochs", "1", "--adult-epochs", "6")
CALL = "from evo.cli import main; main()"


class Page(threading.Thread):
    """Asks like the live page, until its server ends or is gone."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url = url
        self.answers = self.editions = 0

    def run(self) -> None:
        """Ask and fetch."""
        edition = ""
        try:
            self._get("")
            while True:
                version = json.loads(self._get(f"version?page=abc&edition={edition}"))
                self.answers += 1
                if version["edition"] != edition:
                    self._get("data")
                    edition, self.editions = version["edition"], self.editions + 1
                elif version["ends"]:
                    return
                else:
                    time.sleep(PERIOD_SECONDS)
        except OSError:
            return

    def _get(self, path: str) -> bytes:
        asked = urllib.request.Request(self.url + path, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            packed: bytes = answer.read()
        return gzip.decompress(packed)


def timed(
    folder: Path, generations: int, runner: str, *, watched: bool
) -> tuple[float, Page | None]:
    """Run the command; return its seconds on the clock and the page that watched, if any."""
    name = f"run-{len(list(folder.glob('results/*')))}"
    options = ["run", "--generations", str(generations), "--runner", runner, "--name", name]
    began, page = time.perf_counter(), None
    process = subprocess.Popen(
        [sys.executable, "-c", CALL, *options, *SMALL, *(["--watch"] if watched else [])],
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "BROWSER": "true"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("live page "):
            page = Page(line.split()[-1])
            page.start()
    if process.wait() or (page is None) == watched:
        raise RuntimeError(f"`evo {' '.join(options)}` gave {process.returncode}")
    seconds = time.perf_counter() - began
    if page is not None:
        page.join()  # the server goes when the last data are delivered: not beside the next run
    return seconds, page


def report(pairs: int, generations: int, runner: str) -> Iterator[str]:
    """Time all pairs; yield a line each, then the verdict."""
    yield f"{'pair':>4} {'alone s':>9} {'watched s':>9} {'ratio':>7} {'answers':>8} {'drawn':>6}"
    alone, watched = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for pair in range(pairs + 1):
            took: dict[bool, float] = {}
            seen: Page | None = None
            for with_page in (pair % 2 == 0, pair % 2 == 1):
                took[with_page], page = timed(
                    Path(scratch), generations, runner, watched=with_page
                )
                seen = page or seen
            if not pair or seen is None:
                continue
            alone.append(took[False])
            watched.append(took[True])
            yield (
                f"{pair:>4} {took[False]:>9.2f} {took[True]:>9.2f} "
                f"{took[True] / took[False]:>7.4f} {seen.answers:>8} {seen.editions:>6}"
            )
    ratio = statistics.median(watched) / statistics.median(alone)
    each = sorted(b / a for a, b in zip(alone, watched, strict=True))
    low, _, high = statistics.quantiles(each, n=4) if len(each) > 1 else (each * 3)
    scored = "reached" if ratio < GOAL_RATIO else "MISSED"
    yield (
        f"ratio of medians {ratio:.4f}, quartiles of the pairs {low:.4f} to {high:.4f}; goal "
        f"below {GOAL_RATIO}: {scored}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--generations", type=int, default=12)
    parser.add_argument("--runner", default="serial", choices=("serial", "ray"))
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    lines = [
        f"Pairs of runs of {options.generations} generations on digits, runner {options.runner}; "
        f"Python {platform.python_version()}, {os.cpu_count()} cores"
    ]
    print(lines[0])
    for line in report(options.pairs, options.generations, options.runner):
        print(line, flush=True)
        lines.append(line)
    if options.output:
        options.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
