"""Pruning and marks together, on networks in training."""

import pytest
import torch

from fitness.silencing.pruning_plan import CRITERIA
from fitness.silencing.silencing import Silencing
from fitness.training.state import TrainingState
from genomes.chromosomes.epigenome import channels_on
from genomes.genes.gene import Record
from tests.fitness import literal
from tests.fitness.silencing.test_pruning_plan import plan
from tests.fitness.tiny import evaluator, expressed, job


def silencing(**changes: object) -> Silencing:
    epigenome = Record({"plasticity": 0.0, "initial_methylation": 0.0, "marks": ("11111111",) * 6})
    some = plan(final_sparsity=(0.7,), start=0.0, end=0.5, **changes)
    network, batch = literal.network(), literal.batch()
    return Silencing(network, some, epigenome, batch, seed=1, adult_epochs=10)


def training_state(**changes: object) -> TrainingState:
    return evaluator().training_state(job(expressed(**changes)))


def test_channels_go_one_by_one_by_magnitude() -> None:
    some = silencing()  # three channels with weights 1, -2, 0.5
    assert not some.prune(0.1)
    assert some.network.channel_masks()["stage0"].tolist() == [True, True, True]
    assert some.prune(0.25)
    assert some.network.channel_masks()["stage0"].tolist() == [True, True, False]
    assert not some.prune(0.3)
    assert some.prune(0.6)
    assert some.network.channel_masks()["stage0"].tolist() == [False, True, False]
    assert not some.prune(1.0)


def test_weights_go_layer_by_layer() -> None:
    some = silencing(granularity="weight")
    assert some.prune(1.0)
    masks = some.network.weight_masks()
    assert masks["conv"].flatten().tolist() == [False, True, False]
    assert int(masks["logits"].sum()) == 2  # 70 % of six, rounded down, are silenced
    assert some.network.get_parameter("conv.weight").flatten().tolist() == [0.0, -2.0, 0.0]
    assert bool(some.network.channel_masks()["stage0"].all())


def test_birth_spreads_marks_over_the_channels_of_each_site() -> None:
    some = training_state(epigenome__initial_methylation=0.0)
    for site in some.network.spec.sites:
        row = expressed()["epigenome"]["marks"][site.stage]
        mask = some.network.channel_masks()[site.name]
        assert tuple(mask.tolist()) == channels_on(row, site.channels)


def test_initial_methylation_silences_more() -> None:
    few = training_state(epigenome__initial_methylation=0.0).silencing.marks
    more = training_state(epigenome__initial_methylation=0.5).silencing.marks
    for before, after in zip(few[:4], more[:4], strict=True):
        assert after.count("1") == before.count("1") - round(0.5 * before.count("1"))
    assert few[4:] == more[4:]  # stages that the network does not have


@pytest.mark.parametrize("criterion", CRITERIA.names())
@pytest.mark.parametrize("granularity", ["channel", "weight"])
def test_masks_are_the_product_of_marks_and_growing_pruning(
    criterion: str, granularity: str
) -> None:
    some = training_state(
        pruning__criterion=criterion,
        pruning__granularity=granularity,
        pruning__final_sparsity=(0.9,) * 6,
        epigenome__plasticity=0.5,
    )
    before = {name: kept.clone() for name, kept in some.silencing.kept.items()}
    marks = some.silencing.marks
    for epoch in range(1, 7):
        some.silencing.prune(epoch / 6)
        some.silencing.live(epoch)
        for name, kept in some.silencing.kept.items():
            assert not bool((kept & ~before[name]).any())
            assert int((~kept).sum()) == some.silencing.silenced[name]
            before[name] = kept.clone()
        for site in some.network.spec.sites:
            mask = some.network.channel_masks()[site.name]
            on = torch.tensor(channels_on(some.silencing.marks[site.stage], site.channels))
            kept = before[site.name] if granularity == "channel" else torch.ones_like(on)
            assert torch.equal(mask, on & kept)
            assert bool(mask.any())
    assert some.silencing.marks != marks
    for old, new in zip(marks, some.silencing.marks, strict=True):
        assert sum(a != b for a, b in zip(old, new, strict=True)) <= 4


@pytest.mark.parametrize("criterion", CRITERIA.names())
@pytest.mark.parametrize("granularity", ["channel", "weight"])
def test_with_regrowth_units_return_and_the_counts_stay_those_of_the_plan(
    criterion: str, granularity: str
) -> None:
    regrowing = training_state(
        pruning__criterion=criterion,
        pruning__granularity=granularity,
        pruning__final_sparsity=(0.5,) * 6,
        pruning__regrowth=0.5,
        pruning__start=0.0,
        pruning__end=0.8,
        epigenome__plasticity=0.5,
    )
    some, returned = regrowing.silencing, 0
    for epoch in range(1, 7):
        before = {name: kept.clone() for name, kept in some.kept.items()}
        some.prune(epoch / 6)
        some.live(epoch)
        for name, kept in some.kept.items():
            stage, size = some.timetable.stages[name], kept.numel()
            assert int((~kept).sum()) == some.silenced[name]
            assert some.silenced[name] == some.plan.silenced(stage, size, epoch / 6)
            again = kept & ~before[name]
            returned += int(again.sum())
            if granularity == "weight":
                assert torch.equal(some.returned.get(name, torch.zeros_like(again)), again)
        assert all(bool(mask.any()) for mask in some.network.channel_masks().values())
    assert returned > 0
    final = {name: kept.clone() for name, kept in some.kept.items()}
    some.prune(1.0)
    assert all(torch.equal(final[name], kept) for name, kept in some.kept.items())


def test_channels_return_with_their_weights() -> None:
    some = silencing(regrowth=0.5)  # three channels with weights 1, -2, 0.5
    some.kept["stage0"] = torch.tensor([False, True, True])
    some.silenced["stage0"] = 1
    some._apply_channels()
    assert some.prune(0.0)  # none is to be silent yet: what is so beyond the target returns
    assert some.network.channel_masks()["stage0"].tolist() == [True, True, True]
    assert some.network.get_parameter("conv.weight").flatten().tolist() == [1.0, -2.0, 0.5]


def test_what_is_recorded_of_pruning() -> None:
    some = silencing()
    some.prune(0.25)
    assert some.traces() == {"sparsity.0": pytest.approx(1 / 3)}
    unpruned = training_state(pruning__final_sparsity=(0.0,) * 6)
    assert set(unpruned.traces()) == {"learning_rate"}


@pytest.mark.parametrize("granularity", ["channel", "weight"])
def test_state_is_loaded_into_a_newborn(granularity: str) -> None:
    old, new = (training_state(pruning__granularity=granularity) for _ in range(2))
    old.silencing.prune(0.6)
    old.silencing.live(2)
    new.load({name: value.clone() for name, value in old.state().items()})
    assert new.silencing.marks == old.silencing.marks
    assert new.silencing.silenced == old.silencing.silenced
    ours, theirs = new.network.state_dict(), old.network.state_dict()
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


def test_what_gates_never_open_is_masked_for_good_but_one_channel_stays() -> None:
    some = silencing()
    assert some.close({"stage0": torch.tensor([False, False, True])})
    assert some.network.channel_masks()["stage0"].tolist() == [True, True, False]
    assert not some.close({"stage0": torch.tensor([False, False, True])})
    assert some.close({"stage0": torch.tensor([True, True, True])})
    assert some.network.channel_masks()["stage0"].tolist() == [True, False, False]
    again = silencing()
    again.load(some.state())
    assert again.network.channel_masks()["stage0"].tolist() == [True, False, False]
