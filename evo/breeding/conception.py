"""Conception: how a child's genome comes from its parents', by the operators of variation.

A son expresses the chromosomes mixed from his father's expressed and his mother's carried ones; a
daughter likewise the predictor. Acquired marks enter at conception. No training, no prediction.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from evo.breeding.operators import Toolbox
from evo.breeding.teaching import taught
from evo.strategy import Individual, Operators, SearchContext, Unviable, inherits_weights
from fitness.training.chosen_teacher import ChosenTeacher
from fitness.training.inheritance import Inheritance, without_weights
from genomes.chromosomes.epigenome import inherit
from genomes.chromosomes.predictor import classic, in_use
from genomes.chromosomes.space import textbook
from genomes.genes.gene import Record, Struct, Value
from genomes.genes.genome import Genome, Sex

CROSSOVER_RATE = 0.5  # per chromosome; otherwise it comes whole from the parent that expresses it
MUTATIONS = (1, 1, 2, 3)  # single genes changed in what the child expresses: one of these
CARRIED_MUTATION_RATE = 0.3  # for each chromosome that is only carried
ATTEMPTS = 1000


def sample(context: SearchContext, identity: str, sex: Sex, rng: random.Random) -> Genome:
    """Draw a founder from the space."""
    return context.space.sample(identity, sex, rng)


def mate(
    context: SearchContext,
    dominant: Mapping[str, Value],
    other: Mapping[str, Value],
    rng: random.Random,
) -> dict[str, Value]:
    """Mix the chromosomes given; the dominant parent gives those that are not crossed."""
    mixed = {}
    for name, struct in context.space.chromosomes.items():
        if name in dominant:
            crossed = rng.random() < CROSSOVER_RATE
            a, b = dominant[name], other[name]
            mixed[name] = struct.crossover(a, b, rng) if crossed else a
    return mixed


def mutate(
    context: SearchContext,
    chromosomes: Mapping[str, Value],
    sex: Sex,
    rng: random.Random,
    mutations: int | None = None,
) -> dict[str, Value]:
    """Change one to three genes that are expressed, or as many as given.

    Now and then one that is carried changes as well.
    """
    changed = dict(chromosomes)
    expressed = [n for n in changed if (n == "predictor") == (sex == "female")]
    weights = [2.0 if name in ("architecture", "parameters") else 1.0 for name in expressed]
    for _ in range(rng.choice(MUTATIONS) if mutations is None else mutations):
        name = rng.choices(expressed, weights)[0]
        vary = vary_predictor if name == "predictor" else Struct.mutate
        changed[name] = vary(context.space.chromosomes[name], changed[name], rng)
    for name in changed:
        if name not in expressed and rng.random() < CARRIED_MUTATION_RATE:
            changed[name] = context.space.chromosomes[name].mutate(changed[name], rng)
    return changed


def mutate_one_gene(
    context: SearchContext, chromosomes: Mapping[str, Value], sex: Sex, rng: random.Random
) -> dict[str, Value]:
    """Change a single gene that is expressed."""
    return mutate(context, chromosomes, sex, rng, 1)


VARIATION: Operators = {"sample": sample, "mate": mate, "mutate": mutate}


def vary_predictor(struct: Struct, genes: Record, rng: random.Random) -> Record:
    """Mutate a predictor, again while only genes that her kind does not read have changed."""
    for _ in range(ATTEMPTS):
        varied = struct.mutate(genes, rng)
        if in_use(varied) != in_use(genes):
            return varied
    return genes  # all that she uses is pinned


def conceive(
    context: SearchContext,
    box: Toolbox,
    identity: str,
    sex: Sex,
    parents: tuple[Genome, Individual],
    rng: random.Random,
    fitter: Individual | None = None,
) -> Genome:
    """Conceive a child of (mother, father).

    Single-sex strategies pass two males: the child then mixes what both express, and carries on
    the father's predictor, which nobody there will ever express, as it is. Weights are inherited
    from the `fitter` of the two, None means the father.
    """
    mother, father = parents
    dominant, other = (father.genome, mother) if sex == "male" else (mother, father.genome)
    varied = dominant.chromosomes if mother.sex != father.genome.sex else dominant.expressed()
    mixed = box.mate(varied, other.chromosomes, rng)
    chromosomes = Record({**dominant.chromosomes, **box.mutate(mixed, sex, rng)})
    ids = (mother.id, father.genome.id)
    birth = _birth(context, chromosomes, father, rng)
    if sex == "male":
        birth = _with_weights(context, birth, fitter or father)
    return Genome(identity, sex, chromosomes, ids, birth)


def mutant(
    context: SearchContext,
    box: Toolbox,
    identity: str,
    parent: Individual,
    rng: random.Random,
    teacher: ChosenTeacher | None = None,
) -> Genome:
    """Return a viable mutant of one male, as strategies without mating breed."""
    genome = parent.genome

    def make() -> Genome:
        chromosomes = Record(box.mutate(genome.chromosomes, "male", rng))
        birth = _with_weights(context, _birth(context, chromosomes, parent, rng), parent)
        return Genome(identity, "male", chromosomes, (genome.id,), birth)

    return viable(context, make, teacher).genome


def _birth(
    context: SearchContext, chromosomes: Record, father: Individual, rng: random.Random
) -> Record:
    """Return what enters at conception: the father's acquired marks, as far as they are heritable.

    Marks that equal the child's own gene are left out, so that equal states have equal keys.
    """
    epigenome = chromosomes.get("epigenome")
    if context.inherit not in ("marks", "all") or epigenome is None:
        return Record()
    if father.adult is None or not father.adult.marks:
        return Record()
    marks = inherit(father.adult.marks, epigenome["marks"], epigenome["heritability"], rng)
    return Record() if marks == epigenome["marks"] else Record({"marks": marks})


def _with_weights(context: SearchContext, birth: Record, parent: Individual) -> Record:
    """Add the trained weights of a parent to what enters; only networks have any."""
    genome, adult = parent.genome, parent.adult
    if not inherits_weights(context.inherit) or adult is None or not parent.grown:
        return birth
    if "architecture" not in genome.chromosomes:
        return birth
    before = Inheritance.of(genome.birth)
    epochs = adult.to_epoch + (before.epochs if before else 0)
    return Inheritance(adult.job, epochs, genome.expressed()).added_to(birth)


def viable(
    context: SearchContext, make: Callable[[], Genome], teacher: ChosenTeacher | None = None
) -> Individual:
    """Call `make` until a genome is within the run's limits; ValueError after 1000 attempts.

    Those that are willing to learn from a `teacher` are born with it.
    """
    for _ in range(ATTEMPTS):
        genome = taught(make(), teacher)
        try:
            return context.individual(genome, context.costs(genome))
        except Unviable as error:
            reason = str(error)  # the error itself would keep this frame alive
    raise ValueError(
        f"{ATTEMPTS} genomes in a row were beyond the run's limits (the last: {reason}). Raise "
        "max_flops, max_parameters or max_activations, pin fewer genes, or narrow the space to "
        "what is feasible."
    )


def founders(
    context: SearchContext,
    box: Toolbox,
    sex: Sex,
    count: int,
    rng: random.Random,
    number: int = 1,
) -> list[Genome]:
    """Draw a generation of one sex without parents; warm-start genomes come first."""
    prefix = sex[0]
    given = [g for g in context.founders if g.sex == sex][:count]
    born = [
        Genome(
            f"{prefix}{number:03d}-{i:03d}",
            sex,
            genome.chromosomes,
            (),
            without_weights(genome.birth),  # these lie in the run the founders come from
        )
        for i, genome in enumerate(given)
    ]
    for index in range(len(born), count):
        identity = f"{prefix}{number:03d}-{index:03d}"
        if sex == "male":
            drawn = viable(context, lambda i=identity: box.sample(i, sex, rng)).genome  # type: ignore[misc]
            born.append(_forefather(context, drawn, index))
        else:
            drawn = box.sample(identity, sex, rng)
            born.append(_foremother(context, drawn, index) if 2 * index < count else drawn)
    return born


def _forefather(context: SearchContext, drawn: Genome, index: int) -> Genome:
    """Give every fourth founding male a network as textbooks draw it, if the limits allow it."""
    if index % 4:
        return drawn
    plain = replace(drawn, chromosomes=textbook(index // 4, drawn.chromosomes, context.space))
    try:
        context.costs(plain)
    except Unviable:
        return drawn
    return plain


def _foremother(context: SearchContext, drawn: Genome, number: int) -> Genome:
    """Give a founding female a predictor that a thoughtful user would try first.

    The first half of them has one: before any female has shown skill, the lowest ids make up the
    ensemble.
    """
    struct = context.space.chromosomes["predictor"]
    genes = classic(number, drawn.chromosomes["predictor"], struct)
    return replace(drawn, chromosomes=drawn.chromosomes.replacing(predictor=genes))


def weighted_draw(
    items: Sequence[Individual], weights: Sequence[float], count: int, rng: random.Random
) -> list[Individual]:
    """Draw up to `count` different items with chances in proportion to their weights."""
    pool, left = list(items), list(weights)
    drawn: list[Individual] = []
    while pool and len(drawn) < count:
        index = rng.choices(range(len(pool)), left)[0]
        drawn.append(pool.pop(index))
        left.pop(index)
    return drawn
