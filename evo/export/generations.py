"""Trains one genome from scratch, generation after generation of teachers and taught.

What is finished is written at once, and never repeated. The runner is brought up when the first
training is missing, and closed at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from evo.errors import BadInput
from evo.export.retrained import LEFT, Retrained, read_retrained, weights_of, write_retrained
from evo.export.teachers import Lineage, Taught
from evo.record.run_folder import RunFolder
from evo.running.from_scratch import measured
from evo.running.parts import Parts
from fitness.evaluation import Evaluation, Job
from fitness.regimen import PLAIN, Regimen, Teacher
from genomes.chromosomes.space import decode, given_weights
from genomes.genes.genome import Genome
from genomes.graph.spec import NetworkSpec


@dataclass(frozen=True)
class Lesson:
    """One training: in which generation, under which seed, who teaches, and how."""

    generation: int
    seed: int
    teacher: str
    regimen: Regimen


@dataclass(frozen=True)
class School:
    """All trainings of a genome; `regimen` is everybody's, but for the teachers of `lineage`.

    `done` is called with each that is finished. Raises `BadInput` where the genes give the weights
    and so nothing can be averaged or taught, and for numbers of a plan that are not allowed.
    """

    folder: RunFolder
    parts: Parts
    genome: Genome
    lineage: Lineage
    regimen: Regimen
    refit: bool
    done: Callable[[Retrained], object]

    def __post_init__(self) -> None:
        plan = self.lineage.plan
        given = given_weights(self.genome.expressed(), self.parts.problem.interface)
        if given is not None and (plan.teaches or self.regimen != PLAIN):
            raise BadInput(
                f"the genes of {self.genome.id} give its weights, so nothing of it is trained; "
                "leave --average, --teacher and --generations"
            )
        if plan.teaches:  # whoever teaches, the numbers have to be right before anybody trains
            plan.by([Teacher(self._spec, b"")])

    def train(self, seeds: Sequence[int]) -> dict[int, list[Retrained]]:
        """Train all generations under seeds; a network whose teachers all failed is left out."""
        found: dict[int, list[Retrained]] = {}
        taught: dict[int, Taught] = {}
        with closing(self.parts.runner):
            for number in self.lineage.plan.all_generations:
                lessons = (self._lesson(number, seed, taught) for seed in seeds)
                rows = self._trained([lesson for lesson in lessons if lesson is not None])
                if not rows:
                    break
                found[number] = rows
                taught[number] = {r.seed: self._teacher(r) for r in rows if r.status == "ok"}
        return found

    def _lesson(self, generation: int, seed: int, before: dict[int, Taught]) -> Lesson | None:
        if generation == 0:
            return Lesson(0, seed, "", self.regimen)
        name, teachers = self.lineage.teachers(generation, seed, before)
        if not teachers:
            return None
        teaching = self.lineage.plan.by(teachers)
        return Lesson(generation, seed, name, replace(self.regimen, teaching=teaching))

    def _trained(self, lessons: Sequence[Lesson]) -> list[Retrained]:
        """Carry out the trainings that were not carried out before."""
        jobs = [self._job(lesson) for lesson in lessons]
        wanted = {job.key: lesson for job, lesson in zip(jobs, lessons, strict=True)}
        known = {(row.genome, row.key): row for row in read_retrained(self.folder)}
        kept = weights_of(self.folder)
        there = kept.names()  # none of before weights were kept
        missing = [j for j in jobs if (j.genome, j.key) not in known or j.key not in there]
        if missing:
            kept.path.mkdir(exist_ok=True)
            self.parts.runner.start()
            for evaluation in self.parts.runner.run(missing):
                if evaluation.checkpoint is not None:
                    kept.write(evaluation.key, evaluation.checkpoint)
                row = self._row(evaluation, wanted[evaluation.key])
                known[row.genome, row.key] = row
                write_retrained(self.folder, known.values())
                self.done(row)
        return [known[job.genome, job.key] for job in jobs]

    @property
    def _spec(self) -> NetworkSpec:
        return decode(self.genome.expressed(), self.parts.problem.interface)

    def _job(self, lesson: Lesson) -> Job:
        problem, seed = self.parts.problem, lesson.seed
        length, regimen = problem.adult_epochs, lesson.regimen
        return problem.job(self.genome, 0, length, replicate=seed, regimen=regimen)

    def _teacher(self, row: Retrained) -> Teacher:
        checkpoint = weights_of(self.folder).read(row.key)
        assert checkpoint is not None  # it was written before the row was
        return Teacher(self._spec, checkpoint)

    def _row(self, evaluation: Evaluation, lesson: Lesson) -> Retrained:
        found = measured(self.parts, self.genome.expressed(), evaluation, LEFT)
        if self.refit:
            found.pop("validation", None)
        teaching = lesson.regimen.teaching
        return Retrained(
            self.genome.id,
            evaluation.to_epoch,
            lesson.seed,
            evaluation.key,
            evaluation.status,
            refit=self.refit,
            average=self.regimen.average,
            generation=lesson.generation,
            teacher=lesson.teacher,
            temperature=teaching.temperature if teaching else None,
            teaching_weight=teaching.weight if teaching else None,
            **found,
        )
