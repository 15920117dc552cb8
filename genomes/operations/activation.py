"""Operation `activation`: a function of each number, by name or bred as a formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from string import ascii_lowercase
from textwrap import wrap
from typing import Any

from genomes.genes import activation
from genomes.genes.activation import (
    LANGUAGE,
    LARGEST_EXPONENT,
    LIMIT,
    SMALLEST_DIVISOR,
    is_bred,
    to_text,
)
from genomes.genes.gene import Record
from genomes.genes.language import Formula
from genomes.graph.node import Node
from genomes.graph.operation import Operation, along
from genomes.graph.shapes import Shape

SHORT = 20  # characters of what a function is called in a drawing
CALLS = {
    "relu": "F.relu",
    "gelu": "F.gelu",
    "silu": "F.silu",
    "tanh": "torch.tanh",
    "elu": "F.elu",
}


class Activation(Operation):
    """Apply `function`; the constants of a bred one are trained, shared by all channels."""

    attributes = frozenset({"function"})
    axes = along(constants=("none",))
    is_pointwise = True
    by_position = True
    drawn = "behind"
    wraps = True
    rank = 5
    bends = True

    def shape(self, attributes: Record, inputs: Sequence[Shape]) -> Shape:
        function = attributes["function"]
        if activation.check(function) != function:
            raise ValueError(f"received {function!r}, which is not in its simplest form")
        return inputs[0]

    def tensors(self, attributes: Record, source: Shape, target: Shape) -> Mapping[str, Shape]:
        constants = len(activation.constants(attributes["function"]))
        return {"constants": (constants,)} if constants else {}

    def flops(self, attributes: Record, source: Shape, target: Shape) -> int:
        return activation.flops(attributes["function"]) * prod(target)

    def keeps_zero(self, attributes: Record) -> bool:
        # Of nothing a bred function may make something, all the more once its constants change.
        return not is_bred(attributes["function"])

    def rectifies(self, attributes: Record) -> bool:
        return bool(attributes["function"] == "relu")

    def words(self, node: Node) -> str:
        """Name the function: its name, or the beginning of what it computes."""
        text = to_text(node.attributes["function"])
        return text if len(text) <= SHORT else text[: SHORT - 1] + "…"

    def construction(self, node: Node, source: Shape, peers: Sequence[Node]) -> str | None:
        if not is_bred(node.attributes["function"]):
            return None
        return f"{function_classes(peers)[_without_constants(node)]}()"

    def call(self, node: Node, source: Shape) -> str:
        return CALLS.get(node.attributes["function"], f"self.{node.name}") + "({0})"

    def definitions(self, peers: Sequence[Node]) -> str:
        """Write the classes of bred functions and what they need."""
        classes = function_classes(peers)
        body = "".join(_module(name, formula) for formula, name in classes.items())
        needs = CLAMPED + QUOTIENT * ("quotient(" in body) if body else ""
        return needs + body

    def build(self, attributes: Record, source: Shape, target: Shape) -> Any:
        from torch import nn

        from genomes.networks.bred_activation import Bred

        function = attributes["function"]
        if is_bred(function):
            return Bred(function)
        named = {
            "relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh, "elu": nn.ELU,
        }  # fmt: skip
        return named[function]()


# -- source of bred functions: the counterpart of `genomes.networks.bred_activation` as text ------
# It computes the same, number by number. The bounds on slopes act in training only and are left
# out.

LETTERS = ascii_lowercase.replace("x", "").replace("y", "")  # of constants
LINE = 84  # characters of a docstring's line
LONGEST = 40  # characters of a part before it gets a line of its own

CLAMPED = f'''

def clamped(x: Tensor) -> Tensor:
    """Keep the results of an evolved function within bounds."""
    return x.clamp(-{LIMIT:g}, {LIMIT:g})
'''

QUOTIENT = f'''

def quotient(a: Tensor, b: Tensor) -> Tensor:
    """Divide by what is kept away from zero."""
    away = torch.where(b < 0, b.clamp(max=-{SMALLEST_DIVISOR}), b.clamp(min={SMALLEST_DIVISOR}))
    return clamped(a / away)
'''

MODULE = '''

class {name}(nn.Module):
    """{text}"""
{constructor}
    def forward(self, x: Tensor) -> Tensor:
        {statements}
'''

CONSTRUCTOR = """
    def __init__(self) -> None:
        super().__init__()
        self.constants = nn.Parameter(torch.zeros({count}))  # values are in weights.safetensors
"""

STEPS: Mapping[str, str] = {
    "add": "clamped({} + {})",
    "sub": "clamped({} - {})",
    "mul": "clamped({} * {})",
    "div": "quotient({}, {})",
    "max": "torch.maximum({}, {})",
    "min": "torch.minimum({}, {})",
    "exp": f"{{}}.clamp(max={LARGEST_EXPONENT}).exp()",
    "log": "{}.abs().log1p()",
    "tanh": "torch.tanh({})",
    "sigmoid": "torch.sigmoid({})",
}


def function_classes(nodes: Sequence[Node]) -> dict[tuple[str, ...], str]:
    """Number the different bred functions of nodes, constants aside: name of class by formula."""
    bred = (node for node in nodes if is_bred(node.attributes["function"]))
    formulas = dict.fromkeys(map(_without_constants, bred))
    return {formula: f"Activation{number}" for number, formula in enumerate(formulas, start=1)}


def _without_constants(node: Node) -> tuple[str, ...]:
    """Return a bred function without its constants, which are among the weights."""
    function: Formula = node.attributes["function"]
    return tuple(token if isinstance(token, str) else "" for token in function)


def _module(name: str, shape: tuple[str, ...]) -> str:
    count = shape.count("")
    letters = iter(LETTERS)
    formula: Formula = tuple(token or next(letters) for token in shape)
    parts: list[str] = []

    def join(name: str, arguments: list[str]) -> str:
        for place, argument in enumerate(arguments):
            if len(argument) > LONGEST:
                arguments[place] = f"y{len(parts) + 1}"
                parts.append(f"{arguments[place]} = {argument}")
        return STEPS[name].format(*arguments)

    result = LANGUAGE.fold(formula, str, join)
    statements = ["x = clamped(x)", *parts, f"return {result}"]
    if count:
        named = ", ".join(LETTERS[:count]) if count > 1 else f"({LETTERS[0]},)"
        statements.insert(1, f"{named} = clamped(self.constants).unbind()")
    return MODULE.format(
        name=name,
        text=_documented(formula),
        constructor=CONSTRUCTOR.format(count=count) if count else "",
        statements="\n        ".join(statements),
    )


def _documented(formula: Formula) -> str:
    """Write a function for a docstring, in more lines than one if it is long."""
    lines = wrap(f"{to_text(formula)}.", LINE, break_long_words=False)
    return lines[0] if len(lines) == 1 else "\n    ".join([*lines, ""])


OPERATION = Activation()
