"""Does a change keep every history? Runs short searches and compares what they wrote, byte for
byte.

    python benchmarks/same_history.py record FILE     # before the change
    python benchmarks/same_history.py check FILE      # after it; exit code 1 where a run differs
    python benchmarks/same_history.py check FILE cnn search         # these alone

FILE holds the SHA-256 of `pareto.csv` of six generations of digits for each family, for all
mechanisms, serial and on two Ray workers, and of the front of one `evo.search`. The digests depend
on the processor's kernels, so both calls belong on one machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

COMMON = (
    *("--generations", "6", "--population", "8", "--females", "4"),
    *("--juvenile-epochs", "1", "--adult-epochs", "3", "--seed", "7"),
)
RUNS = {
    "cnn": ("--family", "cnn", "--runner", "serial"),
    "cnn-ray": ("--family", "cnn", "--runner", "ray", "--workers", "2"),
    "mlp": ("--family", "mlp", "--runner", "serial"),
    "modular": ("--family", "modular", "--runner", "serial"),
    "neat": ("--family", "neat", "--strategy", "neat", "--runner", "serial"),
    "all-mechanisms": ("--mechanisms", "all", "--inherit", "all", "--runner", "serial"),
    "all-mechanisms-ray": ("--mechanisms", "all", "--inherit", "all", "--workers", "2"),
}
EVO = "from evo.cli import main; main()"
SEARCH = """
import evo

def evaluate(parameters, epochs, seed, checkpoint):
    error = (parameters["x"] - 0.3) ** 2 + 0.1 / epochs
    curve = [(parameters["x"] - 0.3) ** 2 + 0.1 / epoch for epoch in range(1, epochs + 1)]
    return evo.Outcome({"error": error, "size": 1.0 + parameters["layers"]}, curve=curve)

result = evo.search(
    {"x": evo.Real(0.0, 1.0), "layers": evo.Integer(1, 6)},
    evaluate,
    objectives={"error": "min", "size": "min"},
    epochs=(1, 4),
    generations=6,
    population=8,
    seed=7,
)
print(result.front.to_csv(index=False))
"""


def main() -> int:
    """Record the digests of all runs, or compare them with recorded ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("record", "check"))
    parser.add_argument("file", type=Path)
    parser.add_argument("names", nargs="*", help=f"some of {', '.join((*RUNS, 'search'))}")
    arguments = parser.parse_args()
    file: Path = arguments.file
    known = json.loads(file.read_text()) if file.is_file() else {}
    different = []
    for name in arguments.names or (*RUNS, "search"):
        found = digest(name)
        if arguments.action == "record":
            known[name] = found
            file.write_text(json.dumps(known, indent=1) + "\n")
        elif found != known[name]:
            different.append(name)
        print(f"{name} {found[:12]} {'DIFFERENT' if name in different else ''}", flush=True)
    return 1 if different else 0


def digest(name: str) -> str:
    """Return the digest of what a run writes."""
    with tempfile.TemporaryDirectory() as folder:
        if name == "search":
            command = [sys.executable, "-c", SEARCH]
            searched = subprocess.run(command, cwd=folder, check=True, capture_output=True)
            return _digest(searched.stdout)
        command = [sys.executable, "-c", EVO, "run", *COMMON, *RUNS[name], "--name", name]
        subprocess.run([*command, "--quiet"], cwd=folder, check=True, capture_output=True)
        return _digest((Path(folder) / "results" / name / "pareto.csv").read_bytes())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
