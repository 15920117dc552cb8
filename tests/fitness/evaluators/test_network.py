"""The evaluator: from job to evaluation, in parts and at once, and what goes wrong."""

import pickle
import random
from dataclasses import replace
from typing import Any

import pytest
import torch

from fitness.data.folds import fold_splits
from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator, is_out_of_memory
from fitness.objective import Objective, objective_names
from fitness.silencing.pruning_plan import CRITERIA
from fitness.training.checkpoint import CheckpointError, unpack
from fitness.training.numerics import MemoryFormat, Numerics, Precision
from fitness.training.optimizers import OPTIMIZERS
from fitness.training.sample_batch import PROXIES, measure_proxies, proxy_passes
from genomes.architectures import neat
from genomes.chromosomes.training_genes import LAYER_KINDS
from genomes.genes.gene import Record, freeze
from genomes.graph.interface import Interface
from genomes.networks.shrinking import counts
from tests.fitness.silencing.test_regulation import rising
from tests.fitness.tiny import CLASSES, SIDE, evaluator, expressed, job


@pytest.fixture(scope="module")
def bench() -> NetworkEvaluator:
    return evaluator()


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("granularity", ["channel", "weight"])
@pytest.mark.parametrize("criterion", CRITERIA.names())
def test_juvenile_and_continuation_equal_one_straight_training_bit_for_bit(
    bench: NetworkEvaluator, optimizer: str, granularity: str, criterion: str
) -> None:
    genes = expressed(
        training__optimizer=optimizer,
        training__augmentation="shift-erase",
        pruning__granularity=granularity,
        pruning__criterion=criterion,
    )
    straight = bench.evaluate(job(genes))
    juvenile = bench.evaluate(job(genes, 0, 2))
    torch.rand(3)  # the state of torch's own generator plays no part
    adult = bench.evaluate(job(genes, 2, 6, checkpoint=juvenile.checkpoint))
    assert straight.status == juvenile.status == adult.status == "ok", straight.reason
    assert juvenile.curve + adult.curve == straight.curve
    assert adult.checkpoint == straight.checkpoint  # every tensor, every bit
    assert adult.objectives == straight.objectives
    assert adult.marks == straight.marks
    assert straight.objectives["active_ratio"] < 0.9


@pytest.mark.parametrize(("optimizer", "cuts"), [("sgd", (1, 5)), ("adamw", (3,))])
@pytest.mark.parametrize("granularity", ["channel", "weight"])
@pytest.mark.parametrize("schedule", ["curve", "gene-network"])
def test_regrowth_and_gene_networks_go_on_as_in_one_straight_training(
    bench: NetworkEvaluator, optimizer: str, cuts: tuple[int, ...], granularity: str, schedule: str
) -> None:
    genes = expressed(
        training__optimizer=optimizer,
        pruning__granularity=granularity,
        pruning__criterion="movement",
        pruning__start=0.0,
        pruning__regrowth=0.5,
        pruning__schedule=schedule,
        pruning__curve="cubic" if schedule == "curve" else None,
        pruning__regulation=rising() if schedule == "gene-network" else None,
    )
    straight = bench.evaluate(job(genes))
    assert straight.status == "ok", straight.reason
    assert sum(epoch.traces["regrown"] for epoch in straight.curve) > 0
    assert ("expression.1" in straight.curve[0].traces) == (schedule == "gene-network")
    for cut in cuts:
        juvenile = bench.evaluate(job(genes, 0, cut))
        adult = bench.evaluate(job(genes, cut, 6, checkpoint=juvenile.checkpoint))
        assert juvenile.curve + adult.curve == straight.curve
        assert adult.checkpoint == straight.checkpoint


def test_what_is_off_leaves_nothing_in_a_checkpoint(bench: NetworkEvaluator) -> None:
    answer = bench.evaluate(job(expressed(), to_epoch=1))
    assert answer.checkpoint is not None
    names = unpack(answer.checkpoint, {})
    assert not [name for name in names if "birth_weights" in name or "timetable" in name]


COURSE = freeze(
    [
        {"function": "warm-up", "coefficient": 0.8, "shape": 0.6},
        {"function": "cyclic", "coefficient": 0.7, "shape": 0.5},
        {"function": "constant", "coefficient": 0.1, "shape": 0.0},
    ]
)
START = {"family": "xavier", "gain": 0.7, "spread": "truncated"}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_courses_and_all_optimizers_continue_bit_for_bit(
    bench: NetworkEvaluator, optimizer: str
) -> None:
    genes = expressed(
        training__optimizer=optimizer,
        training__augmentation="shift-erase",
        training__augmentation_course=COURSE,
        training__schedule="bred",
        training__schedule_course=COURSE,
        training__weight_decay_course=COURSE,
        training__dropout_course=COURSE,
        training__batch_halvings=1,
        training__batch_course=COURSE,
        training__initialisation="layerwise",
        training__initial_weights=freeze(dict.fromkeys(LAYER_KINDS, START)),
    )
    straight = bench.evaluate(job(genes))
    juvenile = bench.evaluate(job(genes, 0, 2))
    adult = bench.evaluate(job(genes, 2, 6, checkpoint=juvenile.checkpoint))
    assert straight.status == "ok", straight.reason
    assert juvenile.curve + adult.curve == straight.curve
    assert adult.checkpoint == straight.checkpoint
    rates = [epoch.traces["learning_rate"] for epoch in straight.curve]
    assert len(set(rates)) == 6
    assert {epoch.traces["batch_size"] for epoch in straight.curve} == {8, 16}


def test_accuracy_under_corruption_is_measured_on_request_and_on_what_is_held_out() -> None:
    asked = replace(evaluator(), requested=("robust_accuracy",))
    assert pickle.loads(pickle.dumps(asked)).requested == ("robust_accuracy",)
    genes = expressed()
    found = asked.evaluate(job(genes))
    network = asked.network(genes, found.checkpoint or b"")
    assert found.objectives["robust_accuracy"] == asked.corrupted.accuracy(network, Numerics())
    assert "robust_accuracy" not in evaluator().evaluate(job(genes)).objectives
    fold = asked.evaluate(replace(job(genes), fold=1))
    held = asked._corrupted(fold_splits(asked.task, 1)[1])
    rebuilt = asked.network(genes, fold.checkpoint or b"")
    assert fold.objectives["robust_accuracy"] == held.accuracy(rebuilt, Numerics())


def test_parts_may_be_cut_anywhere(bench: NetworkEvaluator) -> None:
    genes = expressed(pruning__criterion="taylor", training__schedule="one-cycle")
    straight = bench.evaluate(job(genes))
    checkpoint = None
    for epoch in range(6):
        part = bench.evaluate(job(genes, epoch, epoch + 1, checkpoint=checkpoint))
        checkpoint = part.checkpoint
    assert checkpoint == straight.checkpoint


def test_evaluation_says_what_was_trained(bench: NetworkEvaluator) -> None:
    before = torch.random.get_rng_state()
    answer = bench.evaluate(job(expressed(), 0, 3))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert (answer.status, answer.reason) == ("ok", "")
    assert [epoch.epoch for epoch in answer.curve] == [1, 2, 3]
    known = [Objective.load(name) for name in objective_names()]
    computed = {o.name for o in known if not (o.by_the_clock or o.on_request or o.is_metric)}
    assert set(answer.objectives) == computed | {"accuracy"}
    assert answer.objectives["accuracy"] == answer.curve[-1].metric
    assert answer.objectives["validation_loss"] == answer.curve[-1].validation_loss
    assert answer.features == {}
    flops = bench.spec(expressed()).flops()
    assert answer.costs["training_flops"] == flops * 3 * 3 * 96  # 100 examples, batches of 16
    assert answer.costs["epochs"] == 3
    assert answer.costs["seconds"] > 0
    assert answer.costs["peak_bytes"] > 0
    assert len(answer.marks) == 6


def test_juveniles_show_what_the_network_was_at_birth(bench: NetworkEvaluator) -> None:
    names = tuple(PROXIES.names())
    showing = NetworkEvaluator(bench.reference, bench.numerics, names)
    newborn = bench.training_state(job(expressed(), 0, 2)).network
    juvenile = showing.evaluate(job(expressed(), 0, 2))
    assert juvenile.features == measure_proxies(names, newborn, showing.sample_batch)
    assert len(juvenile.features) == len(names)
    assert showing.evaluate(job(expressed(), 0, 6)).features == {}  # predicted by nobody
    adult = showing.evaluate(job(expressed(), 2, 6, checkpoint=juvenile.checkpoint))
    assert adult.features == {}
    bfloat = NetworkEvaluator(bench.reference, Numerics(precision="bfloat16"), names)
    assert bfloat.evaluate(job(expressed(), 0, 1)).features == juvenile.features
    unseen = bench.evaluate(job(expressed(), 0, 2))
    assert unseen.features == {}
    assert (unseen.curve, unseen.checkpoint) == (juvenile.curve, juvenile.checkpoint)
    flops = bench.spec(expressed()).flops() * proxy_passes(names, 32)
    assert juvenile.costs["training_flops"] == unseen.costs["training_flops"] + flops


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("memory_format", ["contiguous", "channels_last"])
def test_gpus_show_the_same_to_rounding(
    bench: NetworkEvaluator, precision: Precision, memory_format: MemoryFormat
) -> None:
    numerics = Numerics("cuda", precision, memory_format)
    names = tuple(PROXIES.names())
    shown = NetworkEvaluator(bench.reference, numerics, names).evaluate(job(expressed(), 0, 1))
    assert shown.status == "ok", shown.reason
    same = bench.evaluate(job(expressed(), 0, 1)).features
    assert shown.features == pytest.approx(same, rel=1e-3, abs=1e-3)


def test_it_learns(bench: NetworkEvaluator) -> None:
    genes = expressed(pruning__final_sparsity=(0.0,) * 6, epigenome__plasticity=0.0)
    answer = bench.evaluate(job(genes, to_epoch=12, adult_epochs=12))
    assert answer.objectives["accuracy"] >= 0.8
    assert answer.curve[-1].train_loss < answer.curve[0].train_loss


def test_network_and_measure_give_back_what_was_trained(bench: NetworkEvaluator) -> None:
    genes = expressed(pruning__granularity="weight")
    answer = bench.evaluate(job(genes))
    assert answer.checkpoint is not None
    network = bench.network(genes, answer.checkpoint)
    assert not network.training
    assert counts(network).active == answer.objectives["active_parameters"]
    accuracy = bench.measure(genes, answer.checkpoint, "validation")
    assert accuracy == answer.objectives["accuracy"]
    assert 0.0 <= bench.measure(genes, answer.checkpoint, "test") <= 1.0
    with pytest.raises(ValueError, match="received split 'train'"):
        bench.measure(genes, answer.checkpoint, "train")


def test_born_marks_replace_those_of_the_gene(bench: NetworkEvaluator) -> None:
    genes = expressed(epigenome__initial_methylation=0.0, epigenome__plasticity=0.0)
    marks = ("00001111", "11110000", "11111111", "11111111", "10000000", "01111111")
    born = bench.evaluate(job(genes, to_epoch=1, birth=Record({"marks": marks})))
    own = bench.evaluate(job(genes, to_epoch=1))
    assert born.marks == marks
    assert own.marks == genes["epigenome"]["marks"]
    assert born.objectives["active_parameters"] < own.objectives["active_parameters"]


def test_travels_light(bench: NetworkEvaluator) -> None:
    bench.evaluate(job(expressed(), to_epoch=1))
    packed = pickle.dumps(bench)
    assert len(packed) < 1000
    assert pickle.loads(packed) == NetworkEvaluator(bench.reference, bench.numerics)


def test_divergence_is_a_status(bench: NetworkEvaluator) -> None:
    genes = expressed(training__learning_rate=1e30, epigenome__plasticity=0.0)
    answer = bench.evaluate(job(genes))
    assert answer.status == "diverged"
    assert "after epoch" in answer.reason
    assert answer.objectives == {}
    assert answer.checkpoint is None
    assert 0 < answer.costs["epochs"] < 6
    assert len(answer.curve) == answer.costs["epochs"]


def test_a_clock_that_runs_out_is_a_status(bench: NetworkEvaluator) -> None:
    answer = bench.evaluate(job(expressed(), seconds_limit=1e-9))
    assert answer.status == "timed_out"
    assert "1e-09 s allowed" in answer.reason
    assert len(answer.curve) == 1


def test_a_training_that_has_ended_is_not_timed_out(bench: NetworkEvaluator) -> None:
    assert bench.evaluate(job(expressed(), to_epoch=1, seconds_limit=1e-9)).status == "ok"


def test_memory_that_runs_out_is_a_status(
    bench: NetworkEvaluator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def greedy(*_: object, **__: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried ...")

    monkeypatch.setattr("fitness.evaluators.network.train", greedy)
    answer = bench.evaluate(job(expressed()))
    assert answer.status == "out_of_memory"
    assert "can't allocate memory" in answer.reason
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(RuntimeError("shapes do not fit"))


def test_whatever_else_goes_wrong_is_failed_with_its_place(bench: NetworkEvaluator) -> None:
    broken = expressed().replacing(training=Record())
    answer = bench.evaluate(job(broken))
    assert answer.status == "failed"
    assert answer.reason.startswith("TypeError: ")
    assert "(recipe.py, line " in answer.reason
    missing = evaluator("no.such.module:make_task").evaluate(job(expressed()))
    assert missing.status == "failed"


def test_continuing_needs_the_right_checkpoint(bench: NetworkEvaluator) -> None:
    genes = expressed()
    juvenile = bench.evaluate(job(genes, 0, 2)).checkpoint
    assert juvenile is not None
    cases = {
        "received no checkpoint": job(genes, 2, 6),
        "epoch 2, but 3 is expected": job(genes, 3, 6, checkpoint=juvenile),
        "adult epochs 6, but 7 is expected": job(genes, 2, 6, checkpoint=juvenile, adult_epochs=7),
        "damaged": job(genes, 2, 6, checkpoint=juvenile[: len(juvenile) // 2]),
        "made with network": job(
            expressed(architecture__head_width=32), 2, 6, checkpoint=juvenile
        ),
    }
    for words, wrong in cases.items():
        answer = bench.evaluate(wrong)
        assert answer.status == "failed"
        assert words in answer.reason


def test_checkpoint_of_other_data_or_numerics_is_refused(bench: NetworkEvaluator) -> None:
    genes = expressed()
    checkpoint = bench.evaluate(job(genes, 0, 1)).checkpoint
    assert checkpoint is not None
    with pytest.raises(CheckpointError, match="task data"):
        evaluator("tests.fitness.tiny:other_task").network(genes, checkpoint)
    bfloat = NetworkEvaluator(bench.reference, Numerics(precision="bfloat16"))
    with pytest.raises(CheckpointError, match="precision float32, but bfloat16 is expected"):
        bfloat.measure(genes, checkpoint, "test")


@pytest.mark.parametrize(
    "numerics", [Numerics(precision="bfloat16"), Numerics(memory_format="channels_last")]
)
def test_other_numerics_train_and_continue_too(numerics: Numerics) -> None:
    bench = NetworkEvaluator(TaskReference("tests.fitness.tiny:make_task"), numerics)
    straight = bench.evaluate(job(expressed()))
    part = bench.evaluate(job(expressed(), 0, 2))
    whole = bench.evaluate(job(expressed(), 2, 6, checkpoint=part.checkpoint))
    assert straight.status == "ok", straight.reason
    assert whole.checkpoint == straight.checkpoint


def test_a_batch_larger_than_the_data_and_a_job_of_another_seed(bench: NetworkEvaluator) -> None:
    genes = expressed(training__batch_size=512)
    answer = bench.evaluate(job(genes))
    assert answer.status == "ok"
    assert answer.costs["training_flops"] == 3 * bench.spec(genes).flops() * 6 * 100
    other = bench.evaluate(replace(job(genes), seed=6))
    assert other.checkpoint != answer.checkpoint


def test_vectors_and_mlps_work(bench: NetworkEvaluator) -> None:
    layers = ({"width": 12, "normalisation": "batch", "activation": "relu"},)
    architecture = {"family": "mlp", "layers": layers, "dropout": 0.0}
    for granularity in ("channel", "weight"):
        genes = expressed(pruning__granularity=granularity).replacing(
            architecture=Record({**architecture, "layers": tuple(map(Record, layers))})
        )
        answer = bench.evaluate(job(genes))
        assert answer.status == "ok", answer.reason
        bare = genes.replacing(architecture=Record({**architecture, "layers": ()}))
        assert bench.evaluate(job(bare)).status == "ok"


def grown_genes(**changes: Any) -> Record:
    """Genes of a sparse network that has grown a while, most of its functions unlike."""
    genes, rng = neat.genes(Interface((1, SIDE, SIDE), CLASSES)), random.Random(3)
    value = genes.sample(rng).replacing(weights="trained")
    while len(neat.decode(value, Interface((1, SIDE, SIDE), CLASSES)).sites) < 4:
        value = genes.mutate(value, rng).replacing(weights="trained")
    epigenome = expressed()["epigenome"].replacing(
        apoptosis=True, apoptosis_threshold=1.0, apoptosis_tolerance=0.5, apoptosis_rate=2.0,
        apoptosis_interval=2,
    )  # fmt: skip
    return expressed(**changes).replacing(architecture=value, epigenome=epigenome)


@pytest.mark.parametrize("criterion", CRITERIA.names())
@pytest.mark.parametrize("granularity", ["channel", "weight"])
def test_sparse_networks_are_pruned_and_continued_like_others(
    bench: NetworkEvaluator, criterion: str, granularity: str
) -> None:
    genes = grown_genes(
        pruning__criterion=criterion, pruning__granularity=granularity, pruning__regrowth=0.5,
        pruning__final_sparsity=(0.6,) * 6,
    )  # fmt: skip
    straight = bench.evaluate(job(genes))
    juvenile = bench.evaluate(job(genes, 0, 2))
    adult = bench.evaluate(job(genes, 2, 6, checkpoint=juvenile.checkpoint))
    assert straight.status == "ok", straight.reason
    assert juvenile.curve + adult.curve == straight.curve
    assert adult.checkpoint == straight.checkpoint
    network = bench.network(genes, straight.checkpoint or b"")
    if granularity == "weight":
        assert straight.objectives["active_ratio"] < 0.6
        mask = network.weight_masks()["logits"]
        assert not mask.all()
        assert not network.get_parameter("logits.weight")[~mask].any()
        assert straight.objectives["shrunk_parameters"] < 0.7 * network.spec.dense_parameters()


def test_a_fold_is_measured_on_and_all_else_but_test_learnt_from(bench: NetworkEvaluator) -> None:
    task, genes = bench.task, expressed()
    plain = bench.evaluate(job(genes))
    first, second = (bench.evaluate(replace(job(genes), fold=fold)) for fold in (1, 2))
    assert first.status == second.status == "ok"
    train, held = fold_splits(task, 1)
    by_hand = replace(task, train=train, validation=held)
    other = evaluator()
    vars(other).update(task=by_hand, interface=bench.interface)
    assert other.evaluate(job(genes)).curve == first.curve
    assert first.curve != plain.curve != second.curve != first.curve
    assert (first.objectives["accuracy"] * len(held)) % 1 == pytest.approx(0.0, abs=1e-6)
