"""Do all formats of an export agree, for random networks of every family?

Usage: python benchmarks/exports.py [--count 200] [--families cnn mlp ...] [--seed 0]
       [--cache FOLDER] [--output results/reference/exports.txt]

Networks are drawn as founders are, with gates in every fourth, moved as training would (weights,
statistics of normalisation), and masked at random. Each is shrunk and written in every format. The
programs run on batches of 1, 2 and 7 drawn examples; what counts is the largest difference of an
output from the masked network, in units of the greatest output. Then one process that cannot
import evo loads the folders again, runs `model.py`, `monitor.py`, `model.pt2` and `model.onnx` on
a batch and on one example, and compares, p-values too. The int8 program has to run and to give
finite outputs.

Families take turns, five networks at a time. With --cache, what agreed is not tried again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).parents[1]))

from evo.export.check import ExportDiffers
from evo.export.exported import Sample, plain_network
from evo.export.folder import write_export
from evo.monitoring.monitor import Calibration, Monitor
from genomes.networks.network import Network
from tests.evo.exports import exported, gated_network, inputs, random_network

FAMILIES = ("cnn", "cnn1d", "mlp", "modular", "neat", "transformer")
GATED = 4  # one network in so many has gates
UNGATED = ("transformer",)
REQUESTED = ("onnx", "onnx-int8")
TOLERANCE = 1e-3  # of the greatest output
P_VALUES = "p_values"
# Scores of few different tokens tie, and rounding decides; of eight bits, outputs are finite.
TOLERANCES = {P_VALUES: 0.2, "model_int8.onnx": 1e30}
ROUND = 5  # networks of a family between those of the others

# Runs in a process that has torch, safetensors and onnxruntime, but cannot import evo.
STRANGER = """
import sys
from pathlib import Path

import onnxruntime
import torch
from safetensors.torch import load_file

torch.set_num_threads(1)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
options.log_severity_level = 3
for package in ("evo", "genomes", "fitness"):
    try:
        __import__(package)
    except ImportError:
        continue
    sys.exit(f"{package} can be imported here, this would show nothing")


def module(folder, name):
    sys.modules[name] = made = type(sys)(name)
    exec((folder / f"{name}.py").read_text(), made.__dict__)
    return made


def programs(folder):
    network = module(folder, "model").Network()
    network.load_state_dict(load_file(folder / "weights.safetensors"))
    yield "model.py", network.eval()
    yield "model.pt2", torch.export.load(folder / "model.pt2").module()
    watching = module(folder, "monitor")
    usual = watching.Calibration.load(folder / "monitor.safetensors")
    monitor = watching.Monitor(network, usual, false_alarms=0.05)
    yield "monitor.py", lambda x: monitor(x).outputs
    yield P_VALUES, lambda x: monitor(x).p_values
    for name in ("model.onnx", "model_int8.onnx"):
        session = onnxruntime.InferenceSession(folder / name, options)
        yield name, lambda x: torch.from_numpy(session.run(None, {"x": x.numpy()})[0])


def differences(folder):
    given = load_file(folder / "given.safetensors")
    for name, program in programs(folder):
        for size in (1, len(given["x"])):
            known = given[P_VALUES if name == P_VALUES else "outputs"]
            outputs, expected = program(given["x"][:size]), known[:size]
            scale = known.abs().max().clamp_min(1.0)
            largest = float((outputs - expected).abs().max() / scale)
            if not largest <= TOLERANCES.get(name, TOLERANCE):
                yield f"{name} differs by {largest:.3g}"


for folder in map(Path, sys.argv[1:]):
    try:
        with torch.inference_mode():
            found = list(differences(folder))
    except Exception as error:
        found = [f"{type(error).__name__}: {' '.join(str(error).split())}"]
    for text in found:
        print(folder.name, text, sep="\t")
"""


@dataclass(frozen=True)
class Tried:
    """What exporting one network came to: its largest relative difference, and what was wrong."""

    seed: int
    difference: float
    fault: str = ""


def drawn(family: str, seed: int) -> Network:
    """Draw a network of a family, masked and moved."""
    gated = seed % GATED == GATED - 1 and family not in UNGATED
    return (gated_network if gated else random_network)(family, seed)


def written(family: str, seed: int, folder: Path) -> float:
    """Export a network in all formats; return the largest relative difference of any program."""
    network = drawn(family, seed)
    plain, x = plain_network(network), inputs(network, 64)
    with torch.inference_mode():
        outputs = network(x)
    sample = Sample(x, outputs, x)
    card = write_export(replace(exported(plain), sample=sample), folder, REQUESTED).card
    usual = Calibration.load(folder / "monitor.safetensors")
    with torch.inference_mode():
        p_values = Monitor(plain, usual, false_alarms=0.05)(x).p_values
    given = {"x": x, "outputs": outputs, P_VALUES: p_values}
    first = {name: tensor[:7].contiguous() for name, tensor in given.items()}
    save_file(first, folder / "given.safetensors")
    difference = card["largest_difference"]
    assert isinstance(difference, float)
    return difference / max(1.0, float(outputs.abs().max()))


def strangers_findings(folders: Sequence[Path]) -> dict[str, str]:
    """Return what a process without evo found to differ, by the names of folders."""
    libraries = [str(Path(torch.__file__).parents[1])]
    program = f"import sys\nsys.path += {libraries!r}\n{_constants()}\n{STRANGER}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, *map(str, folders)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, str] = {}
    for line in done.stdout.splitlines():
        name, text = line.split("\t")
        found[name] = "; ".join(filter(None, (found.get(name), text)))
    return found


def _constants() -> str:
    named = {name: globals()[name] for name in ("P_VALUES", "TOLERANCE", "TOLERANCES")}
    return "\n".join(f"{name} = {x!r}" for name, x in named.items())


def tried(family: str, seeds: Iterable[int]) -> list[Tried]:
    """Export networks of a family, and have a process without evo load them again."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        for seed in seeds:
            try:
                found.append(Tried(seed, written(family, seed, Path(name) / str(seed))))
            except ExportDiffers as error:
                found.append(Tried(seed, float("nan"), str(error)))
        faults = strangers_findings(sorted(Path(name).iterdir()))
    return [replace(one, fault=faults.get(str(one.seed), one.fault)) for one in found]


def known(cache: Path | None, family: str) -> dict[int, Tried]:
    """Return what was tried before and agreed, by seed."""
    path = cache / f"{family}.jsonl" if cache else None
    if path is None or not path.is_file():
        return {}
    rows = [Tried(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]
    return {one.seed: one for one in rows if not one.fault}


def keep(cache: Path | None, family: str, rows: Sequence[Tried]) -> None:
    """Add to what was tried."""
    if cache:
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / f"{family}.jsonl").open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(one)) + "\n" for one in rows)


def all_tried(families: Sequence[str], seeds: range, cache: Path | None) -> dict[str, list[Tried]]:
    """Try networks of all families, a few of each in turn."""
    before: Mapping[str, Mapping[int, Tried]] = {one: known(cache, one) for one in families}
    found: dict[str, list[Tried]] = {family: [] for family in families}
    for start in range(0, len(seeds), ROUND):
        for family in families:
            part = seeds[start : start + ROUND]
            new = [seed for seed in part if seed not in before[family]]
            rows = tried(family, new) if new else []
            keep(cache, family, rows)
            found[family] += [*(before[family][x] for x in part if x in before[family]), *rows]
            print(f"{family} {len(found[family])}", file=sys.stderr, flush=True)
    return found


def line(family: str, found: Sequence[Tried]) -> str:
    """Return the line of a family."""
    worst = max((one.difference for one in found if not one.fault), default=float("nan"))
    wrong = [f"{family}-{one.seed}: {one.fault}" for one in found if one.fault]
    verdict = "; ".join(wrong) or "all agree"
    return f"{family:<12} {len(found):>5} networks, largest difference {worst:.1e}: {verdict}"


def main() -> None:
    """Print a line a family, and write them where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--families", nargs="+", default=FAMILIES, choices=FAMILIES)
    parser.add_argument("--cache", type=Path, help="what agreed is kept here")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    seeds = range(arguments.seed, arguments.seed + arguments.count)
    found = all_tried(arguments.families, seeds, arguments.cache)
    lines = [line(family, rows) for family, rows in found.items()]
    print(*lines, sep="\n")
    if arguments.output:
        arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
