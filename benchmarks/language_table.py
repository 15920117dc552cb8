"""The first table of the paper on context control: a standard transformer and its rivals.

Usage: python -m benchmarks.language_table [--seeds 5] [--epochs 1] [--epoch-windows 1024]
           [--rivals standard experts ...] [--text FILE] [--cache FILE] [--output FILE]
           [--tokens bpe] [--vocabulary-size 10000] [--window 64] [--equal-flops]
           [--bleu PASSAGES] [--restoring]

By default the text is Debian's King James Version in characters (`apt install bible-kjv
bible-kjv-text`). Equal for all, exactly: the text, the tokens trained on, optimizer, learning rate
and schedule, batch; nobody's settings are tuned. Nearly equal are parameters, which are printed.
The FLOPs of the training differ, and are printed. Measured on validation windows: perplexity (of
a character) and bits per byte, mean and deviation over seeds. `active` is the share of parameters
that a token needs on average, `FLOPs` those expected for a window, `time` that of a token in
generation by the standard network's, `state` the bytes that generation keeps of what came before.
`--equal-flops` draws more or fewer windows an epoch, so that training takes as many FLOPs as that
of the standard one. `--bleu` adds BLEU of so many passages (`benchmarks.language.bleu`, extra
`benchmarks`): the latter halves of windows, or with `--restoring`, which makes a text of shuffled
parts of sentences (`benchmarks.language.restoring`; say `--window 128`), parts put in order.
What was measured is appended to the cache at once and not measured again; seeds are 0, 1, 2, ...
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy and torch read it

from benchmarks.language.bible import write_bible
from benchmarks.language.bleu import check_installed, continuations, restorations
from benchmarks.language.measuring import Row, measured
from benchmarks.language.restoring import write_restoring
from benchmarks.language.rivals import BATCH, CHANGES, STANDARD, genes
from benchmarks.language.seed_statistics import Difference, difference
from evo.pareto.statistics import holm
from fitness.data.options import DataOptions
from fitness.data.task import Task
from fitness.data.task_reference import TaskReference
from fitness.data.text.vocabulary import Vocabulary
from fitness.evaluators.network import NetworkEvaluator
from fitness.training.numerics import Numerics
from genomes.chromosomes.space import decode
from genomes.graph.interface import Interface

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
    parser.add_argument("--tokens", choices=Vocabulary.KINDS)
    parser.add_argument("--vocabulary-size", type=int)
    parser.add_argument("--window", type=int, default=WINDOW)
    parser.add_argument("--equal-flops", action="store_true")
    parser.add_argument("--bleu", type=int, default=0, metavar="PASSAGES")
    parser.add_argument("--restoring", action="store_true")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


def table(rows: Sequence[Row], head: str) -> str:
    """Return the table of what was measured, and the tests below it."""
    by_rival = {name: [row for row in rows if row.rival == name] for name in CHANGES}
    present = {name: found for name, found in by_rival.items() if found}
    headings = HEADINGS + (f"{'BLEU':>18}" if any(row.bleu is not None for row in rows) else "")
    lines = [head, "", headings, *(_line(name, found) for name, found in present.items())]
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
        f"{first.state_bytes:>8,}{_bleu(rows)}"
    )


def _bleu(rows: Sequence[Row]) -> str:
    known = [row.bleu for row in rows if row.bleu is not None]
    return f"{_spread(known):>18}" if known else ""


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


def evaluator_for(path: Path, given: argparse.Namespace, windows: int) -> NetworkEvaluator:
    """Return what trains networks on a text, so many windows an epoch."""
    options = DataOptions(
        tokens=given.tokens, vocabulary_size=given.vocabulary_size, window=given.window
    )
    return NetworkEvaluator(
        TaskReference(f"text:{path}", options=options, epoch_examples=windows),
        Numerics(),
        requested=("expected_flops",),
        metrics=("bits_per_byte", "perplexity"),
    )


def equal_windows(rival: str, interface: Interface, windows: int) -> int:
    """Return how many windows, whole batches, cost a rival what so many cost the standard one."""
    standard, ours = (decode(genes(name, interface), interface) for name in (STANDARD, rival))
    return BATCH * round(windows * standard.flops() / ours.flops() / BATCH)


def check_enough(task: Task, rival: str, windows: int) -> None:
    """Raise SystemExit where a text has fewer windows than an epoch wants."""
    if windows > len(task.train):
        raise SystemExit(
            f"--equal-flops: {rival} wants {windows:,} windows an epoch, the text has "
            f"{len(task.train):,}; say fewer --epoch-windows"
        )


def written(folder: Path, given: argparse.Namespace) -> Path:
    """Write the text that is learnt from, unless it is the user's own; return its file."""
    path: Path = given.text or folder / "bible.txt"
    if given.text is None:
        write_bible(path)
    if not given.restoring:
        return path
    lines = folder / f"{path.stem}-restoring.txt"
    write_restoring(path, lines)
    return lines


def headline(task: Task, given: argparse.Namespace) -> str:
    """Say what is the same for all."""
    more = [
        *(["as many training FLOPs as the standard one"] if given.equal_flops else []),
        *([f"BLEU of {given.bleu} passages"] if given.bleu else []),
    ]
    return "; ".join(
        [
            task.description,
            f"{given.epochs} epochs of {given.epoch_windows:,} windows of {given.window} tokens",
            *more,
        ]
    )


def main() -> None:
    """Measure what is not known yet, seed after seed; print the table, and write it."""
    given = arguments()
    if given.bleu:
        check_installed()
    given.cache.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), given)
        evaluator = evaluator_for(path, given, given.epoch_windows)
        choose = restorations if given.restoring else continuations
        passages = choose(evaluator.task, given.bleu) if given.bleu else []
        head = headline(evaluator.task, given)
        settings = f"{head}; {evaluator.fingerprint}"
        rows = kept(given.cache, settings)
        for seed, rival in product(range(given.seeds), given.rivals):
            if (rival, seed) in rows:
                continue
            own = evaluator
            if given.equal_flops:
                windows = equal_windows(rival, evaluator.interface, given.epoch_windows)
                check_enough(evaluator.task, rival, windows)
                own = evaluator_for(path, given, windows)
            row = rows[rival, seed] = measured(own, rival, seed, given.epochs, passages)
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
