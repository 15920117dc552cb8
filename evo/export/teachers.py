"""Who teaches a network that is trained from scratch, generation after generation.

A plan says it in words; the networks are found in a run's record, or among the trainings of the
generations before. Born-again networks: Furlanello et al. (2018), https://arxiv.org/abs/1805.04770.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evo.errors import BadInput
from evo.findings.front_table import best_of_front
from evo.record.lookup import find_adult, weights_of_adult
from evo.record.run_folder import RunFolder
from evo.record.runs import find_run
from evo.record.store import Store
from evo.settings.config import load_toml, metric_of
from fitness.data.fit_normalization import interface_of
from fitness.data.task import Task
from fitness.regimen import TEACHING_WEIGHT, TEMPERATURE, Teacher, Teaching
from fitness.training.checkpoint import CheckpointError, read_header
from genomes.chromosomes.space import decode

BEST, ENSEMBLE = "best", "ensemble"
Taught = Mapping[int, Teacher]  # who was trained in a generation, by seed


@dataclass(frozen=True)
class TeachingPlan:
    """What was asked for: a `teacher`, `generations` that are taught, how softly and how much.

    `teacher` is `best` (of the front), a network's id, RUN/ID, `ensemble` (the mean of untaught
    trainings under all seeds), or None: each network's own untaught training. None elsewhere means
    the usual; with nothing at all, nobody is taught.
    """

    teacher: str | None = None
    generations: int | None = None
    temperature: float | None = None
    weight: float | None = None

    def __post_init__(self) -> None:
        if self.generations is not None and self.generations < 1:
            raise BadInput(f"--generations: received {self.generations}, expected at least 1")
        for option, value in (
            ("temperature", self.temperature),
            ("teaching-weight", self.weight),
        ):
            if value is not None and not self.teaches:
                raise BadInput(f"--{option} means something with --teacher or --generations only")

    @property
    def teaches(self) -> bool:
        """Whether anybody is taught."""
        return self.teacher is not None or self.generations is not None

    @property
    def all_generations(self) -> range:
        """The numbers of the generations: 0 is not taught, and left out where a run's teacher
        takes its place."""
        if not self.teaches:
            return range(1)
        return range(0 if self.teacher in (None, ENSEMBLE) else 1, 1 + (self.generations or 1))

    def by(self, teachers: Sequence[Teacher]) -> Teaching:
        """Return the teaching by these; raises `BadInput` for numbers that are not allowed."""
        temperature = TEMPERATURE if self.temperature is None else self.temperature
        weight = TEACHING_WEIGHT if self.weight is None else self.weight
        try:
            return Teaching(tuple(teachers), temperature, weight)
        except ValueError as error:
            raise BadInput(f"--temperature, --teaching-weight: {error}") from None


@dataclass(frozen=True)
class Lineage:
    """A plan with its first teacher, if he comes from a run, under the name that was asked for."""

    plan: TeachingPlan
    name: str = ""
    first: Teacher | None = None

    def teachers(
        self, generation: int, seed: int, before: Mapping[int, Taught]
    ) -> tuple[str, list[Teacher]]:
        """Say who teaches a seed's network of a generation, and return them; [] where all failed.

        `before` holds the generations that were trained. The first has the plan's teacher, those
        after it their parent, and the last one all of its ancestors together.
        """
        if generation == 1 and self.first is not None:
            return self.name, [self.first]
        if generation == 1 and self.plan.teacher == ENSEMBLE:
            everybody = list(before[0].values())
            return f"ensemble of {len(everybody)} seeds", everybody
        is_last = generation == self.plan.all_generations[-1]
        numbers = sorted(before) if is_last else [generation - 1]
        found = [before[number][seed] for number in numbers if seed in before[number]]
        if seed not in before[generation - 1]:
            return "", []
        if len(numbers) == 1:
            return f"generation {numbers[0]}", found
        return f"generations {numbers[0]} to {numbers[-1]}", found


def find_lineage(plan: TeachingPlan, folder: RunFolder, task: Task) -> Lineage:
    """Find the plan's teacher; raises `BadInput` for one that is missing or of another task.

    `task` is that of the run. Other runs are paths, or lie beside this one.
    """
    if plan.teacher is None or plan.teacher == ENSEMBLE:
        return Lineage(plan)
    run, _, identity = plan.teacher.rpartition("/")
    where = find_run(run, folder.path.parent) if run else folder
    if plan.teacher == BEST:
        identity = best_of_front(folder, metric_of(load_toml(folder.config)))
    with Store.open(where.database, read_only=True) as store:
        adult = find_adult(store, identity)
    checkpoint = weights_of_adult(where, adult)
    try:
        header = read_header(checkpoint)
    except CheckpointError as error:
        raise BadInput(f"--teacher {plan.teacher}: {error}") from None
    if header.task != task.fingerprint():
        raise BadInput(
            f"--teacher {plan.teacher} learnt other data than this run; a teacher has to be of "
            "the same task, with the same splits and options of the data"
        )
    name = f"{run}/{identity}" if run else identity
    spec = decode(adult.genome.expressed(), interface_of(task))
    return Lineage(plan, name, Teacher(spec, checkpoint))
