"""Shrinking is exact, and the counts equal what is counted another way on real tensors."""

from __future__ import annotations

import random

import pytest
import torch

from genomes.graph.inhibition import reach, revives
from genomes.graph.marks.runs import speakers
from genomes.graph.sketch import Sketch
from genomes.networks.network import Network, build
from genomes.networks.shrinking import counts, shrink
from tests.genomes.random_networks import (
    check_exact,
    mask_at_random,
    random_inputs,
    random_network,
)

GENOMES = 304  # of each family
SMALL = {"transformer": 20_000}  # parameters up to which they are counted one by one


def edges_of(network: Network) -> dict[tuple[str, int], list[tuple[str, int]]]:
    """List, for each (node, feature), the (node, feature)s it is unmasked input of.

    The reference for `active`, written channel by channel from the definition.
    """
    spec, masks, weights = network.spec, network.channel_masks(), network.weight_masks()
    edges: dict[tuple[str, int], list[tuple[str, int]]] = {}

    def link(source: str, i: int, target: str, o: int) -> None:
        edges.setdefault((source, i), []).append((target, o))

    for node in spec.nodes[1:]:
        size = node.shape[0]
        for source in node.inputs:
            width = spec.by_name[source].shape[0]
            if node.operation.startswith("gated_") and source != node.inputs[0]:
                closes_masked = node.operation == "gated_positions"  # others are masked behind
                site = spec.channels.site(node.name) if closes_masked else None
                for o, speaker in enumerate(speakers(node.attributes["runs"]).tolist()):
                    if not site or masks[site][o]:  # else it closes nothing
                        link(source, speaker, node.name, o)
            elif node.operation in (
                *("conv", "linear", "causal_attention", "gated_attention", "timescale_memory"),
            ):
                # An output reads an input by any pixel; a head by any query, key or value.
                table = weights[node.name]
                table = table.flatten(2).any(2) if table.dim() > 2 else table
                for o, i in table.nonzero().tolist():
                    link(source, i, node.name, o)
            elif node.operation == "token_table":
                continue  # the same whatever comes in
            elif node.operation in ("causal_gate", "experts", "exit_gate"):
                for i in range(width):
                    for o in range(size):
                        link(source, i, node.name, o)
            elif node.operation == "token_scores" or (
                node.operation == "token_lookup" and source == node.inputs[1]
            ):
                site = spec.channels.site(node.inputs[0]) if node.inputs[1] == source else None
                for i in range(width):  # products over all channels; a token chooses of each
                    if node.operation == "token_scores" and site and not masks[site][i]:
                        continue  # its product is with nothing
                    for o in range(size):
                        link(source, i, node.name, o)
            elif node.operation == "sparse_linear":
                mask = weights[node.name][0].tolist()
                for (o, i), on in zip(node.attributes["edges"], mask, strict=True):
                    if on:
                        link(source, i, node.name, o)
            elif node.operation in ("flatten", "merge_heads"):
                for feature in range(size):
                    link(source, feature // (size // width), node.name, feature)
            elif node.operation == "concatenate":
                start = 0 if source == node.inputs[0] else size - width
                for c in range(width):
                    link(source, c, node.name, start + c)
                    if node.inputs[0] == node.inputs[1]:
                        link(source, c, node.name, width + c)
            elif node.operation in ("layer_norm", "position_norm"):
                unmasked = []
                for run, part in spec.channels[node.name].runs():
                    mask = torch.ones(part.features) if part.site is None else masks[part.site]
                    on = mask.repeat_interleave(1 if part.site is None else part.positions)
                    unmasked += [run.start + c for c in on.nonzero().flatten().tolist()]
                live = unmasked
                for i in live:
                    for o in range(size):
                        link(source, i, node.name, o)
            elif node.operation == "inhibit" and node.attributes["over"] == "channels":
                site = spec.channels.site(node.name)
                places = node.attributes["places"] or range(size)
                far = reach(node.attributes)
                for o in range(size):
                    if not revives(node.attributes) and site and not masks[site][o]:
                        continue  # nothing divided by something
                    for i in range(size):
                        if abs(places[i] - places[o]) <= far:
                            link(source, i, node.name, o)
            else:
                for c in range(size):
                    site = spec.channels.site(node.name)
                    scales = node.operation == "excite" and source == node.inputs[1]
                    if scales and site is not None and not masks[site][c]:
                        continue  # it scales nothing
                    if node.operation == "mask" and not masks[node.attributes["site"]][c]:
                        continue
                    if node.operation == "depthwise" and not weights[node.name][c].any():
                        continue
                    link(source, c, node.name, c)
    return edges


def reaching(
    edges: dict[tuple[str, int], list[tuple[str, int]]], ends: set[tuple[str, int]]
) -> set[tuple[str, int]]:
    """Return all features from which one of `ends` can be reached."""
    backwards: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for source, targets in edges.items():
        for target in targets:
            backwards.setdefault(target, []).append(source)
    found, waiting = set(ends), list(ends)
    while waiting:
        for source in backwards.get(waiting.pop(), []):
            if source not in found:
                found.add(source)
                waiting.append(source)
    return found


def silent(network: Network) -> set[tuple[str, int]]:
    """Return the features that are zero for every input: measured, not derived."""
    generator = torch.Generator().manual_seed(1)
    values = {network.spec.nodes[0].name: random_inputs(network.spec, 6, generator)}
    found = set()
    for node in network.spec.nodes[1:]:
        inputs = [values[source] for source in node.inputs]
        value = network.get_submodule(node.name)(*inputs)
        values[node.name] = value
        if node.operation in ("mask", "flatten", "max_pool", "average_pool", "concatenate") or (
            node.operation
            in ("global_average_pool", "dropout", "inhibit", "excite", "add", "merge_heads")
            or node.operation == "gated_positions"
        ):
            largest = value.transpose(0, 1).flatten(1).abs().amax(1)
            found |= {(node.name, c) for c in (largest == 0).nonzero().flatten().tolist()}
    return found


def masked_only(network: Network, zeros: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """Keep those zeros that masks cause (a rectifier may be silent on six inputs too)."""
    masks, found = network.channel_masks(), set()
    for node in network.spec.nodes[1:]:
        for run, part in network.spec.channels[node.name].runs():
            for feature in range(part.features if part.site else 0):
                off = not masks[part.site or ""][feature // part.positions]
                if off and (node.name, run.start + feature) in zeros:
                    found.add((node.name, run.start + feature))
    return found


def counted_active(network: Network) -> int:
    spec, weights = network.spec, network.weight_masks()
    ends = {(spec.output.name, c) for c in range(spec.outputs)}
    alive = reaching(edges_of(network), ends)
    nothing = masked_only(network, silent(network))
    total = 0
    for name, parameter in network.named_parameters():
        node = spec.by_name[name.split(".")[0]]
        if node.operation == "activation":  # all channels share its constants
            channels = range(node.shape[0])
            total += len(parameter) * any((node.name, c) in alive for c in channels)
            continue
        if node.operation == "experts":  # what they read and what they answer, by all hidden ones
            kept = [sum((node.name, c) in alive for c in range(node.shape[0]))]
            read = [(node.inputs[0], c) not in nothing for c in range(spec.source(node)[0])]
            side = name.split(".")[1]
            ends = sum(read) if side in ("weight", "inner") else len(parameter[0])
            ends = kept[0] if side == "outer_bias" else ends
            between = kept[0] * parameter.shape[2] if side == "outer" else 0
            hidden = parameter.shape[1] if side == "inner" else 1
            total += bool(kept[0]) * len(parameter) * (between or ends * hidden)
            continue
        if parameter.dim() == 1:
            total += sum((node.name, c) in alive for c in range(len(parameter)))
            continue
        if node.operation == "timescale_memory" and not name.endswith(".weight"):  # of heads
            heads = sum((node.name, head) in alive for head in range(node.shape[0]))
            total += heads * parameter.shape[1]
            continue
        if node.operation == "causal_gate":  # what it reads, or its marks
            marks = sum((node.name, mark) in alive for mark in range(node.shape[0]))
            source = [(node.inputs[0], c) for c in range(parameter.shape[1])]
            read = sum(place not in nothing for place in source) if marks else 0
            is_weight = name.endswith(".weight")
            total += read * len(parameter) if is_weight else marks * parameter.shape[1]
            continue
        if node.operation in ("token_table", "positions"):  # a number of one channel each
            total += sum(
                (node.name, c) in alive for c, _ in torch.ones_like(parameter).nonzero().tolist()
            )
            continue
        mixing = node.operation != "depthwise"
        for index in weights[node.name].nonzero().tolist():
            if node.operation == "sparse_linear":
                index = node.attributes["edges"][index[1]]
            source = (node.inputs[0], index[1] if mixing else index[0])
            total += (node.name, index[0]) in alive and source not in nothing
    return total


def _sparse(network: Network) -> set[str]:
    return {node.name for node in network.spec.nodes if node.operation == "sparse_linear"}


@pytest.mark.parametrize(
    "family", ["cnn", "cnn1d", "mlp", "modular", "joint", "neat", "transformer"]
)
@pytest.mark.parametrize("chunk", range(8))
def test_shrunk_copy_gives_the_same_logits_and_counts_are_exact(chunk: int, family: str) -> None:
    for seed in range(chunk, GENOMES, 8):
        rng = random.Random(seed)
        network = random_network(rng, family)
        mask_at_random(network, rng)
        small = shrink(network)
        x = random_inputs(network.spec, 3, torch.Generator().manual_seed(seed))
        # What normalises concatenated channels makes something of masked ones: their masks stay.
        counted = check_exact(network, small, x, seed, masks_go=family != "joint")
        assert counts(small).shrunk == counts(small).dense == counted.shrunk, seed
        if small.weight_masks().keys() & _sparse(small):  # dead, but no mask tells any more
            assert counts(small).active >= counted.active, seed
        else:
            assert counts(small).active == counted.active, seed
        if network.spec.dense_parameters() < SMALL.get(family, 6_000):
            assert counted.active == counted_active(network), seed


def flattened(norm: str = "batch_norm") -> Network:
    sketch = Sketch((1, 2, 2))
    x = sketch.add("conv", "conv", "input", out_channels=3, kernel=3, stride=1, bias=False)
    x = sketch.add("norm", norm, x)
    x = sketch.add("mask", "mask", x, site="stage0", stage=0)
    x = sketch.add("flat", "flatten", x)
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    return build(sketch.finish(), seed=1)


def test_columns_after_flattening_keep_their_position() -> None:
    network = flattened()
    network.set_channel_masks({"stage0": torch.tensor([True, False, True])})
    small = shrink(network)
    original = network.get_parameter("logits.weight")
    columns = [0, 1, 2, 3, 8, 9, 10, 11]
    assert torch.equal(small.get_parameter("logits.weight"), original[:, columns])
    assert torch.equal(
        small.get_parameter("conv.weight"), network.get_parameter("conv.weight")[::2]
    )
    assert tuple(small.get_buffer("norm.running_var").shape) == (2,)


def test_the_copy_keeps_type_mode_and_names_and_shares_nothing() -> None:
    network = flattened().double().eval()
    network.set_channel_masks({"stage0": torch.tensor([False, True, True])})
    small = shrink(network)
    assert not small.training
    assert small.get_parameter("conv.weight").dtype == torch.float64
    assert set(small.tensors()) == set(network.tensors())
    before = network.get_parameter("conv.weight").clone()
    with torch.no_grad():
        small.get_parameter("conv.weight").zero_()
    assert torch.equal(network.get_parameter("conv.weight"), before)
    assert shrink(network.train()).training


def test_an_unmasked_network_is_copied_without_its_mask_nodes() -> None:
    network = flattened().eval()
    small = shrink(network)
    x = torch.ones(1, 1, 2, 2)
    assert torch.equal(small(x), network(x))
    assert small.spec.sites == ()
    with torch.no_grad():
        small.get_parameter("conv.weight").zero_()
    assert network.get_parameter("conv.weight").abs().sum() > 0


def test_weight_masks_are_cut_to_size_and_their_weights_stay_zero() -> None:
    network = flattened("layer_norm").eval()
    mask = torch.ones(3, 1, 3, 3, dtype=torch.bool)
    mask[2, 0, 1] = False
    network.set_weight_masks({"conv": mask})
    network.set_channel_masks({"stage0": torch.tensor([False, True, True])})
    with torch.no_grad():  # an optimizer step that was not followed by apply_weight_masks_
        network.get_parameter("conv.weight")[2, 0, 1] = 5.0
    small = shrink(network)
    assert torch.equal(small.weight_masks()["conv"], mask[1:])
    assert torch.equal(small.get_parameter("conv.weight") != 0, mask[1:])
    network.apply_weight_masks_()
    x = torch.randn(4, 1, 2, 2, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(small(x), network(x), atol=1e-6)


def test_a_channel_read_before_its_mask_stays_and_is_silenced_behind_it() -> None:
    sketch = Sketch((2,))
    x = sketch.add("hidden", "linear", "input", out_features=3, bias=True)
    masked = sketch.add("mask", "mask", x, site="stage0", stage=0)
    x = sketch.add("before", "linear", x, out_features=2, bias=True)
    y = sketch.add("after", "linear", masked, out_features=2, bias=True)
    sketch.add("logits", "add", x, y)
    network = build(sketch.finish()).double()
    network.set_channel_masks({"stage0": torch.tensor([True, False, True])})
    outgoing = torch.tensor([[True, True, False], [True, True, False]])
    network.set_weight_masks({"before": outgoing})
    small = shrink(network)
    assert small.spec.sites == ()
    assert small.spec.by_name["mask"].operation == "silence"
    assert small.spec.by_name["mask"].attributes["on"] == (1, 0, 1)
    x = torch.tensor([[1.0, -2.0]], dtype=torch.float64)
    assert torch.allclose(small(x), network(x), rtol=1e-12)
    assert counts(network).active == (6 + 3) + (4 + 2) + (4 + 2)


def test_a_masked_channel_of_which_a_bred_function_makes_something_stays() -> None:
    sketch = Sketch((2,))
    x = sketch.add("hidden", "linear", "input", out_features=3, bias=True)
    x = sketch.add("mask", "mask", x, site="stage0", stage=0)
    x = sketch.add("bred", "activation", x, function=("exp", "mul", "x", 0.5))
    sketch.add("logits", "linear", x, out_features=2, bias=True)
    network = build(sketch.finish(), seed=1).double().eval()
    network.set_channel_masks({"stage0": torch.tensor([True, False, True])})
    small = shrink(network)
    x = random_inputs(network.spec, 5, torch.Generator().manual_seed(0))
    torch.testing.assert_close(small(x), network(x), rtol=0.0, atol=1e-12)
    assert counts(network).shrunk == counts(network).dense
    assert counts(network).active == counts(network).dense - 3  # what leads to the masked channel
