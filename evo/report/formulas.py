"""Formulas as mathematics: a tree of MathML's elements, which the page builds node by node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from genomes.genes.formula import PRIMITIVES, check
from genomes.genes.language import Formula

Node = list[Any]  # element's name, then its children: nodes, or one text
SIGNED, SUM, PRODUCT, ATOM = range(4)  # how tightly a term binds
MINUS = "\N{MINUS SIGN}"


class FormulaTerm(NamedTuple):
    """A written part of a formula, and how tightly it binds."""

    node: Node
    binding: int


def mathematics(formula: Formula) -> Node:
    """Return a formula as nested lists `[element, *children]`; ValueError if it is none."""
    names = [token for token in formula if isinstance(token, str) and token not in PRIMITIVES]
    stack: list[FormulaTerm] = []
    for token in reversed(check(formula, names)):  # prefix order, read backwards
        if isinstance(token, str) and token in PRIMITIVES:
            arguments = [stack.pop() for _ in range(PRIMITIVES[token].arity)]
            stack.append(_WRITTEN[token](*arguments))
        elif isinstance(token, str):
            stack.append(FormulaTerm(["mi", token.replace("_", " ")], ATOM))
        else:
            stack.append(_number(token))
    return stack[0].node


def _number(value: float) -> FormulaTerm:
    number: Node = ["mn", f"{abs(value):.4g}"]
    return (
        FormulaTerm(["mrow", ["mo", MINUS], number], SIGNED)
        if value < 0
        else FormulaTerm(number, ATOM)
    )


def _in_brackets(term: FormulaTerm, loosest: int) -> Node:
    """Put brackets around a term that binds less tightly than `loosest`."""
    return term.node if term.binding >= loosest else _call("", term).node


def _join(a: Node, sign: str, b: Node, binding: int) -> FormulaTerm:
    return FormulaTerm(["mrow", a, ["mo", sign], b], binding)


def _call(name: str, *arguments: FormulaTerm) -> FormulaTerm:
    inside: list[Node] = []
    for argument in arguments:
        inside += [["mo", ","], argument.node] if inside else [argument.node]
    head = [["mi", name]] if name else []
    return FormulaTerm(["mrow", *head, ["mo", "("], *inside, ["mo", ")"]], ATOM)


def _absolute(term: FormulaTerm) -> Node:
    return ["mrow", ["mo", "|"], term.node, ["mo", "|"]]


_WRITTEN: dict[str, Callable[..., FormulaTerm]] = {
    "add": lambda a, b: _join(a.node, "+", _in_brackets(b, SUM), SUM),
    "sub": lambda a, b: _join(a.node, MINUS, _in_brackets(b, PRODUCT), SUM),
    "mul": lambda a, b: _join(_in_brackets(a, PRODUCT), "·", _in_brackets(b, PRODUCT), PRODUCT),
    "div": lambda a, b: FormulaTerm(["mfrac", a.node, b.node], ATOM),
    "min": lambda a, b: _call("min", a, b),
    "max": lambda a, b: _call("max", a, b),
    "log": lambda a: _call("log", _join(["mn", "1"], "+", _absolute(a), SUM)),
    "tanh": lambda a: _call("tanh", a),
    "sqrt": lambda a: FormulaTerm(["msqrt", _absolute(a)], ATOM),
    "neg": lambda a: FormulaTerm(["mrow", ["mo", MINUS], _in_brackets(a, PRODUCT)], SIGNED),
}
