import random
from dataclasses import replace

import pytest

from evo.problems.network_problem import NetworkProblem, make_axes
from evo.record.earlier_versions import with_later_genes
from evo.strategy import Unviable
from fitness.data.task_reference import TaskReference
from fitness.metric import Metric
from fitness.objective import Objective
from fitness.training.chosen_teacher import ChosenTeacher
from fitness.training.inheritance import Inheritance, from_scratch, without_weights
from fitness.training.numerics import Numerics
from genomes.chromosomes.mechanism_registry import MECHANISMS
from genomes.chromosomes.plain_predictors import PLAIN
from genomes.genes.gene import Fixed, Record

SETTINGS = {
    "family": "cnn",
    "batch_sizes": (32, 64),
    "stages": (2, 6),
    "seed": 5,
    "max_flops": 1e6,
    "max_activations": 1e5,
    "max_parameters": 2e4,
    "mechanisms": ("all",),
    "proxies": (),
}


@pytest.fixture(scope="module")
def task():
    return TaskReference("digits").load()


def problem_of(task, pins=None, objectives=("accuracy", "dense_parameters"), **settings):
    loaded = [Objective.load(name) for name in objectives]
    return NetworkProblem.of(task, loaded, {**SETTINGS, **settings}, pins or {}, Numerics())


def viable(problem, seed=0):
    rng = random.Random(seed)
    while True:
        genome = problem.space.sample("m", "male", rng)
        try:
            problem.costs(genome)
        except Unviable:
            continue
        return genome


def test_costs_are_those_of_the_spec_and_objectives_known_before_training(task):
    problem = problem_of(task)
    genome = viable(problem)
    spec, costs = problem.decode(genome), problem.costs(genome)
    assert costs["dense_parameters"] == spec.dense_parameters()
    assert 10 ** costs["log_flops"] == pytest.approx(spec.flops())
    assert "accuracy" not in costs
    assert "dense_parameters" not in problem_of(task, objectives=("accuracy",)).costs(genome)


def test_costs_are_computed_when_they_are_looked_at(task, monkeypatch):
    problem = problem_of(task)
    genome = viable(problem)
    decoded = []
    decode = NetworkProblem.decode
    monkeypatch.setattr(
        NetworkProblem, "decode", lambda self, g: decoded.append(g.id) or decode(self, g)
    )
    costs = problem.costs(genome)
    assert not decoded
    assert "planned_active_ratio" in costs
    assert dict(costs) == dict(problem.costs(genome))
    assert len(costs) == len(dict(costs))
    assert decoded == ["m", "m"]


def test_genomes_beyond_the_limits_are_not_born(task):
    problem = problem_of(task)
    genome = viable(problem)
    parameters = problem.decode(genome).dense_parameters()
    with pytest.raises(Unviable, match=f"{parameters} parameters, at most {parameters - 1}"):
        replace(problem, max_parameters=parameters - 1).costs(genome)
    with pytest.raises(Unviable, match="activations per example, at most 20 allowed"):
        replace(problem, max_activations=20.0).costs(genome)
    with pytest.raises(Unviable, match="FLOPs per example, at most 10 allowed"):
        replace(problem, max_flops=10.0).costs(genome)
    with pytest.raises(
        Unviable, match=r"takes [0-9.e+]+ bytes in training, at most 1e\+06 allowed"
    ):
        problem_of(task, max_bytes=1e6).costs(genome)
    assert problem_of(task, max_bytes=1e9).costs(genome)


def test_a_jobs_key_and_seed_depend_on_what_determines_the_training_alone(task):
    problem = problem_of(task)
    genome = viable(problem)
    job = problem.job(genome, 0, 2)
    assert problem.job(replace(genome, id="other", parents=("a", "b")), 0, 2).seed == job.seed
    assert problem.job(genome, 2, 6).key == job.key  # the same training, another part of it
    others = [
        problem.job(viable(problem, 1), 0, 2),
        problem.job(genome, 0, 2, replicate=1),
        problem.job(genome, 0, 2, fold=1),
        problem.job(genome, 0, 2, fold=2),
        replace(problem, adult_epochs=7).job(genome, 0, 2),
        replace(problem, fingerprint="other data").job(genome, 0, 2),
        replace(problem, numerics=Numerics(precision="bfloat16")).job(genome, 0, 2),
    ]
    assert len({other.key for other in [job, *others]}) == 8
    assert replace(problem, seed=6).job(genome, 0, 2).key == job.key
    assert replace(problem, seed=6).job(genome, 0, 2).seed != job.seed


def test_pins_fix_genes(task):
    problem = problem_of(task, {"training.optimizer": "adamw", "pruning.final_sparsity": 0})
    genome = problem.space.sample("m", "male", random.Random(0))
    assert genome.chromosomes["training"]["optimizer"] == "adamw"
    assert set(genome.chromosomes["pruning"]["final_sparsity"]) == {0.0}


@pytest.mark.parametrize(
    ("pins", "message"),
    [
        ({"training.optimiser": "adamw"}, "Did you mean 'training.optimizer'"),
        ({"training.optimizer": "adam"}, "received 'adam', expected one of sgd, adamw"),
        ({"training": 1}, "unknown gene 'training'"),
    ],
)
def test_wrong_pins_say_what_is_allowed(task, pins, message):
    with pytest.raises(ValueError, match=message):
        problem_of(task, pins)


def child_of(parent, genome, job="k-0006"):
    birth = Inheritance(job, 6, parent.expressed()).added_to(Record(marks=("11110000",) * 6))
    return replace(genome, birth=birth)


def test_the_inherited_share_is_known_of_the_unborn(task):
    problem = problem_of(task, {"epigenome.gate": "none"}, inherit="all")  # gates start afresh
    genome, other = viable(problem), viable(problem, 3)
    assert problem.costs(genome)["inherited_share"] == 0.0
    assert problem.costs(child_of(genome, genome))["inherited_share"] == 1.0
    share = problem.costs(child_of(other, genome))["inherited_share"]
    assert 0.0 <= share < 1.0


def test_a_trajectory_key_names_the_line_of_weights(task):
    problem = problem_of(task, inherit="all")
    genome = viable(problem)
    children = [child_of(genome, genome, job) for job in ("a-0006", "b-0006")]
    keys = {problem.job(one, 0, 2).key for one in [genome, *children]}
    assert len(keys) == 3
    plain = from_scratch(children[0])
    assert plain.birth == without_weights(children[1].birth) == Record(marks=("11110000",) * 6)


def test_a_trajectory_key_names_the_teacher_and_idle_genes_of_teaching_change_none(task):
    on = {"training.teaching": True}
    problem, off = problem_of(task, on), problem_of(task, MECHANISMS.load("teaching").OFF)
    willing = viable(problem)
    teachers = [ChosenTeacher(job, willing.expressed()) for job in ("a-0006", "b-0006")]
    pupils = [replace(willing, birth=teacher.added_to(Record())) for teacher in teachers]
    assert len({problem.job(one, 0, 2).key for one in [willing, *pupils]}) == 3
    genes = willing.chromosomes["training"]
    unwilling = willing.chromosomes.replacing(
        training=genes.replacing(teaching=False, teaching_temperature=None, teaching_weight=None)
    )
    earlier = {name: value for name, value in genes.items() if not name.startswith("teaching")}
    for chromosomes in (unwilling, willing.chromosomes.replacing(training=Record(earlier))):
        other = off.job(replace(willing, chromosomes=chromosomes), 0, 2)
        assert (other.key, other.seed) == (
            problem.job(willing, 0, 2).key, problem.job(willing, 0, 2).seed
        )  # fmt: skip


def test_a_teacher_counts_in_what_a_training_takes(task):
    problem = problem_of(task, {"training.teaching": True}, max_bytes=1e12)
    genome = viable(problem)
    born = ChosenTeacher("a-0006", genome.expressed()).added_to(Record())
    pupil = replace(genome, birth=born)
    assert problem.measured(pupil)["max_bytes"] > problem.measured(genome)["max_bytes"]


def test_the_gene_for_inherited_weights_idles_where_there_are_none(task):
    def drawn(inherit):
        space = problem_of(task, inherit=inherit).space
        genomes = [space.sample("m", "male", random.Random(seed)) for seed in range(5)]
        return {genome.chromosomes["epigenome"]["inherited_scale"] for genome in genomes}

    assert drawn("none") == drawn("marks") == {1.0}
    assert len(drawn("weights")) == len(drawn("all")) == 5


def test_genomes_of_a_run_with_inherited_weights_are_adopted_by_one_without(task):
    genome = viable(problem_of(task, inherit="all"))
    assert genome.chromosomes["epigenome"]["inherited_scale"] < 1.0
    adopted = problem_of(task).adopted(genome)
    assert adopted.chromosomes["epigenome"]["inherited_scale"] == 1.0
    assert problem_of(task, inherit="weights").adopted(genome) == genome


def test_females_ignore_genes_that_vary_in_a_run_by_name(task):
    varied = ("marks", "pruning", "varied-predictors")
    pins = {"training.learning_rate": 0.01}
    fields = problem_of(task, pins, mechanisms=varied).space.chromosomes["predictor"].fields
    names = fields["ignored"].names
    assert {"architecture.stages.width", "training.optimizer", "metric_slope"} < set(names)
    assert not {"training.learning_rate", "pruning.regrowth"} & set(names)  # they do not vary
    usual = problem_of(task, mechanisms=("marks", "pruning"))
    assert usual.space.chromosomes["predictor"].fields["ignored"] == Fixed(())


def test_predictors_of_earlier_runs_are_adopted_as_they_were(task):
    problem = problem_of(task, mechanisms=("marks", "pruning"))
    genome = viable(problem)
    genes = genome.chromosomes["predictor"]
    earlier = Record({name: gene for name, gene in genes.items() if name not in PLAIN})
    chromosomes = genome.chromosomes.replacing(predictor=earlier)
    assert problem.adopted(with_later_genes(replace(genome, chromosomes=chromosomes))) == genome


def test_axes_have_their_ideals_where_nothing_can_be_better():
    names = ("accuracy", "active_ratio", "active_parameters")
    references = {"accuracy": 0.5, "active_ratio": 1.0, "active_parameters": 1e4}
    axes = make_axes([Objective.load(name) for name in names], references, Metric.load("accuracy"))
    assert [axis.ideal for axis in axes.axes] == [1.0, 0.0, 1.0]
    ideal = {"accuracy": 1.0, "active_ratio": 0.0, "active_parameters": 1}
    assert axes.losses([ideal, references]).tolist() == [[0, 0, 0], [1, 1, 1]]
