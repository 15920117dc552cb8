"""Bred functions as text: written out, drawn within 80 columns."""

from __future__ import annotations

from hypothesis import given, settings

from evo.text.function_drawing import bred_functions, draw_functions, graph, written
from evo.text.network_drawing import WIDTH, draw_network
from genomes.genes.language import Formula
from genomes.graph.sketch import Sketch
from tests.evo.bred_networks import LEAKY, RIPPLE, STEEPER, bred_spec
from tests.genomes.bred_functions import FORMULAS


def test_the_different_functions_of_a_network_are_drawn_once_each() -> None:
    spec = bred_spec()
    assert bred_functions(spec) == (LEAKY, RIPPLE, STEEPER)
    drawing = draw_functions(spec)
    assert drawing.count("f(x) = ") == 3
    assert "\nf(x) = max(x, x * 0.125)\n" in drawing
    sketch = Sketch((3,))
    x = sketch.add("act", "activation", "input", function="relu")
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    assert draw_functions(sketch.finish()) == ""


def test_a_graph() -> None:
    lines = graph(("max", "x", "mul", "x", 0.5)).splitlines()
    assert lines[0] == f"{'4':>8}  {'│':>33}{'•••':>32}"
    assert lines[-2].startswith(f"{'-2':>8}  ••")
    zero = next(line for line in lines if line.startswith(f"{'0':>8}  ─"))
    assert zero[10 + 32] == "•"  # through the origin
    assert lines[-1].split() == ["-4", "0", "4"]
    assert lines[-1][10 + 32] == "0"


def test_what_is_flat_or_far_away_is_drawn_too() -> None:
    for function in (("mul", "x", 0.0001), ("max", "x", 5000.0), ("min", "x", -5000.0)):
        assert len(graph(function).splitlines()) == 12


@settings(max_examples=100, deadline=None)
@given(FORMULAS)
def test_everything_fits(formula: Formula) -> None:
    text = f"{written(formula)}\n{graph(formula)}"
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "nan" not in text


def test_networks_name_functions_in_a_few_characters() -> None:
    drawing = draw_network(bred_spec())
    assert "max(x, x * 0.125)" in drawing
    assert "(x - tanh(x * x)) /…" in drawing
    assert max(map(len, drawing.splitlines())) <= WIDTH
