import random
from dataclasses import replace

import pytest

from evo.breeding.conception import (
    VARIATION,
    conceive,
    founders,
    mutant,
    vary_predictor,
    viable,
    weighted_draw,
)
from evo.breeding.operators import toolbox
from evo.strategies.nsga2 import Nsga2
from evo.strategy import Individual, Unviable
from fitness.evaluation import Evaluation
from fitness.training.inheritance import Inheritance
from genomes.chromosomes.predictor import CLASSICS, in_use
from genomes.chromosomes.space import network_space
from genomes.genes.gene import Fixed, Record, Struct
from genomes.genes.genome import Space
from genomes.graph.interface import Interface
from tests.evo.toy import toy_world

SPACE = network_space(family="mlp", interface=Interface((13,), 3))
WORLD = replace(toy_world(), space=SPACE)
BOX = toolbox(WORLD, VARIATION)


def draw(identity, sex, seed=0):
    return SPACE.sample(identity, sex, random.Random(f"{identity}/{seed}"))


def grown(genome, marks=()):
    adult = Evaluation("job", genome.id, "key", 0, 8, "ok", marks=marks)
    return Individual(genome, {}, adult=adult)


def test_a_child_is_a_valid_genome_with_its_mother_first():
    mother, father = draw("f", "female"), grown(draw("m", "male"))
    for seed in range(50):
        child = conceive(WORLD, BOX, "c", "male", (mother, father), random.Random(seed))
        assert SPACE.check(child) == child
        assert child.parents == ("f", "m")


def test_the_same_stream_gives_the_same_child_and_leaves_the_parents_alone():
    mother, father = draw("f", "female"), grown(draw("m", "male"))
    before = mother.to_json(), father.genome.to_json()
    children = [
        conceive(WORLD, BOX, "c", "male", (mother, father), random.Random(5)) for _ in range(2)
    ]
    assert children[0] == children[1]
    assert (mother.to_json(), father.genome.to_json()) == before


def test_sons_resemble_their_fathers_and_daughters_predict_like_their_mothers():
    mother, father = draw("f", "female"), grown(draw("m", "male"))

    def share_from(parent, sex, chromosome):
        whole = 0
        for seed in range(200):
            child = conceive(WORLD, BOX, "c", sex, (mother, father), random.Random(seed))
            own, other = child.chromosomes[chromosome], parent.chromosomes[chromosome]
            whole += sum(own[name] == other[name] for name in own) / len(own)
        return whole / 200

    assert share_from(father.genome, "male", "architecture") > share_from(
        mother, "male", "architecture"
    )
    assert share_from(mother, "female", "predictor") > share_from(
        father.genome, "female", "predictor"
    )


def test_a_daughters_mutation_is_never_wasted_on_another_kind():
    struct = SPACE.chromosomes["predictor"]
    for seed in range(60):
        genes = struct.sample(random.Random(seed)).replacing(reads_curve=False)
        varied = vary_predictor(struct, genes, random.Random(seed))
        assert in_use(varied) != in_use(genes)
        assert struct.check(varied) == varied


def test_a_predictor_pinned_where_it_matters_stays():
    genes = SPACE.chromosomes["predictor"].sample(random.Random(1)).replacing(kind="forest")
    free = {"ridge_penalty", "pairwise"}
    pinned = {
        name: gene if name in free else Fixed(genes[name])
        for name, gene in SPACE.chromosomes["predictor"].fields.items()
    }
    assert vary_predictor(Struct(pinned), genes, random.Random(0)) == genes


def test_acquired_marks_enter_at_conception_as_far_as_heritable():
    acquired = ("00000001",) * 6
    mother = draw("f", "female")
    father_genome = draw("m", "male")

    def births(heritability):
        epigenome = father_genome.chromosomes["epigenome"].replacing(heritability=heritability)
        chromosomes = father_genome.chromosomes.replacing(epigenome=epigenome)
        father = grown(replace(father_genome, chromosomes=chromosomes), acquired)
        mother_like = replace(mother, chromosomes=chromosomes)
        return [
            conceive(WORLD, BOX, "c", "male", (mother_like, father), random.Random(s)).birth
            for s in range(40)
        ]

    inherited = [b for b in births(1.0) if b.get("marks") == acquired]
    assert len(inherited) > 20  # a mutation of the gene itself may lower the heritability
    assert sum(b.get("marks") == acquired for b in births(0.0)) <= 2


def heritage(inherit, father, sex="male", seed=0, **others):
    context = replace(WORLD, inherit=inherit)
    parents = (draw("f", "female"), father)
    return conceive(context, BOX, "c", sex, parents, random.Random(seed), **others).birth


def test_trained_weights_enter_by_the_name_of_the_training_that_left_them():
    father = grown(draw("m", "male"))
    expected = Inheritance("job", 8, father.genome.expressed())
    for inherit, weights in (("none", None), ("marks", None), ("weights", expected)):
        assert Inheritance.of(heritage(inherit, father)) == weights
    assert Inheritance.of(
        mutant(replace(WORLD, inherit="all"), BOX, "c", father, random.Random(0)).birth
    )


def test_marks_and_weights_are_inherited_apart():
    father = grown(draw("m", "male"), ("00000001",) * 6)
    names = {how: [set(heritage(how, father, seed=s)) for s in range(30)] for how in
             ("none", "marks", "weights", "all")}  # fmt: skip
    assert all(found == set() for found in names["none"])
    assert all(found == {"weights"} for found in names["weights"])
    assert {"marks"} in names["marks"]
    assert {"marks", "weights"} in names["all"]
    marks = [heritage(how, father, seed=3).get("marks") for how in ("marks", "all")]
    assert marks[0] == marks[1]  # weights draw no random numbers


def test_epochs_add_up_along_the_line_of_weights():
    father = grown(draw("m", "male"))
    son = replace(draw("s", "male"), birth=heritage("weights", father))
    grandson = heritage("weights", grown(son))
    assert Inheritance.of(grandson).epochs == 16
    assert "'weights'" not in str(Inheritance.of(grandson).parent)  # the line is named, not nested


def test_only_sons_of_grown_networks_inherit_weights():
    father = grown(draw("m", "male"))
    assert heritage("weights", father, sex="female") == Record()
    failed = replace(father, adult=replace(father.adult, status="diverged"))
    assert heritage("weights", failed) == Record()
    context = replace(toy_world(), inherit="all")
    points = [context.space.sample(name, "male", random.Random(name)) for name in "ab"]
    child = conceive(
        context,
        toolbox(context, VARIATION),
        "c",
        "male",
        (points[0], grown(points[1])),
        random.Random(0),
    )
    assert child.birth == Record()


def test_of_two_males_the_fitter_bequeaths():
    mother, father = grown(draw("a", "male")), grown(draw("b", "male"))
    birth = heritage("weights", father, fitter=mother)
    assert Inheritance.of(birth).parent == mother.genome.expressed()


def test_nsga2_lets_the_fitter_of_two_parents_bequeath():
    context = replace(WORLD, inherit="weights")
    strategy = Nsga2(context)
    figures = {"a": 0.9, "b": 0.5, "c": 0.2, "d": 0.1}  # the best in both objectives first
    for place, (name, accuracy) in enumerate(figures.items()):
        objectives = {"accuracy": accuracy, "active_parameters": 10.0 * (place + 1)}
        individual = grown(draw(name, "male"))
        adult = replace(individual.adult, job=f"job-{name}", objectives=objectives)
        strategy.males.append(replace(individual, adult=adult))
    for child in strategy._births(2, random.Random(0)):
        assert Inheritance.of(child.birth).job == f"job-{min(child.parents)}"


def test_founders_from_another_run_leave_their_weights_there():
    given = replace(draw("old", "male"), birth=heritage("all", grown(draw("m", "male"))))
    context = replace(WORLD, founders=(given,))
    assert founders(context, BOX, "male", 1, random.Random(0))[0].birth == Record()


def test_where_nobody_is_female_the_fathers_predictor_is_carried_on():
    father, other = grown(draw("m", "male")), draw("n", "male")
    for seed in range(20):
        child = conceive(WORLD, BOX, "c", "male", (other, father), random.Random(seed))
        assert SPACE.check(child) == child
        assert child.chromosomes["predictor"] is father.genome.chromosomes["predictor"]
        assert list(child.chromosomes) == list(SPACE.chromosomes)
        assert child.expressed() != father.genome.expressed()


def test_nothing_acquired_means_an_empty_birth_record():
    mother, father = draw("f", "female"), grown(draw("m", "male"))
    child = conceive(WORLD, BOX, "c", "male", (mother, father), random.Random(0))
    assert child.birth == Record()


def test_viable_redraws_until_the_limits_are_kept():
    tried = []

    def costs(genome):
        tried.append(genome.id)
        if len(tried) < 4:
            raise Unviable("too big")
        return {"flops": 1.0}

    context = replace(WORLD, costs=costs)
    individual = viable(context, lambda: draw("m", "male", len(tried)))
    assert (len(tried), individual.costs) == (4, {"flops": 1.0})


def test_limits_that_leave_nothing_say_so():
    def costs(genome):
        raise Unviable("9e9 FLOPs per example")

    with pytest.raises(ValueError, match=r"beyond the run's limits .*9e9 FLOPs.*Raise max_flops"):
        viable(replace(WORLD, costs=costs), lambda: draw("m", "male"))


def test_warm_start_genomes_come_first_under_new_ids():
    given = replace(draw("old", "male"), parents=("x", "y"))
    context = replace(WORLD, founders=(given, draw("woman", "female")))
    born = founders(context, toolbox(context, VARIATION), "male", 3, random.Random(0))
    assert [genome.id for genome in born] == ["m001-000", "m001-001", "m001-002"]
    assert born[0].chromosomes == given.chromosomes
    assert born[0].parents == ()


def test_weighted_draw_never_repeats_and_follows_the_weights():
    individuals = [grown(draw(name, "male")) for name in "abc"]
    rng = random.Random(0)
    firsts = [weighted_draw(individuals, [8.0, 1.0, 1.0], 2, rng) for _ in range(500)]
    assert all(pair[0] is not pair[1] for pair in firsts)
    assert sum(pair[0] is individuals[0] for pair in firsts) / 500 == pytest.approx(0.8, abs=0.06)


def test_a_space_without_epigenome_breeds_too():
    context = toy_world()
    assert isinstance(context.space, Space)
    rng = random.Random(1)
    mother, father = (context.space.sample(i, s, rng) for i, s in (("f", "female"), ("m", "male")))
    child = conceive(
        context, toolbox(context, VARIATION), "c", "male", (mother, grown(father)), rng
    )
    assert context.space.check(child) == child


def test_the_first_half_of_the_founding_females_are_classics():
    context = toy_world()
    box = toolbox(context, VARIATION)
    predictor_genomes = founders(context, box, "female", 8, random.Random(0))
    kinds = [woman.chromosomes["predictor"]["kind"] for woman in predictor_genomes[:4]]
    assert kinds == [entry["kind"] for entry in CLASSICS[:4]]
    assert all(woman.chromosomes["predictor"]["window"] == 150 for woman in predictor_genomes[:4])
    assert any(woman.chromosomes["predictor"]["window"] < 150 for woman in predictor_genomes[4:])


def test_a_mutant_may_vary_in_another_way():
    parent = grown(draw("m", "male"))
    training = parent.genome.chromosomes["training"].replacing(optimizer="nadam")
    seen = []

    def vary(chromosomes, sex, rng):
        seen.append((chromosomes, sex))
        return {**chromosomes, "training": training}

    box = toolbox(WORLD, VARIATION)
    box.register("mutate", vary)
    child = mutant(WORLD, box, "child", parent, random.Random(0))
    assert child.chromosomes == parent.genome.chromosomes.replacing(training=training)
    assert seen == [(parent.genome.chromosomes, "male")]
