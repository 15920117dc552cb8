"""The peak of activations on tiny graphs, by hand."""

from genomes.graph.activation_memory import peak_activation_bytes
from genomes.graph.sketch import Sketch


def test_an_output_is_freed_after_its_last_reader() -> None:
    sketch = Sketch((3,))
    x = sketch.add("a", "linear", "input", out_features=10, bias=True)
    x = sketch.add("b", "linear", x, out_features=4, bias=True)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    assert peak_activation_bytes(sketch.finish()) == 4 * (10 + 4)  # a and b, the input is gone


def test_a_shortcut_keeps_its_source() -> None:
    sketch = Sketch((8,))
    x = sketch.add("a", "linear", "input", out_features=8, bias=True)
    y = sketch.add("b", "activation", x, function="relu")
    z = sketch.add("c", "activation", y, function="relu")
    both = sketch.add("sum", "add", x, z)
    sketch.add("logits", "linear", both, out_features=2, bias=True)
    assert peak_activation_bytes(sketch.finish()) == 4 * 3 * 8  # a, c and their sum, or a, b, c
