"""Early exits: what follows is neither computed nor read, but for keys and values."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genomes.architectures import transformer
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.graph.marks.expected import expected_flops
from genomes.graph.masks import Masks
from genomes.networks.exit_gate import ExitGate
from genomes.networks.network import Network, build
from genomes.networks.stepping.stepper import Stepper

TOKENS, LENGTH, WIDTH, HIDDEN = 20, 12, 8, 16
BLOCK = Record(feed_forward=2, activation="relu", context=1.0)


def exiting(confidence: float, **changes: object) -> Network:
    genes = transformer.TEXTBOOK[0].replacing(
        blocks=(BLOCK,) * 3,
        heads=2,
        head_size=4,
        exits=True,
        exit_confidence=confidence,
        **changes,
    )
    interface = Interface((LENGTH,), TOKENS, None, tokens=TOKENS, per_position=True)
    return build(transformer.decode(genes, interface), seed=1).eval()


def tokens() -> torch.Tensor:
    return torch.randint(TOKENS, (2, LENGTH), generator=torch.Generator().manual_seed(0))


def stepped(network: Network) -> torch.Tensor:
    stepper = Stepper(network)
    return torch.stack([stepper.feed(token) for token in tokens()[0].tolist()], dim=1)


def shares(network: Network) -> list[float]:
    """Return the share of positions that go on behind each exit."""
    found: list[float] = []
    for module in network.modules():
        if isinstance(module, ExitGate):
            module.register_forward_hook(lambda _, __, marks: found.append(marks.mean().item()))
    with torch.no_grad():
        network(tokens())
    return found


def test_who_has_left_stays_out() -> None:
    first, second = shares(exiting(0.95))
    assert 0.0 < second < first < 1.0
    assert shares(exiting(0.0)) == [0.0, 0.0]


@pytest.mark.parametrize("changes", [{}, {"tied": False, "positions": "learnt"}])
def test_step_by_step_it_leaves_where_the_whole_window_does(changes: dict[str, object]) -> None:
    network = exiting(0.95, **changes)
    with torch.no_grad():
        whole = network(tokens())[0]
    torch.testing.assert_close(stepped(network), whole, rtol=1e-4, atol=1e-5)


def test_behind_an_exit_only_keys_and_values_are_read() -> None:
    network = exiting(0.0)
    with torch.no_grad():
        expected = network(tokens())[0]
        for block in (1, 2):
            network.get_parameter(f"block{block}_attention.weight")[:, :, 0] = torch.nan  # queries
            for name in ("joined.weight", "hidden.weight", "out.weight"):
                network.get_parameter(f"block{block}_{name}").fill_(torch.nan)
    torch.testing.assert_close(stepped(network), expected, rtol=1e-4, atol=1e-5)


def test_later_positions_see_those_that_have_left() -> None:
    network = exiting(0.95)
    with torch.no_grad():
        before = network(tokens())
        for block in (1, 2):
            network.get_submodule(f"block{block}_attention").keys_stay = False  # type: ignore[assignment]
        after = network(tokens())
    changed = (before != after).any(1)  # (2, LENGTH)
    marks: list[torch.Tensor] = []
    with torch.no_grad():
        network.get_submodule("block0_exit").register_forward_hook(
            lambda _, __, found: marks.append(found)
        )
        network(tokens())
    assert bool(changed.any())
    assert bool((changed <= (marks[-1][:, 0] > 0.5)).all())  # only of those that go on


def test_what_an_exit_spares_is_as_counted_by_hand() -> None:
    spec = exiting(0.5).spec
    marks = {"block0_exit": np.array([0.25]), "block1_exit": np.array([0.0])}
    pairs = LENGTH * (LENGTH + 1) // 2
    query = LENGTH * (2 * WIDTH * 4 + 3 * 4)  # projected, turned
    heads = 2 * (query + pairs * (4 * 4 + 5) + LENGTH * 4)  # found, closed
    joined = LENGTH * 2 * WIDTH * WIDTH
    fed = LENGTH * HIDDEN * (2 * WIDTH + 1 + 1 + 1 + 2 * WIDTH)  # in, relu, closed, out
    spared = (0.75 + 1.0) * (heads + joined + fed)
    assert expected_flops(spec, Masks({}, {}), marks) == pytest.approx(spec.flops() - spared)


def test_in_training_all_go_on_and_each_exit_pays_for_its_answer() -> None:
    network = exiting(0.0).train()
    outputs = network(tokens())
    gates = [module for module in network.modules() if isinstance(module, ExitGate)]
    asked: list[torch.Tensor] = []

    def loss_of(scores: torch.Tensor) -> torch.Tensor:
        asked.append(scores)
        return scores.square().mean()

    paid = [gate.surcharge(loss_of) for gate in gates]
    assert [tuple(scores.shape) for scores in asked] == [tuple(outputs.shape)] * 2
    for place, (scores, one) in enumerate(zip(asked, paid, strict=True), start=1):
        assert one is not None
        torch.testing.assert_close(one, place / 3 * scores.square().mean())
    assert gates[0].surcharge(loss_of) is None
    sum(one for one in paid if one is not None).backward()  # type: ignore[union-attr, no-untyped-call]
    assert network.get_parameter("block1_out.weight").grad is not None
