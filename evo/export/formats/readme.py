"""`README.md`: what the network is, how good it is and how to load it, for people."""

from __future__ import annotations

from pathlib import Path

from evo.export.beside.given import given_section, of_given
from evo.export.exported import Exported, Fact
from evo.export.model_source import reads_float64
from evo.export.speed_table import of_speed, speed_section
from evo.export.usage import example, imported, inputs, worded_outputs
from evo.text.amounts import percent
from evo.text.figures import figure, label
from fitness.data.task_names import own_name
from fitness.metric import metric_names
from genomes.graph.spec import NetworkSpec

FILE_NAME = "README.md"
DESCRIBES = True

TEXT = """\
# A network for {task}

Found by evo {evo_version}, genome `{genome}`. Plain PyTorch; evo is not needed to use it.

```python
import torch
from model import {imported}  # in this folder
from safetensors.torch import load_file

network = Network()
network.load_state_dict(load_file("weights.safetensors"))
network.eval()

with torch.inference_mode():
    outputs = network({example})
{printed}
```

{inputs}
`outputs` has shape (N, {outputs}): {answers}.{names}{worded}

## What it is

{table}

It was chosen by its {metric}. The validation data helped to choose it among many, so its figure
there is optimistic; the test data had no part in the search.{measured_again}
{given}{speed}
## Files

- `model.py`: the network as readable code, class `Network`
- `weights.safetensors`: its weights
- `model.pt2`: the same as a program of torch.export for {traced} inputs and any batch size:
  `torch.export.load("model.pt2").module()(x)`
- `spec.json`: its graph, from which `evo evaluate` rebuilds it without running any code
- `card.json`: the table above for programs
{more_files}"""

FORMATS = {
    "onnx": "- `model.onnx`: the same for ONNX runtimes, from `x` to `outputs`, any batch size\n",
    "executorch": "- `model.pte`: the same for ExecuTorch, one example (1, ...) at a time\n",
    "onnx_int8": "- `model_int8.onnx`: that, rounded to eight bits; its figures stand above\n",
}
WATCHED = """\
- `monitor.py`, `monitor.safetensors`: tell inputs unlike those that it was made for:
  `Monitor(network, Calibration.load("monitor.safetensors"), false_alarms=0.01)(x)`
"""
VOCABULARY = "- `vocabulary.json`: the tokens; of byte pairs, what the tokenizers library reads\n"

SMALL = 1e-3  # below it numbers are written as powers of ten
SHARES = ("active_ratio", "inherited_share")
TITLES = {
    "flops": "FLOPs per example (forward)",
    "largest_difference": "largest difference of outputs between the files",
    "peak_activation_bytes": "peak bytes of activations, one example, float32",
    "shrunk_parameters": "exported parameters",
}

AGAIN = """

Retrained: {trainings} networks with the same genes were trained from scratch, each without a
part of the training data that no choice had used, and measured on that part: {metric} {value} on
{examples} examples in all. So on {next} new examples like the test data it is expected
between {low} and {high}: that holds for 95 of 100 networks exported so. The interval counts
the chance of the examples measured on, of those to come, and of the training."""


def write(exported: Exported, path: Path) -> None:
    """Write the page."""
    card, spec = exported.card, exported.spec
    elsewhere = [name for name in card if of_speed(name) or of_given(name)]
    left_out = {"format", *exported.names_by_key, *elsewhere}  # of the table; they stand below
    text = TEXT.format(
        task=own_name(exported.task),
        evo_version=card["evo_version"],
        genome=card["genome"],
        imported=", ".join(imported(exported)),
        example=example(exported),
        printed="print(answers_of(outputs))" if exported.target.reading else "print(outputs)",
        inputs=inputs(exported),
        traced=_traced(spec),
        outputs=", ".join(map(str, spec.output.shape)),
        answers=exported.target.answers,
        names=_names(exported),
        worded=worded_outputs(exported),
        metric=label(exported.metric),
        measured_again=_measured_again(card, exported.metric),
        more_files=_more_files(exported),
        given=given_section(card),
        speed=speed_section(card),
        table=_table({name: fact for name, fact in card.items() if name not in left_out}),
    )
    path.write_text(text, encoding="utf-8")


def _more_files(exported: Exported) -> str:
    watched = WATCHED if exported.can_be_watched else ""
    asked = "".join(text for name, text in FORMATS.items() if f"{name}_bytes" in exported.facts)
    return watched + asked + (VOCABULARY if exported.target.vocabulary_json() else "")


def _traced(spec: NetworkSpec) -> str:
    if spec.tokens is not None:
        return "int64"
    return "float64" if reads_float64(spec) else "float32"


def _names(exported: Exported) -> str:
    if not exported.names:
        return ""
    named = ", ".join(f"{k} {' '.join(name.split())}" for k, name in enumerate(exported.names))
    return f"\nThe {exported.target.kind} are: {named}."


def _measured_again(card: dict[str, Fact], metric: str) -> str:
    if f"expected_{metric}_low" not in card:
        return ""
    low, high, value = (
        _worded(name, card[name])
        for name in (f"expected_{metric}_low", f"expected_{metric}_high", f"remeasured_{metric}")
    )
    return AGAIN.format(
        trainings=card["remeasured_trainings"],
        metric=label(metric),
        value=value,
        examples=_worded("examples", card["remeasured_examples"]),
        next=_worded("examples", card["test_examples"]),
        low=low,
        high=high,
    )


def _table(facts: dict[str, Fact]) -> str:
    rows = [f"| {_titled(name)} | {_worded(name, fact)} |" for name, fact in facts.items()]
    return "\n".join(["| | |", "|---|---|", *rows])


def _titled(name: str) -> str:
    metric = _metric_in(name)
    if metric is None:
        return TITLES.get(name, name.replace("_", " "))
    before, after = (part.replace("_", " ") for part in name.split(metric, 1))
    return f"{before}{label(metric)}{after}"


def _metric_in(name: str) -> str | None:
    """Return the metric that a fact is of by its name, the longest: `validation_rmse`."""
    found = [metric for metric in metric_names() if metric in name]
    return max(found, key=len) if found else None


def _worded(name: str, fact: Fact) -> str:
    if fact is None:
        return "unknown"
    measured = _metric_in(name)
    if measured is not None and isinstance(fact, float):
        return figure(measured, fact)
    if isinstance(fact, float) and name in SHARES:
        return percent(fact, 2)
    if isinstance(fact, float) and 0 < abs(fact) < SMALL:
        return f"{fact:.1e}"
    if isinstance(fact, float) and fact.is_integer():
        fact = int(fact)
    return f"{fact:,}" if isinstance(fact, int) and not isinstance(fact, bool) else str(fact)
