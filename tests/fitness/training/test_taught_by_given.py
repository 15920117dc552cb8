"""A given network that has learnt its task teaches everybody who is willing, and nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evo.problems.network_problem import NetworkProblem
from evo.running.parts import Parts
from evo.settings.config import RunConfig, build, resolve
from fitness.data.given.options import ModelOptions
from fitness.data.task import Task
from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.regimen import Regimen, Teacher, Teaching
from fitness.training.checkpoint import Header, pack
from fitness.training.numerics import Numerics
from genomes.chromosomes.mechanism_registry import usual
from genomes.genes.gene import Record
from genomes.genes.genome import Genome
from genomes.networks.given import whole
from tests.fitness.tiny import expressed

HERE = "tests.fitness.data.given.own_models:"
HALF = Record(family="given", widths=(0.5, 0.5), criterion="l1")


def reference(model: str) -> TaskReference:
    return TaskReference("digits", model=ModelOptions(model=HERE + model))


BENCH = NetworkEvaluator(reference("learnt"), Numerics())


def male(**teaching: object) -> Genome:
    genes = expressed(
        **{f"training__{name}": value for name, value in teaching.items()},
        pruning__final_sparsity=(0.0,) * 6,
    )
    return Genome("m", "male", genes.replacing(architecture=HALF))


WILLING = male(teaching=True, teaching_temperature=3.0, teaching_weight=0.4)
PLAIN = male(teaching=False, teaching_temperature=None, teaching_weight=None)


def problem(task: Task) -> NetworkProblem:
    config = resolve(RunConfig(device="cpu", stages=(2,)), task)
    return NetworkProblem.of(task, [], config.model_dump(), {}, Numerics())


def test_it_teaches_as_one_that_is_named_by_hand() -> None:
    task = BENCH.task
    assert task.given is not None
    networks = problem(task)
    taught = BENCH.evaluate(networks.job(WILLING, 0, 2))
    alone = BENCH.evaluate(networks.job(PLAIN, 0, 2))
    assert taught.curve != alone.curve
    asked = taught.costs["teaching_flops"]
    assert asked == taught.costs["training_flops"] - alone.costs["training_flops"]
    assert asked % task.given.spec.flops() == 0
    assert "teaching_flops" not in alone.costs

    header = Header(1, 1, "float32", "x", "x", task.given.spec.canonical_hash())
    state = {f"model.{n}": value for n, value in whole(task.given).state_dict().items()}
    teaching = Teaching((Teacher(task.given.spec, pack(header, state)),), 3.0, 0.4)
    job = networks.job(PLAIN, 0, 2, regimen=Regimen(teaching=teaching))
    by_hand = BENCH.evaluate(replace(job, seed=networks.job(WILLING, 0, 2).seed))
    assert by_hand.curve == taught.curve


def test_in_parts_as_at_once_and_it_takes_memory() -> None:
    networks = problem(BENCH.task)
    first = BENCH.evaluate(networks.job(WILLING, 0, 1))
    second = replace(networks.job(WILLING, 1, 2), checkpoint=first.checkpoint)
    at_once = BENCH.evaluate(networks.job(WILLING, 0, 2))
    assert BENCH.evaluate(second).checkpoint == at_once.checkpoint
    assert BENCH.job_bytes(networks.job(WILLING, 0, 2)) > BENCH.job_bytes(
        networks.job(PLAIN, 0, 2)
    )


@pytest.mark.parametrize("model", ["learnt", "make"])
def test_keys_and_usual_mechanisms_depend_on_whether_it_has_learnt(model: str) -> None:
    task, teaches = reference(model).load(), model == "learnt"
    assert task.given is not None
    assert task.given.teaches == teaches
    networks = problem(task)
    keys = {networks.job(one, 0, 2).key for one in (WILLING, PLAIN)}
    assert len(keys) == (2 if teaches else 1)
    config = resolve(build({}), task)
    assert ("teaching" in (config.mechanisms or ())) == teaches
    assert set(config.mechanisms or ()) - {"teaching"} == set(usual())
    assert resolve(build({"mechanisms": ["marks"]}), task).mechanisms == ("marks",)


def test_nobody_alive_teaches_beside_it() -> None:
    task = BENCH.task
    config = resolve(RunConfig(device="cpu", runner="serial", stages=(2,)), task)
    parts = Parts.of(config, task, reference("learnt"))
    assert not parts.run.context.peers_teach
