"""Do all formats of an export agree, for random networks of every family?

Usage: python benchmarks/exports.py [--count 200] [--families cnn mlp ...] [--seed 0]
       [--output results/reference/exports.txt]

Networks are drawn as founders are, with gates in every fourth, moved as training would (weights,
statistics of normalisation), and masked at random. Each is shrunk and written in every format. The
programs run on batches of 1, 2 and 7 drawn examples; what counts is the largest difference of an
output from the masked network, in units of the greatest output. Then one process that cannot
import evo loads all folders again, runs `model.py`, `model.pt2` and `model.onnx`, and compares.
The int8 program only has to run and to give finite outputs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).parents[1]))

from evo.export.check import ExportDiffers
from evo.export.exported import Sample, plain_network
from evo.export.folder import write_export
from genomes.networks.network import Network
from tests.evo.exports import exported, gated_network, inputs, random_network

FAMILIES = ("cnn", "cnn1d", "mlp", "modular", "neat", "transformer")
GATED = 4  # one network in so many has gates
UNGATED = ("transformer",)
REQUESTED = ("onnx", "onnx-int8")
TOLERANCE = 1e-3  # of the greatest output

# Runs in a process that has torch, safetensors and onnxruntime, but cannot import evo.
STRANGER = """
import sys
from pathlib import Path

import onnxruntime
import torch
from safetensors.torch import load_file

torch.set_num_threads(1)
options = onnxruntime.SessionOptions()
options.log_severity_level = 3
for package in ("evo", "genomes", "fitness"):
    try:
        __import__(package)
    except ImportError:
        continue
    sys.exit(f"{package} can be imported here, this would show nothing")
for folder in map(Path, sys.argv[1:]):
    namespace = {"__name__": "model"}
    exec((folder / "model.py").read_text(), namespace)
    network = namespace["Network"]()
    network.load_state_dict(load_file(folder / "weights.safetensors"))
    given = load_file(folder / "given.safetensors")
    x, expected = given["x"], given["outputs"]
    session = onnxruntime.InferenceSession(folder / "model.onnx", options)
    with torch.inference_mode():
        found = {
            "model.py": network.eval()(x),
            "model.pt2": torch.export.load(folder / "model.pt2").module()(x),
            "model.onnx": torch.from_numpy(session.run(None, {"x": x.numpy()})[0]),
        }
    for name, outputs in found.items():
        largest = float((outputs - expected).abs().max() / expected.abs().max().clamp_min(1.0))
        if not largest <= TOLERANCE:
            print(f"{folder.name} {name} {largest:.3g}")
"""


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
    save_file(
        {"x": x[:7].contiguous(), "outputs": outputs[:7].contiguous()},
        folder / "given.safetensors",
    )
    difference = card["largest_difference"]
    assert isinstance(difference, float)
    return difference / max(1.0, float(outputs.abs().max()))


def strangers_findings(folders: list[Path]) -> list[str]:
    """Return what a process without evo found to differ."""
    libraries = [str(Path(torch.__file__).parents[1])]
    program = f"import sys; sys.path += {libraries!r}; TOLERANCE = {TOLERANCE}\n{STRANGER}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, *map(str, folders)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout.splitlines()


def report(family: str, seeds: range) -> str:
    """Return the line of a family."""
    differences, failed = [], []
    with tempfile.TemporaryDirectory() as name:
        for seed in seeds:
            try:
                differences.append(written(family, seed, Path(name) / f"{family}-{seed}"))
            except ExportDiffers as error:
                failed.append(f"{family}-{seed}: {error}")
        found = strangers_findings(sorted(path for path in Path(name).iterdir()))
    worst = max(differences, default=float("nan"))
    verdict = "all agree" if not failed and not found else "; ".join([*failed, *found])
    return f"{family:<12} {len(seeds):>5} networks, largest difference {worst:.1e}: {verdict}"


def main() -> None:
    """Print a line a family, and write them where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--families", nargs="+", default=FAMILIES, choices=FAMILIES)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    lines = []
    for family in arguments.families:
        lines.append(report(family, range(arguments.seed, arguments.seed + arguments.count)))
        print(lines[-1], flush=True)
    if arguments.output:
        arguments.output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
