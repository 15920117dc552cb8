"""Writes evolved activation functions as readable PyTorch: one small module for each.

The counterpart of `genomes.networks.bred_activation` as text; it computes the same, number by
number. The bounds on slopes act in training only and are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_lowercase
from textwrap import wrap

from genomes.genes.activation import LANGUAGE, LARGEST_EXPONENT, LIMIT, SMALLEST_DIVISOR, to_text
from genomes.genes.language import Formula
from genomes.graph.spec import NetworkSpec, Node

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


def function_classes(spec: NetworkSpec) -> dict[tuple[str, ...], str]:
    """Number the different functions of a network, constants aside: name of class by shape."""
    shapes = dict.fromkeys(shape_of(node) for node in spec.nodes if is_function_node(node))
    return {shape: f"Activation{number}" for number, shape in enumerate(shapes, start=1)}


def is_function_node(node: Node) -> bool:
    """Tell whether a node computes an evolved function."""
    return node.operation == "activation" and not isinstance(node.attributes["function"], str)


def shape_of(node: Node) -> tuple[str, ...]:
    """Return an evolved function without its constants, which are among the weights."""
    function: Formula = node.attributes["function"]
    return tuple(token if isinstance(token, str) else "" for token in function)


def function_source(spec: NetworkSpec) -> str:
    """Return the classes of a network's evolved functions and their needs; empty without any."""
    classes = function_classes(spec)
    body = "".join(_module(name, shape) for shape, name in classes.items())
    helpers = CLAMPED + QUOTIENT * ("quotient(" in body) if body else ""
    return helpers + body


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
