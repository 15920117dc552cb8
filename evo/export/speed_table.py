"""The table of an export's README about bytes and milliseconds, from the facts of its card."""

from __future__ import annotations

from collections.abc import Mapping

from evo.export.beside.given import GIVEN
from evo.export.export_figures import BATCHES, DENSE, TORCH, UNROUNDED
from evo.export.exported import Fact

NAMES = {
    TORCH: "torch",
    f"{DENSE}_{TORCH}": "torch, before pruning",
    f"{GIVEN}_{TORCH}": "torch, the given network",
    "onnx": "onnxruntime, `model.onnx`",
    f"{DENSE}_onnx": "onnxruntime, before pruning",
    f"{GIVEN}_onnx": "onnxruntime, the given network",
    "onnx_int8": "onnxruntime, `model_int8.onnx`",
    "executorch": "ExecuTorch, `model.pte`",
    f"{DENSE}_executorch": "ExecuTorch, before pruning",
    f"{GIVEN}_executorch": "ExecuTorch, the given network",
    f"{UNROUNDED}_torch": "torch, without rounding up",
    f"{UNROUNDED}_onnx": "onnxruntime, without rounding up",
    f"{UNROUNDED}_executorch": "ExecuTorch, without rounding up",
}
ASKED = ("onnx", "onnx_int8", "executorch")
BYTES = {
    TORCH: "weights_bytes",
    f"{GIVEN}_{TORCH}": "given_weights_bytes",
    **{name: f"{name}_bytes" for name in ASKED},
}
FASTER = 1.1  # times the dense network, from which on it is worth a word

SECTION = """
## Size and speed

Milliseconds of a pass on one thread of the machine that made the export: the median, and what 95
of 100 passes keep to.

| |{batches} bytes of the file |
{rule}
{rows}

{verdict}
"""


def of_speed(name: str) -> bool:
    """Tell whether a fact of the card stands in this table."""
    of_a_file = name.endswith("_bytes") and name != "peak_activation_bytes"
    return "_ms_batch_" in name or of_a_file or name == "latency_threads"


def speed_section(card: Mapping[str, Fact]) -> str:
    """Return the section; empty where nothing was timed."""
    timed = [name for name in NAMES if _time(name, BATCHES[0]) in card]
    if not timed:
        return ""
    rows = "\n".join(f"| {NAMES[name]} | {_cells(card, name)} |" for name in timed)
    headings = "".join(f" {size} example{'s' * (size > 1)} |" for size in BATCHES)
    rule = "|---" * (len(BATCHES) + 2) + "|"
    return SECTION.format(batches=headings, rule=rule, rows=rows, verdict=verdict(card))


def verdict(card: Mapping[str, Fact]) -> str:
    """Say what pruning saves in time, by the largest batch in torch, and rounding up if any."""
    size, ratio = BATCHES[-1], _ratio(card, f"{DENSE}_{TORCH}", TORCH)
    if ratio is None:
        return ""
    if ratio < FASTER:
        text = f"Pruning saves no time here: {size} examples take {1 / ratio:.2f} times as long."
    else:
        text = f"It takes {size} examples {ratio:.2f} times as fast as before pruning, in torch."
    effects = [
        f"{factor:.2f} in {name}"
        for name in (TORCH, *ASKED)
        if (factor := _ratio(card, name, f"{UNROUNDED}_{name}")) is not None
    ]
    if not effects:
        return text
    multiple, times = card["rounded_to"], ", ".join(effects)
    return f"{text} Rounding channels up to {multiple} multiplies its time by {times}."


def _ratio(card: Mapping[str, Fact], above: str, below: str) -> float | None:
    """Return the ratio of the times of two programs for the largest batch, if both are known."""
    times = [card.get(_time(name, BATCHES[-1])) for name in (above, below)]
    if not all(isinstance(value, int | float) and value > 0 for value in times):
        return None
    return float(times[0] or 0) / float(times[1] or 1)


def _time(name: str, size: int) -> str:
    return f"{name}_ms_batch_{size}"


def _cells(card: Mapping[str, Fact], name: str) -> str:
    times = [_time(name, size) for size in BATCHES]
    cells = [f"{card[key]:.3g}, {card[f'{key}_p95']:.3g}" for key in times]
    size = card.get(BYTES.get(name, ""))
    return " | ".join([*cells, f"{size:,}" if isinstance(size, int) else ""])
