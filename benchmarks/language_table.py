"""The first table of the paper on context control: a standard transformer and its rivals.

Usage: python -m benchmarks.language_table [--seeds 5] [--epochs 1] [--epoch-windows 1024]
           [--rivals standard experts ...] [--text FILE] [--cache FILE] [--output FILE]

By default the text is Debian's King James Version in characters (`apt install bible-kjv
bible-kjv-text`). Equal for all, exactly: the text, the tokens trained on, optimizer, learning rate
and schedule, batch; nobody's settings are tuned. Nearly equal are parameters, which are printed.
The FLOPs of the training differ, and are printed. Measured on validation windows: perplexity (of
a character) and bits per byte, mean and deviation over seeds. `active` is the share of parameters
that a token needs on average, `FLOPs` those expected for a window, `time` that of a token in
generation by the standard network's, `state` the bytes that generation keeps of what came before.
What was measured is appended to the cache at once and not measured again; seeds are 0, 1, 2, ...
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy and torch read it

from benchmarks.language.bible import write_bible
from benchmarks.language.measuring import Row, measured
from benchmarks.language.rivals import CHANGES, STANDARD
from benchmarks.language.seed_statistics import Difference, difference
from evo.pareto.statistics import holm
from fitness.data.options import DataOptions
from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.numerics import Numerics

WINDOW = 64
CACHE = Path("results/language_table/cache.jsonl")
HEADINGS = (
    f"{'rival':<11}{'seeds':>6}{'parameters':>12}{'active':>8}{'training FLOPs':>16}{'FLOPs':>14}"
    f"{'perplexity':>18}{'bits per byte':>18}{'time':>7}{'state':>8}"
)
TESTS = (
    f"{'rival':<11}{'bits more':>10}{'Welch p':>10}{'Holm':>9}{'Mann-Whitney p':>16}{'Holm':>9}"
    f"{'d':>8}  interval of d"
)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--epoch-windows", type=int, default=1024)
    parser.add_argument("--rivals", nargs="+", choices=CHANGES, default=list(CHANGES))
    parser.add_argument("--text", type=Path)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


def table(rows: Sequence[Row], head: str) -> str:
    """Return the table of what was measured, and the tests below it."""
    by_rival = {name: [row for row in rows if row.rival == name] for name in CHANGES}
    present = {name: found for name, found in by_rival.items() if found}
    lines = [head, "", HEADINGS, *(_line(name, found) for name, found in present.items())]
    standard = [row.bits_per_byte for row in present.get(STANDARD, ())]
    compared = {
        name: difference([row.bits_per_byte for row in found], standard)
        for name, found in present.items()
        if name != STANDARD
    }
    found = {name: one for name, one in compared.items() if one is not None}
    if found:
        told = f"Against the standard one, over seeds; Holm's p is that of {len(found)} tests:"
        lines += ["", told, TESTS, *_tests(found)]
    return "\n".join(lines) + "\n"


def _line(name: str, rows: Sequence[Row]) -> str:
    first = rows[0]
    return (
        f"{name:<11}{len(rows):>6}{first.parameters:>12,}"
        f"{statistics.fmean(row.active_ratio for row in rows):>8.1%}"
        f"{statistics.fmean(row.training_flops for row in rows):>16.3g}"
        f"{statistics.fmean(row.flops for row in rows):>14,.0f}"
        f"{_spread(row.perplexity for row in rows):>18}"
        f"{_spread(row.bits_per_byte for row in rows):>18}"
        f"{statistics.median(row.time_ratio for row in rows):>7.2f}"
        f"{first.state_bytes:>8,}"
    )


def _spread(values: Iterable[float]) -> str:
    found = list(values)
    deviation = f" ± {statistics.stdev(found):.3f}" if len(found) > 1 else ""
    return f"{statistics.fmean(found):.3f}{deviation}"


def _tests(found: dict[str, Difference]) -> list[str]:
    welch = holm([one.welch for one in found.values()])
    whitney = holm([one.mann_whitney for one in found.values()])
    return [
        f"{name:<11}{one.mean:>+10.3f}{one.welch:>10.2g}{welch[place]:>9.2g}"
        f"{one.mann_whitney:>16.3g}{whitney[place]:>9.2g}{one.d:>+8.2f}"
        f"  [{one.interval[0]:+.2f}, {one.interval[1]:+.2f}]"
        for place, (name, one) in enumerate(found.items())
    ]


def kept(cache: Path, settings: str) -> dict[tuple[str, int], Row]:
    """Return what the cache has of these settings, by rival and seed."""
    lines = cache.read_text(encoding="utf-8").splitlines() if cache.is_file() else []
    entries = (json.loads(line) for line in lines)
    rows = (Row(**entry["row"]) for entry in entries if entry["settings"] == settings)
    return {(row.rival, row.seed): row for row in rows}


def main() -> None:
    """Measure what is not known yet, seed after seed; print the table, and write it."""
    given = arguments()
    given.cache.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = given.text or Path(folder) / "bible.txt"
        if given.text is None:
            write_bible(path)
        evaluator = NetworkEvaluator(
            TaskReference(
                f"text:{path}",
                options=DataOptions(window=WINDOW),
                epoch_examples=given.epoch_windows,
            ),
            Numerics(),
            requested=("expected_flops",),
            metrics=("bits_per_byte", "perplexity"),
        )
        head = (
            f"{evaluator.task.description}; {given.epochs} epochs of {given.epoch_windows:,} "
            f"windows of {WINDOW} tokens"
        )
        settings = f"{head}; {evaluator.fingerprint}"
        rows = kept(given.cache, settings)
        for seed in range(given.seeds):
            for rival in given.rivals:
                if (rival, seed) in rows:
                    continue
                row = rows[rival, seed] = measured(evaluator, rival, seed, given.epochs)
                with given.cache.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"settings": settings, "row": row.to_json()}) + "\n")
                print(f"{rival}, seed {seed}: {row.bits_per_byte:.3f} bits per byte", flush=True)
        wanted = [row for row in rows.values() if row.seed < given.seeds]
    text = table(wanted, head)
    print(text)
    if given.output is not None:
        given.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
