"""How long does `evo --help` take, and what does it load?

Goal: at most 0.5 s, and neither torch nor ray imported; nor does `import evo` import them. Whole
processes are timed, alternating with a bare `python -c pass` that shows what the interpreter alone
takes. One round warms the disk's cache up and is not counted.

    python benchmarks/startup.py [--repeats 15] [--output results/reference/startup.txt]
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

GOAL_SECONDS = 0.5
HEAVY = ("torch", "ray")
CALL = "from evo.cli import main; main()"
COMMANDS = {
    "bare Python": ("-c", "pass"),
    "import evo": ("-c", "import evo"),
    "evo --help": ("-c", CALL, "--help"),
    "evo run --help": ("-c", CALL, "run", "--help"),
}
MODULES = "\nfinally:\n import sys; sys.stderr.write(' '.join(sys.modules))"


def timed(arguments: Sequence[str]) -> tuple[float, float]:
    """Run a process of this Python; return its seconds on the clock and of the CPU."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def imported(arguments: Sequence[str]) -> list[str]:
    """Return the heavy packages that a process imports."""
    flag, code, *rest = arguments
    wrapped = "try:\n " + code + MODULES
    done = subprocess.run(
        [sys.executable, flag, wrapped, *rest], capture_output=True, text=True, check=True
    )
    return [name for name in HEAVY if name in done.stderr.split()]


def report(repeats: int) -> Iterator[str]:
    """Time all commands in turn; yield the table and the verdict."""
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for repeat in range(repeats + 1):
        for name, arguments in COMMANDS.items():
            took = timed(arguments)
            if repeat:
                seconds[name].append(took)
    yield f"Start of evo (goal: evo --help within {GOAL_SECONDS:g} s, no torch, no ray)"
    yield (
        f"medians of {repeats} processes each, in turn; {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    )
    yield ""
    yield f"{'':<16}{'seconds':>9}{'fastest':>9}{'CPU s':>8}  imports of {', '.join(HEAVY)}"
    loaded = {name: imported(arguments) for name, arguments in COMMANDS.items()}
    for name, times in seconds.items():
        clock, cpu = zip(*times, strict=True)
        yield (
            f"{name:<16}{statistics.median(clock):>9.2f}{min(clock):>9.2f}"
            f"{statistics.median(cpu):>8.2f}  {', '.join(loaded[name]) or 'none'}"
        )
    middle = statistics.median(clock for clock, _ in seconds["evo --help"])
    light = not loaded["evo --help"] and not loaded["import evo"]
    yield ""
    yield (
        f"evo --help: {middle:.2f} s (goal {GOAL_SECONDS:g} s): "
        f"{'met' if middle <= GOAL_SECONDS else 'MISSED'}; "
        f"neither torch nor ray imported: {'met' if light else 'MISSED'}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the report, and write it if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--output", type=Path)
    given = parser.parse_args(arguments)
    text = "\n".join(report(given.repeats))
    print(text)
    if given.output:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
