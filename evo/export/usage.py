"""How the README of an export says to use it: from data to inputs, from outputs to words."""

from __future__ import annotations

from collections.abc import Sequence

from evo.export.exported import Exported
from evo.export.model_source import reads_float64
from fitness.data.inputs.table_column import Column

SHOWN = 3  # columns of a table in the example
PRECISE = "float64 (float32 would lose digits: they lie far from zero or out of its range)"
HOLDS = "{of} has shape (N, {shape}) and holds {what}."
RAW = """the raw values of the task's inputs, {kind}: the
normalisation is the network's first layer"""
PICTURES = """the pixels of a picture as training had them: `load_image`
turns, scales and converts any file as evo did. It needs Pillow. `torch.cat` makes one batch of
several"""
ROWS = """the raw values of the columns, NaN where one is
missing, and the numbers of categories. `inputs_of` makes it of a row by the names of its columns:
{columns}. What is not there is missing"""
TOKENS = "tokens, whole numbers below {count}"
KNOWN = """: `vocabulary.json` says what
each stands for"""
FEWER = ". Fewer than {length} may be given"
LAST = ". `outputs[:, :, -1]` is about what comes next"
WORDED = "\n`answers_of` gives for each example {meaning}{ranked}."


def imported(exported: Exported) -> list[str]:
    """Return what the example takes out of `model.py`."""
    functions = {
        "answers_of": exported.target.reading,
        "inputs_of": exported.columns,
        "load_image": exported.pictures,
    }
    return ["Network", *(name for name, there in functions.items() if there)]


def example(exported: Exported) -> str:
    """Return what the example gives to the network."""
    if exported.pictures:
        return 'load_image("picture.png")'
    if exported.columns:
        return f"inputs_of({_row(exported.columns[:SHOWN])})"
    return "x"


def _row(columns: Sequence[Column]) -> dict[str, str | float]:
    """Return a row that could be: of a column of categories the first."""
    values: dict[str, str | float] = {"number": 1.0, "time": "2020-12-31"}
    return {
        one.name: one.categories[0] if one.is_category else values[one.kind] for one in columns
    }


def inputs(exported: Exported) -> str:
    """Say what the inputs are, and what makes them."""
    of = "The input" if exported.pictures or exported.columns else "`x`"
    shape = ", ".join(map(str, exported.spec.input_shape))
    return HOLDS.format(of=of, shape=shape, what=_held(exported))


def _held(exported: Exported) -> str:
    spec = exported.spec
    if exported.pictures:
        return PICTURES
    if exported.columns:
        names = [" ".join(column.name.split()) for column in exported.columns]
        return ROWS.format(columns=", ".join(names))
    if spec.tokens is not None:
        said = [TOKENS.format(count=spec.tokens)]
        said += [KNOWN] * bool(exported.target.vocabulary_json())
        said += [FEWER.format(length=spec.input_shape[0])] * spec.takes_fewer
        said += [LAST] * exported.target.per_position
        return "".join(said)
    return RAW.format(kind=PRECISE if reads_float64(spec) else "uint8 or float")


def worded_outputs(exported: Exported) -> str:
    """Say what turns outputs into words; empty if nothing does."""
    reading = exported.target.reading
    if reading is None:
        return ""
    ranked = ", the likeliest first" if reading.ranked else ""
    return WORDED.format(meaning=reading.meaning, ranked=ranked)
