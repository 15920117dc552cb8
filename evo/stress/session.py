"""A stress test of an exported folder, from what a user asks for to the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from evo.errors import BadInput
from evo.export.evaluate import Opened, read_card
from evo.files.paths import run_argument
from evo.record.run_folder import RunFolder
from evo.stress.between_seeds import kept_trainings
from evo.stress.foreign_inputs import monitor_of
from evo.stress.report import StressReport, Wishes, stressed
from evo.stress.stress_data import StressData, foreign
from evo.stress.subjects import EXPORTED, Subject, genome_of_card, of_run
from fitness.data.options import INFERRED, DataOptions
from fitness.data.task_reference import TaskReference
from fitness.stress.input_facts import Array
from fitness.stress.sample import EXAMPLES


@dataclass(frozen=True)
class Request:
    """What `evo stress` was asked for; `epsilons` are texts, in the input's units."""

    exported: Path
    task: str | None = None
    data_dir: Path | None = None
    options: DataOptions = INFERRED
    run: RunFolder | None = None
    train: bool = False
    against: str | None = None
    epsilons: tuple[str, ...] = ()
    examples: int = EXAMPLES
    seed: int = 0

    def __post_init__(self) -> None:
        if self.train and self.run is None:
            raise BadInput("--train needs the run that the export is of: give --run RUN as well")

    @property
    def wishes(self) -> Wishes:
        """The seed and the numbers among what was asked for; raises `BadInput` for others."""
        return Wishes(self.seed, tuple(map(_number, self.epsilons)))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadInput(
            f"--epsilon: received {text}, expected numbers above 0 with commas between them"
        ) from None


def carry_out(request: Request) -> StressReport:
    """Put an export under stress; raises `BadInput` for all that cannot be done, before it is."""
    wishes = request.wishes
    opened = Opened.of(request.exported, request.task, request.data_dir, request.options)
    data = StressData.of(opened, request.examples, request.seed)
    monitor = monitor_of(request.exported, opened.network)
    strangers = _strangers(request, data)
    subjects, trainings = [Subject(EXPORTED, opened.network)], []
    if request.run is not None:
        genome = genome_of_card(read_card(request.exported), request.exported, request.run)
        others = of_run(request.run, genome, data, train=request.train)
        subjects += others
        if not others:
            note = "the export is the most accurate network of the run and its largest"
            data = replace(data, notes=(note, *data.notes))
        trainings = kept_trainings(request.run, genome)
        if not trainings:
            data = replace(data, notes=(_no_seeds(request.run, genome), *data.notes))
    return stressed(
        subjects, data, wishes, foreign=strangers, monitor=monitor, trainings=trainings
    )


def _no_seeds(run: RunFolder, genome: str) -> str:
    command = f"evo retrain {run_argument(run.path)} --genome {genome} --seeds 3"
    return f"stability between seeds is not known: {command} trains what would show it"


def _strangers(request: Request, data: StressData) -> Mapping[str, Array]:
    """Return the inputs of the other task, if one was named."""
    if request.against is None:
        return {}
    directory = str(request.data_dir) if request.data_dir else None
    other, shape = TaskReference(request.against, directory).load(), data.x.shape[1:]
    found = foreign(other, request.against, shape, request.examples, request.seed)
    return {request.against: found}
