"""`README.md`: what the network is, how good it is and how to load it, for people."""

from __future__ import annotations

from pathlib import Path

from evo.export.exported import Exported, Fact
from evo.export.model_source import reads_float64

FILE_NAME = "README.md"
PRECISE = "float64 (float32 would lose digits: they lie far from zero or out of its range)"

TEXT = """\
# A network for {task}

Found by evo {evo_version}, genome `{genome}`. Plain PyTorch; evo is not needed to use it.

```python
network = Network()
network.load_state_dict(load_file("weights.safetensors"))
logits = network.eval()(x)
```

with `from model import Network` and `from safetensors.torch import load_file`, from this folder.
`x` has shape (N, {shape}) and holds the raw values of the task's inputs, {kind}: the
normalisation is the network's first layer. `logits` has shape (N, {classes}).{labels}

## What it is

{table}

Accuracies are shares of correct answers. The validation data helped to choose this network among
many, so its figure is optimistic; the test data had no part in the search.{measured_again}

## Files

- `model.py`: the network as readable code, class `Network`
- `weights.safetensors`: its weights
- `model.pt2`: the same as a program of torch.export for {traced} inputs and any batch size:
  `torch.export.load("model.pt2").module()(x)`
- `spec.json`: its graph, from which `evo evaluate` rebuilds it without running any code
- `card.json`: the table above for programs
"""


TITLES = {"flops": "FLOPs per example (forward)", "shrunk_parameters": "exported parameters"}
LEFT_OUT = ("format", "class_names")  # of the table; the names stand in the text

AGAIN = """

Retrained: {trainings} networks with the same genes were trained from scratch, each without a
part of the training data that no choice had used, and measured on that part: {accuracy} of
{examples} examples in all. So the accuracy on {next} new examples like the test data is expected
between {low} and {high}: that holds for 95 of 100 networks exported so. The interval counts
the chance of the examples measured on, of those to come, and of the training."""


def write(exported: Exported, path: Path) -> None:
    """Write the page."""
    card = exported.card
    text = TEXT.format(
        task=card["task"],
        evo_version=card["evo_version"],
        genome=card["genome"],
        shape=", ".join(map(str, exported.spec.input_shape)),
        kind=PRECISE if reads_float64(exported.spec) else "uint8 or float",
        traced="float64" if reads_float64(exported.spec) else "float32",
        classes=card["classes"],
        labels=_labels(exported.class_names),
        measured_again=_measured_again(card),
        table=_table({name: fact for name, fact in card.items() if name not in LEFT_OUT}),
    )
    path.write_text(text, encoding="utf-8")


def _labels(labels: tuple[str, ...]) -> str:
    if not labels:
        return ""
    named = ", ".join(f"{number} {' '.join(label.split())}" for number, label in enumerate(labels))
    return f"\nThe classes are: {named}."


def _measured_again(card: dict[str, Fact]) -> str:
    if "expected_accuracy_low" not in card:
        return ""
    low, high, accuracy = (
        _worded("accuracy", card[name])
        for name in ("expected_accuracy_low", "expected_accuracy_high", "remeasured_accuracy")
    )
    return AGAIN.format(
        trainings=card["remeasured_trainings"],
        accuracy=accuracy,
        examples=_worded("examples", card["remeasured_examples"]),
        next=_worded("examples", card["test_examples"]),
        low=low,
        high=high,
    )


def _table(facts: dict[str, Fact]) -> str:
    rows = [f"| {_titled(name)} | {_worded(name, fact)} |" for name, fact in facts.items()]
    return "\n".join(["| | |", "|---|---|", *rows])


def _titled(name: str) -> str:
    return TITLES.get(name, name.replace("_", " "))


def _worded(name: str, fact: Fact) -> str:
    if fact is None:
        return "unknown"
    if isinstance(fact, float) and ("accuracy" in name or name.endswith(("ratio", "share"))):
        return f"{100 * fact:.2f} %"
    if isinstance(fact, float) and fact.is_integer():
        fact = int(fact)
    return f"{fact:,}" if isinstance(fact, int) and not isinstance(fact, bool) else str(fact)
