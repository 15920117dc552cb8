"""Family `transformer`: nothing looks ahead, tied tables count once, children go on exactly."""

from __future__ import annotations

import random

import pytest
import torch

from genomes.architectures import transformer
from genomes.chromosomes.space import network_space
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.graph.spec import NetworkSpec
from genomes.networks.inherit import inherit_weights
from genomes.networks.network import Network, build
from genomes.networks.shrinking import shrink
from tests.genomes.random_networks import mask_at_random, random_network

TOKENS, LENGTH = 20, 12
INTERFACE = Interface((LENGTH,), TOKENS, None, tokens=TOKENS, per_position=True)
BLOCK = Record(feed_forward=2, activation="gelu", context=1.0)
GENES = transformer.TEXTBOOK[0].replacing(
    family="transformer", blocks=(BLOCK,), heads=2, head_size=4
)


def spec(**changes: object) -> NetworkSpec:
    return transformer.decode(GENES.replacing(**changes), INTERFACE)


def network(seed: int = 1, **changes: object) -> Network:
    return build(spec(**changes), seed=seed).double().eval()


def tokens(count: int = 3) -> torch.Tensor:
    return torch.randint(TOKENS, (count, LENGTH), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("seed", range(20))
def test_nothing_looks_ahead(seed: int) -> None:
    rng = random.Random(seed)
    masked = random_network(rng, "transformer")
    mask_at_random(masked, rng)
    length, classes = masked.spec.input_shape[0], masked.spec.outputs
    x = torch.randint(classes, (2, length), generator=torch.Generator().manual_seed(seed))
    place = rng.randrange(length)
    later = x.clone()
    later[:, place:] = (later[:, place:] + 1) % classes
    with torch.no_grad():
        before, after = masked(x), masked(later)
    seen = before[:, :, :place], after[:, :, :place]
    if any(node.operation == "experts" for node in masked.spec.nodes):
        torch.testing.assert_close(*seen, rtol=1e-11, atol=1e-11)  # of products of other sizes
    else:
        assert torch.equal(*seen)
    assert before.shape == (2, classes, length)


def test_every_position_sees_its_context_and_no_more() -> None:
    near = network(blocks=(BLOCK.replacing(context=0.25),))  # three positions
    x = tokens(1)
    for place in range(LENGTH):
        other = x.clone()
        other[0, place] = (other[0, place] + 1) % TOKENS
        with torch.no_grad():
            differs = (near(other) != near(x))[0].any(0)
        assert differs.nonzero().flatten().tolist() == list(range(place, min(LENGTH, place + 3)))


def test_shorter_inputs_are_read_as_the_beginning_of_longer_ones() -> None:
    for positions in ("rotary", "learnt"):
        whole = network(positions=positions, blocks=(BLOCK, BLOCK.replacing(context=0.25)))
        with torch.no_grad():
            torch.testing.assert_close(whole(tokens()[:, :5]), whole(tokens())[:, :, :5])


def test_parameters_are_as_counted_by_hand() -> None:
    width, hidden = 8, 16
    norms, attention = 3 * width, 2 * width * 3 * 4 + 8 * width
    forward = width * hidden + hidden + hidden * width + width
    assert spec().dense_parameters() == TOKENS * width + norms + attention + forward
    untied = spec(tied=False, normalisation="layer", positions="learnt")
    more = width * TOKENS + TOKENS + 3 * width + LENGTH * width
    assert untied.dense_parameters() == spec().dense_parameters() + more


def test_what_is_kept_of_a_sequence_falls_with_the_window() -> None:
    assert spec().state() == 2 * 8 * LENGTH
    near = BLOCK.replacing(context=0.25)
    assert spec(blocks=(BLOCK, near)).state() == 2 * 8 * (LENGTH + 3)


def test_a_tied_table_is_one_tensor() -> None:
    tied = network()
    assert [name for name in tied.state_dict() if "table" in name] == ["embed_table.weight"]
    loss = torch.nn.functional.cross_entropy(tied(tokens()), tokens())
    loss.backward()
    alone = torch.nn.functional.cross_entropy(network()(tokens()), tokens())
    assert torch.equal(loss, alone)
    assert tied.get_parameter("embed_table.weight").grad is not None


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("changes", [{"heads": 4}, {"blocks": (BLOCK,) * 3}])
def test_wider_and_deeper_children_go_on_where_their_parent_stood(
    tied: bool, changes: dict[str, object]
) -> None:
    parent, child = network(tied=tied), network(2, tied=tied, **changes)
    inherit_weights(child, parent.spec, parent.state_dict(), noise=0.0)
    with torch.no_grad():
        torch.testing.assert_close(child(tokens()), parent(tokens()), rtol=1e-9, atol=1e-9)


def test_heads_of_another_size_or_turned_otherwise_are_not_taken_over() -> None:
    parent = network(positions="learnt")
    for changes in ({"head_size": 8}, {"positions": "rotary"}):
        child, fresh = network(2, **changes), network(2, **changes)
        inherit_weights(child, parent.spec, parent.state_dict(), noise=0.0)
        name = "block0_attention.weight"
        assert torch.equal(child.get_parameter(name), fresh.get_parameter(name))


def test_a_head_that_is_masked_is_cut_out() -> None:
    masked = network(heads=3)
    masked.set_channel_masks({"block0.heads": torch.tensor([True, False, True])})
    small = shrink(masked)
    assert small.get_parameter("block0_attention.weight").shape == (2, 12, 3, 4)
    assert small.get_parameter("block0_joined.weight").shape == (12, 8)
    with torch.no_grad():
        torch.testing.assert_close(small(tokens()), masked(tokens()), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("tied", [True, False])
def test_channels_of_the_stream_are_cut_out_everywhere(tied: bool) -> None:
    masked = network(masked_stream=True, normalisation="layer", positions="learnt", tied=tied)
    live = torch.tensor([True, False, True, True, False, False, True, True])
    masked.set_channel_masks({"stream": live})
    small = shrink(masked)
    cut = {name: tuple(tensor.shape) for name, tensor in small.state_dict().items()}
    assert cut["embed_table.weight"] == (5, TOKENS)
    assert cut["embed_positions.weight"] == (5, LENGTH)
    assert cut["block0_attention.weight"] == (2, 5, 3, 4)
    assert cut["block0_joined.weight"] == (5, 8)
    assert cut["block0_out.weight"] == (5, 16)
    assert cut["final_norm.bias"] == (5,)
    assert tied or cut["logits.weight"] == (TOKENS, 5)
    with torch.no_grad():
        torch.testing.assert_close(small(tokens()), masked(tokens()), rtol=1e-9, atol=1e-9)


def test_experts_have_the_parameters_of_the_layer_they_divide_and_compute_less() -> None:
    block = BLOCK.replacing(feed_forward=4)
    dense, experts = (spec(blocks=(block,) * 2, experts=number) for number in (1, 8))
    # a row of the router and a bias of the answer for each expert, one such bias before
    assert experts.dense_parameters() - dense.dense_parameters() == 2 * (8 * 8 + 7 * 8)
    assert experts.flops() < dense.flops()
    formula = block.replacing(activation=("exp", "x"))
    (node,) = (n for n in spec(blocks=(formula,), experts=4).nodes if n.operation == "experts")
    assert node.attributes["function"] == "gelu"


def test_genomes_of_before_the_stream_could_be_masked_have_no_such_site() -> None:
    older = transformer.decode(
        Record({k: v for k, v in GENES.items() if k != "masked_stream"}), INTERFACE
    )
    assert [site.name for site in older.sites] == ["block0.heads", "block0.hidden"]


def test_it_reads_tokens_alone_and_others_do_not() -> None:
    with pytest.raises(ValueError, match=r"inputs of shape \(3,\); family transformer needs"):
        transformer.genes(Interface((3,), 2))
    with pytest.raises(
        ValueError, match=r"family mlp reads numbers.*Choose family transformer or gru"
    ):
        network_space(family="mlp", interface=INTERFACE)
