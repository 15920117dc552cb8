"""A network with a memory sees no future and no other text, and is the same however it is run."""

from __future__ import annotations

import torch
from torch import Tensor

from evo.export.model_source import model_source
from genomes.architectures import transformer
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.networks.network import Network, build
from genomes.networks.remembering.layer import TimescaleMemory
from genomes.networks.remembering.session import Positions, Rereading
from genomes.networks.remembering.slots import Slots
from genomes.networks.remembering.tiers import Tiers
from genomes.networks.shrinking import shrink
from genomes.networks.stepping.stepper import Stepper
from genomes.operations.timescale_memory import state_bytes

TOKENS, LENGTH = 7, 32
BLOCK = Record(feed_forward=2, activation="gelu", context=0.125)
GENES = transformer.TEXTBOOK[0].replacing(
    blocks=(BLOCK, BLOCK), heads=3, head_size=4, memory=True, memory_segment=0.125,
    memory_short=5, memory_middle=4, memory_long=2, memory_found=2, memory_middle_rate=0.5,
    memory_long_rate=0.3, memory_importance=0.5, memory_uses=1,
)  # fmt: skip


def remembering(seed: int = 1) -> Network:
    """Build a network all of whose tiers are in use."""
    interface = Interface((LENGTH,), TOKENS, None, tokens=TOKENS, per_position=True)
    network = build(transformer.decode(GENES, interface), seed=seed)
    generator = torch.Generator().manual_seed(seed)
    torch.nn.init.normal_(memory_of(network).importances, std=2.0, generator=generator)
    return network.double().eval()


def memory_of(network: Network) -> TimescaleMemory:
    module = network.get_submodule("memory")
    assert isinstance(module, TimescaleMemory)
    return module


def tokens(count: int = 3) -> Tensor:
    return torch.randint(TOKENS, (count, LENGTH), generator=torch.Generator().manual_seed(0))


def positions(count: int, length: int) -> Positions:
    generator = torch.Generator().manual_seed(count)
    made = torch.randn(3, count, 3, length, 4, generator=generator, dtype=torch.float64)
    return Positions(*torch.nn.functional.normalize(made, dim=-1))


@torch.no_grad()
def test_a_later_token_changes_nothing_before_it_and_all_earlier_ones_may_matter() -> None:
    network, x = remembering(), tokens()
    answers, reach = network(x), 0
    for place in range(1, LENGTH, 3):
        later = x.clone()
        later[:, place] = (later[:, place] + 1) % TOKENS
        changed = (network(later) != answers).any(dim=1).any(dim=0)
        assert not changed[:place].any()
        reach = max(reach, int(changed.nonzero().max()) - place)
    assert reach > 12  # blocks alone look back 4 positions each


@torch.no_grad()
def test_no_text_knows_of_another() -> None:
    network, x = remembering(), tokens(2)
    together = network(x)
    for number in range(2):
        torch.testing.assert_close(network(x[number : number + 1])[0], together[number])


@torch.no_grad()
def test_position_after_position_finds_what_the_whole_window_finds() -> None:
    network, x = remembering(), tokens(2)
    whole, stepper = network(x), Stepper(network)
    assert stepper.remembers
    for number in range(2):  # the second knows nothing of the first
        stepper.restart()
        stepped = torch.stack([stepper.feed(token) for token in x[number].tolist()], dim=1)
        torch.testing.assert_close(stepped, whole[number], rtol=1e-9, atol=1e-9)


@torch.no_grad()
def test_windows_that_overlap_find_what_one_long_one_finds() -> None:
    layer, every = memory_of(remembering()), positions(2, 44)
    expected = layer.session().follow(every, layer)
    reading = Rereading(layer.session(), 12)
    found = [reading.follow(every.between(0, 12), layer)]
    for start in range(8, 40, 8):
        reading.again = 4
        window = reading.follow(every.between(start, start + 12), layer)
        torch.testing.assert_close(window[:, :, :4], found[-1][:, :, -4:], rtol=0, atol=0)
        found.append(window[:, :, 4:])
    torch.testing.assert_close(torch.cat(found, dim=2), expected)


@torch.no_grad()
def test_shrunk_networks_and_their_source_remember_the_same() -> None:
    network, x = remembering(), tokens()
    network.set_channel_masks({"memory.heads": torch.tensor([True, False, True])})
    expected, small = network(x), shrink(network)
    assert small.spec.by_name["memory"].attributes["heads"] == 2
    torch.testing.assert_close(small(x), expected, rtol=1e-8, atol=1e-8)
    scope: dict[str, type[torch.nn.Module]] = {}
    exec(model_source(small.spec, "remembers"), scope)
    written = scope["Network"]().double().eval()
    written.load_state_dict(small.tensors())
    for length in (LENGTH, 19):
        torch.testing.assert_close(written(x[:, :length]), small(x[:, :length]))


@torch.no_grad()
def test_tiers_count_four_two_one_at_first() -> None:
    layer = memory_of(remembering()).float()
    key = torch.tensor([1.0, 0.0, 0.0, 0.0]).expand(1, 3, 1, 4)
    one = torch.ones(1, 3, 1)
    tiers = [
        Slots(key, torch.eye(4)[tier].expand(1, 3, 1, 4), one, one, 0 * one, one > 0)
        for tier in range(3)
    ]
    layer.nothing.fill_(-torch.inf)
    found, _ = layer.recall(key, Tiers(*tiers))
    torch.testing.assert_close(found[0, 0, 0], torch.tensor([4.0, 2.0, 1.0, 0.0]) / 7)


@torch.no_grad()
def test_a_memory_holds_no_more_than_it_says() -> None:
    network = remembering().float()
    layer, every = memory_of(network), positions(1, 80)
    reading = Rereading(layer.session(), LENGTH)
    reading.follow(Positions(*(p.float() for p in vars(every).values())), layer)
    session = reading.session
    assert session.memory is not None
    assert reading.found is not None
    assert session.before is not None
    slots = [*session.memory.parts, *(slots for slots, _ in session.pending)]
    tensors = [tensor for one in slots for tensor in vars(one).values()]
    tensors += [reading.found, session.before, *(queries for _, queries in session.pending)]
    held = sum(tensor.numel() * tensor.element_size() for tensor in tensors)
    assert held == state_bytes(network.spec.by_name["memory"].attributes, LENGTH)
