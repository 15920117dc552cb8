import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genomes.genes.formula import LIMIT, PRIMITIVES, check, depth, evaluate, to_text

COLUMNS = {"x": np.array([1.0, -2.0, 0.0]), "y": np.array([4.0, 0.0, -9.0])}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (("x",), [1.0, -2.0, 0.0]),
        ((2.5,), [2.5, 2.5, 2.5]),
        (("add", "x", "y"), [5.0, -2.0, -9.0]),
        (("sub", "x", "y"), [-3.0, -2.0, 9.0]),
        (("mul", "x", "y"), [4.0, 0.0, 0.0]),
        (("div", "x", "y"), [0.25, 1.0, 0.0]),  # by zero: 1
        (("min", "x", "y"), [1.0, -2.0, -9.0]),
        (("max", "x", "y"), [4.0, 0.0, 0.0]),
        (("sqrt", "y"), [2.0, 0.0, 3.0]),
        (("neg", "x"), [-1.0, 2.0, 0.0]),
        (("log", "x"), [math.log(2.0), math.log(3.0), 0.0]),
        (("tanh", "x"), [math.tanh(1.0), math.tanh(-2.0), 0.0]),
        (("sub", "mul", "x", 2.0, "neg", "y"), [6.0, -4.0, -9.0]),
        (("elsewhere",), [0.0, 0.0, 0.0]),  # not watched: zero
    ],
)
def test_evaluate(formula, expected):
    np.testing.assert_allclose(evaluate(formula, COLUMNS, 3), expected, atol=1e-12)


def test_every_primitive_is_tried_above():
    tried = {"add", "sub", "mul", "div", "min", "max", "sqrt", "neg", "log", "tanh"}
    assert set(PRIMITIVES) == tried


def test_missing_and_infinite_inputs_are_finite():
    columns = {"x": np.array([math.nan, math.inf, -math.inf])}
    assert evaluate(("x",), columns, 3).tolist() == [0.0, LIMIT, -LIMIT]


def test_evaluation_leaves_its_inputs_alone():
    column = np.array([math.nan, 2.0])
    evaluate(("neg", "x"), {"x": column}, 2)
    assert math.isnan(column[0])
    assert column[1] == 2.0


def _extend(children):
    binary = st.sampled_from([name for name, p in PRIMITIVES.items() if p.arity == 2])
    unary = st.sampled_from([name for name, p in PRIMITIVES.items() if p.arity == 1])
    return st.one_of(
        st.tuples(binary, children, children).map(lambda t: (t[0], *t[1], *t[2])),
        st.tuples(unary, children).map(lambda t: (t[0], *t[1])),
    )


numbers = st.floats(-1e4, 1e4)
formulas = st.recursive(
    st.one_of(st.sampled_from([("x",), ("y",)]), numbers.map(lambda n: (n,))),
    _extend,
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(formulas, st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5))
def test_any_formula_of_any_input_is_finite_and_bounded(formula, rows):
    table = np.array(rows)
    values = evaluate(formula, {"x": table[:, 0], "y": table[:, 1]}, len(rows))
    assert values.shape == (len(rows),)
    assert np.isfinite(values).all()
    assert np.abs(values).max() <= LIMIT
    assert check(list(formula), ("x", "y")) == formula


def test_depth_counts_edges():
    assert depth(("x",)) == 0
    assert depth(("neg", "x")) == 1
    assert depth(("add", "x", "neg", "neg", "x")) == 3


def test_to_text():
    assert to_text(("add", "mul", "x", 0.5, "neg", "y")) == "(x * 0.5) + -(y)"
    assert to_text(("max", "log", "x", "y")) == "max(log(1 + |x|), y)"
    assert to_text((0.25,)) == "0.25"


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (["ad", "x", "y"], "unknown name in a formula 'ad'. Did you mean 'add'"),
        (["__import__", "x"], "unknown name in a formula '__import__'"),
        (["add", "x"], "1 arguments are missing"),
        ([], "1 arguments are missing"),
        (["x", "y"], "tokens follow"),
        ([True], "expected a name or a number"),
        ([None], "expected a name or a number"),
        ([math.nan], "received the constant nan"),
        ([1e9], "allowed are"),
        ("x", "expected a formula"),
        ({"add": 1}, "expected a formula"),
    ],
)
def test_check_says_what_is_wrong(formula, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        check(formula, ("x", "y"))
