"""Bred functions in torch: the values of the language, slopes within bounds, nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from genomes.genes.activation import LIMIT, PRIMITIVES, STEEPEST, constants, evaluate
from genomes.genes.language import Formula
from genomes.networks.bred_activation import BACK, STEPS, Bred, compute, slopes
from tests.genomes.bred_functions import EVERYWHERE, FORMULAS


@settings(max_examples=300, deadline=None)
@given(FORMULAS, EVERYWHERE)
def test_values_and_slopes_are_finite_and_within_bounds(
    formula: Formula, inputs: list[float]
) -> None:
    module = Bred(formula)
    x = torch.tensor(inputs, requires_grad=True)
    assert x.dtype == torch.float32
    values = module(x)
    assert (values.abs() <= LIMIT).all()
    values.sum().backward()
    assert x.grad is not None
    assert (x.grad.abs() <= STEEPEST).all()
    if module.constants is not None:
        assert module.constants.grad is not None
        assert (module.constants.grad.abs() <= STEEPEST * len(inputs)).all()


@settings(max_examples=200, deadline=None)
@given(FORMULAS, EVERYWHERE)
def test_torch_and_numpy_compute_the_same(formula: Formula, inputs: list[float]) -> None:
    x = torch.tensor(inputs, dtype=torch.float64)
    with torch.no_grad():
        found = Bred(formula).double()(x).numpy()
    single = tuple(np.float32(t).item() if isinstance(t, float) else t for t in formula)
    expected = evaluate(single, np.array(inputs))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_slopes_within_the_bounds_are_those_of_the_function() -> None:
    formula = ("add", "mul", "x", "sigmoid", "mul", "x", 1.5, "max", "x", "mul", "x", 0.25)
    module = Bred(formula).double()
    x = torch.linspace(-3.0, 3.0, 14, dtype=torch.float64, requires_grad=True)
    weights = torch.arange(14.0, dtype=torch.float64)
    (weights * module(x)).sum().backward()  # type: ignore[no-untyped-call]
    y = x.detach().requires_grad_()
    values = torch.tensor([1.5, 0.25], dtype=torch.float64, requires_grad=True)
    (weights * compute(formula, y, values.unbind())).sum().backward()  # type: ignore
    assert x.grad is not None
    assert y.grad is not None
    assert values.grad is not None
    torch.testing.assert_close(x.grad, y.grad)
    assert module.constants is not None
    torch.testing.assert_close(module.constants.grad, values.grad)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_the_slopes_of_every_step_are_those_of_autograd(name: str) -> None:
    assert set(PRIMITIVES) == set(STEPS) == set(BACK)
    twice = PRIMITIVES[name].arity == 2
    formula = (name, "tanh", "x", "mul", "x", 0.5) if twice else (name, "mul", "x", 0.5)
    x = torch.tensor([-2.5, -0.7, 0.3, 1.9], dtype=torch.float64, requires_grad=True)
    value = torch.tensor(-1.25, dtype=torch.float64, requires_grad=True)
    result = compute(formula, x, [value])
    by_x, by_value = slopes(formula, x.detach(), [value.detach()])
    (expected,) = torch.autograd.grad(result.sum(), x, retain_graph=True)
    torch.testing.assert_close(by_x.expand(4), expected)
    for place in range(4):
        (expected,) = torch.autograd.grad(result[place], value, retain_graph=True)
        torch.testing.assert_close(by_value.expand(4)[place], expected)


def test_a_slope_beyond_the_bounds_counts_as_the_bound() -> None:
    x = torch.tensor([3.0, 200.0], requires_grad=True)
    Bred(("mul", "x", "x"))(x).backward(torch.tensor([2.0, 2.0]))
    assert x.grad is not None
    assert x.grad.tolist() == [12.0, 2.0 * STEEPEST]


def test_constants_are_one_parameter_or_none() -> None:
    module = Bred(("max", "mul", "x", 0.5, "add", "x", -1.0))
    assert {name: p.tolist() for name, p in module.named_parameters()} == {
        "constants": [0.5, -1.0]
    }
    assert list(Bred(("exp", "x")).state_dict()) == []
    assert constants(module.formula) == (0.5, -1.0)


def test_what_was_learnt_is_what_is_computed() -> None:
    module = Bred(("sub", "mul", "x", 2.0, "max", "x", 0.5))
    assert module.constants is not None
    with torch.no_grad():
        module.constants.copy_(torch.tensor([3.0, -1.0]))
    assert module(torch.tensor([-2.0, 1.0])).tolist() == [-5.0, 2.0]


@pytest.mark.parametrize("formula", [("mul", "x", 0.5), ("exp", "x")])
def test_half_precision_stays_what_it_is(formula: Formula) -> None:
    module = Bred(formula)
    x = torch.ones(3, dtype=torch.bfloat16, requires_grad=True)
    values = module(x)
    assert values.dtype == torch.bfloat16
    values.sum().backward()
    assert x.grad is not None
    assert x.grad.dtype == torch.bfloat16
    if module.constants is not None:
        assert module.constants.grad is not None
        assert module.constants.grad.tolist() == [3.0]


def test_a_constant_that_many_numbers_share_moves_by_the_root_of_how_many() -> None:
    module = Bred(("mul", "x", 0.5))
    x = torch.arange(8.0).view(2, 2, 1, 2).requires_grad_()  # four numbers an example
    module(x).sum().backward()
    assert module.constants is not None
    assert module.constants.grad is not None
    assert module.constants.grad.tolist() == [28.0 / 2.0]
    assert x.grad is not None
    assert x.grad.unique().tolist() == [0.5]
