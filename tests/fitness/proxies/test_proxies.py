"""Contract of every zero-cost proxy, and values computed by hand on literal networks."""

import math
import random

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fitness.data.resident import Examples
from fitness.data.text.vocabulary import Vocabulary
from fitness.proxies import initial_gradient_norm, jacobian_covariance, synflow
from fitness.targets.classes import Classes
from fitness.targets.next_token import NextToken
from fitness.training.sample_batch import (
    BATCH,
    PROXIES,
    measure_proxies,
    proxy_passes,
    sample_batch,
)
from genomes.graph.sketch import Sketch
from genomes.networks.layers import Weighted
from genomes.networks.network import Network, build
from tests.fitness import literal, tiny
from tests.genomes.random_networks import (
    CLASSES,
    mask_at_random,
    random_inputs,
    random_network,
)


def examples(network: Network, count: int = 6) -> Examples:
    generator = torch.Generator().manual_seed(1)
    x = random_inputs(network.spec, count, generator)
    if network.spec.tokens is not None:
        letters = tuple(bytes([97 + token]) for token in range(CLASSES))
        return Examples(x, x.long(), NextToken(Vocabulary("character", letters)))
    return Examples(x, torch.arange(count) % CLASSES, Classes(CLASSES))


def everything(network: Network) -> dict[str, Tensor | None]:
    """All tensors and gradients of a network, non-persistent ones too, and torch's randomness."""
    found: dict[str, Tensor | None] = {"random": torch.random.get_rng_state()}
    found |= dict(network.named_buffers())
    for name, parameter in network.named_parameters():
        found |= {name: parameter, f"{name}.grad": parameter.grad}
    return {name: None if value is None else value.clone() for name, value in found.items()}


def same(one: dict[str, Tensor | None], two: dict[str, Tensor | None]) -> bool:
    return one.keys() == two.keys() and all(
        value is two[name] is None or torch.equal(value, two[name])  # type: ignore[arg-type]
        for name, value in one.items()
    )


def test_proxies_are_told_by_name() -> None:
    found = measure_proxies(["synflow", "jacobian-covariance"], literal.network(), literal.batch())
    assert list(found) == ["synflow", "jacobian_covariance"]


@pytest.mark.parametrize("name", PROXIES.names())
@pytest.mark.parametrize(
    "family", ["cnn", "cnn1d", "mlp", "modular", "neat", "transformer", "gru"]
)
@pytest.mark.parametrize("seed", range(8))
def test_every_proxy_is_a_finite_number_and_looking_changes_nothing(
    name: str, family: str, seed: int
) -> None:
    rng = random.Random(seed)
    network = random_network(rng, family).train(rng.random() < 0.5)
    mask_at_random(network, rng)
    batch, proxy = examples(network), PROXIES.load(name)
    next(network.parameters()).grad = torch.ones_like(next(network.parameters()))
    before, modes = everything(network), [module.training for module in network.modules()]
    value = proxy.measure(network, batch)
    assert isinstance(value, float)
    assert math.isfinite(value)
    assert same(before, everything(network))
    assert modes == [module.training for module in network.modules()]
    assert proxy.measure(network, batch) == value
    assert proxy.measure(network.train(not network.training), batch) == value
    assert proxy.passes(6) > 0


@pytest.mark.parametrize("name", PROXIES.names())
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_finite_becomes_a_bound(name: str, value: float) -> None:
    network = literal.network()
    with torch.no_grad():
        network.get_parameter("logits.weight").fill_(value)
    bounds = {"synflow": 30.0, "initial-gradient-norm": 6.0, "jacobian-covariance": -5.0}
    assert PROXIES.load(name).measure(network, literal.batch()) == pytest.approx(bounds[name])


def test_nothing_that_flows_is_the_other_bound() -> None:
    network = literal.network()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, Weighted):
                module.weight.zero_()
    assert synflow.measure(network, literal.batch()) == -30.0
    assert jacobian_covariance.measure(network, literal.batch()) == pytest.approx(-5.0, abs=1e-4)


def test_what_a_plugin_cannot_tell_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unknown:
        measure = staticmethod(lambda network, batch: math.nan)
        passes = staticmethod(lambda examples: 7)

    monkeypatch.setitem(PROXIES._added, "of-a-plugin", Unknown)
    names = ["synflow", "of-a-plugin"]
    assert set(measure_proxies(names, literal.network(), literal.batch())) == {"synflow"}
    assert proxy_passes(["of-a-plugin"], 2) == 7


def test_cost_in_passes() -> None:
    assert (
        proxy_passes(PROXIES.names(), 2) == 3 * 2 + 2 * 2 + 3
    )  # gradient norm, Jacobian, flow of one example


def test_all_newborn_networks_see_the_same_few_examples() -> None:
    train = tiny.evaluator().data.train
    first, second = sample_batch(train), sample_batch(train)
    assert torch.equal(first.x, second.x)
    assert len(first) == BATCH
    assert len(sample_batch(train.chosen(slice(5)))) == 5


# -- synflow --------------------------------------------------------------------------------------


def chain(*operations: tuple[str, dict[str, object]], classes: int = 1) -> Network:
    """Two linear layers, 2 -> 2 -> classes, and operations between them."""
    sketch = Sketch((2,))
    x = sketch.add("first", "linear", "input", out_features=2, bias=True)
    for number, (operation, attributes) in enumerate(operations):
        x = sketch.add(f"between{number}", operation, x, **attributes)
    sketch.add("logits", "linear", x, out_features=classes, bias=True)
    network = build(sketch.finish())
    with torch.no_grad():
        network.get_parameter("first.weight").copy_(torch.tensor([[1.0, -2.0], [3.0, 4.0]]))
        last = torch.tensor([[5.0, -6.0], [-1.0, 2.0]])
        network.get_parameter("logits.weight").copy_(last[:classes])
    return network


PAIR = Examples(torch.tensor([[0.3, -1.0], [2.0, 0.5]]), torch.tensor([0, 0]), Classes(2))


def test_synflow_of_a_linear_network_is_the_sum_of_products_along_paths() -> None:
    flow = 5 * (1 + 2) + 6 * (3 + 4)  # through the first layer, and as much through the second
    assert synflow.measure(chain(), PAIR) == pytest.approx(math.log10(2 * flow))


def test_synflow_leaves_out_what_would_bend_the_flow() -> None:
    bent = chain(
        ("batch_norm", {}), ("activation", {"function": "tanh"}), ("dropout", {"rate": 0.5})
    )
    assert synflow.measure(bent, PAIR) == pytest.approx(synflow.measure(chain(), PAIR))


def test_synflow_of_filters_under_a_mask() -> None:
    network = literal.network()  # means 1, 2, 0.5 of absolute filters; outputs 3 and 2.5
    assert synflow.measure(network, literal.batch()) == pytest.approx(math.log10(2 * 5.5))
    network.set_channel_masks({"stage0": torch.tensor([True, False, True])})
    assert synflow.measure(network, literal.batch()) == pytest.approx(math.log10(2 * 1.5))


# -- gradient norm --------------------------------------------------------------------------------


def test_gradient_norm_is_that_of_the_loss_by_hand() -> None:
    # Activations of image k are k, 0, k / 2, its logits k and k / 2.
    k = torch.tensor([1.0, 3.0])
    p = (torch.softmax(torch.stack([k, k / 2], 1), 1) - torch.eye(2)) / 2  # by logits
    by_logits = p.T @ torch.stack([k, 0 * k, k / 2], 1)  # (2, 3)
    by_filters = torch.stack([(p[:, 0] * k).sum(), torch.tensor(0.0), (p[:, 1] * k).sum()])
    norms = float(by_logits.norm() + by_filters.norm())
    found = initial_gradient_norm.measure(literal.network(), literal.batch())
    assert found == pytest.approx(math.log10(norms), rel=1e-5)


def test_gradient_norm_is_that_of_the_first_step_but_for_dropout() -> None:
    x = torch.tensor([[0.3, -1.0], [2.0, 0.5], [1.0, 1.0]])
    batch = Examples(x, torch.tensor([0, 1, 1]), Classes(2))
    noisy = chain(("batch_norm", {}), ("dropout", {"rate": 0.5}), classes=2)
    step = chain(("batch_norm", {}), classes=2).train()
    loss = F.cross_entropy(step(batch.x), batch.y)
    weights = [step.get_parameter("first.weight"), step.get_parameter("logits.weight")]
    norms = sum(float(gradient.norm()) for gradient in torch.autograd.grad(loss, weights))
    found = initial_gradient_norm.measure(noisy.eval(), batch)
    assert found == pytest.approx(math.log10(norms), rel=1e-5)


# -- Jacobian covariance --------------------------------------------------------------------------


def test_jacobian_covariance_tells_apart_from_alike() -> None:
    k = 1e-5
    apart = torch.tensor([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 5.0, 3.0]]).double()
    assert jacobian_covariance.score(apart) == pytest.approx(0.0, abs=1e-9)  # eigenvalues 1, 1
    alike = torch.tensor([[1.0, -1.0, 0.0, 0.0], [3.0, 1.0, 2.0, 2.0]]).double()
    total = math.log(2 + k) + 1 / (2 + k) + math.log(k) + 1 / k  # eigenvalues 2, 0
    assert jacobian_covariance.score(alike) == pytest.approx(-math.log10(total / 2))
    half = torch.tensor([[1.0, -1.0, 0.0], [1.0, 0.0, -1.0]]).double()  # correlation 1 / 2
    total = math.log(1.5 + k) + 1 / (1.5 + k) + math.log(0.5 + k) + 1 / (0.5 + k)
    assert jacobian_covariance.score(half) == pytest.approx(-math.log10(total / 2))


def test_a_network_that_distinguishes_scores_above_one_that_treats_all_alike() -> None:
    def both_signs(*between: str) -> Network:
        sketch = Sketch((4,))
        x = sketch.add("first", "linear", "input", out_features=8, bias=False)
        for function in between:
            x = sketch.add("between", "activation", x, function=function)
        sketch.add("logits", "linear", x, out_features=1, bias=False)
        network = build(sketch.finish())
        with torch.no_grad():
            network.get_parameter("first.weight").copy_(torch.cat([torch.eye(4), -torch.eye(4)]))
            network.get_parameter("logits.weight").fill_(1.0)
        return network

    # With ReLU the sum of absolute inputs, whose gradient is their signs; without, nothing at all.
    x = torch.tensor([[1.0, 1.0, -1.0, -1.0], [2.0, -1.0, 1.0, -3.0], [1.0, -2.0, -1.0, 1.0]])
    batch = Examples(x, torch.zeros(3, dtype=torch.int64), Classes(2))
    assert jacobian_covariance.measure(both_signs("relu"), batch) == pytest.approx(0.0, abs=1e-6)
    assert jacobian_covariance.measure(both_signs(), batch) == pytest.approx(-5.0, abs=1e-4)
