"""How long `evo report` takes, how much memory it needs and how large the page is.

Makes synthetic runs of the wanted size in a temporary folder, with genomes drawn at random and
made-up results, and calls the command on each: `python benchmarks/report_time.py 50x36 200x200`.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from evo.pareto.dominance import Axes, Axis
from evo.pareto.front import Front, Member
from evo.record.recorder import RunRecord
from evo.record.rows import PredictionRow, TrialRow
from evo.settings.config import build, to_toml
from fitness.evaluation import Epoch, Evaluation
from genomes.chromosomes.space import network_space
from genomes.genes.genome import Genome
from genomes.graph.interface import Interface

EARLY, FULL, FEMALES, GROWN = 3, 20, 12, 4  # one of so many grows up
POOL = 200  # genomes drawn; the born repeat them
AXES = Axes(
    (
        Axis("accuracy", "max", 0.9, 1.0),
        Axis("active_ratio", "min", 1.1, 0.0),
        Axis("active_parameters", "min", 20000.0, 1.0, "log"),
    )
)


@dataclass
class Maker:
    """Writes one run."""

    record: RunRecord
    generations: int
    born: int
    rng: random.Random

    def __post_init__(self) -> None:
        space = network_space(family="cnn", interface=Interface((1, 8, 8), 10))
        self.front = Front(AXES)
        self.pool = [space.sample(str(n), "male", self.rng) for n in range(POOL)]

    def write(self) -> None:
        """Write all generations, the front, a snapshot and the checkpoints of the front."""
        parents: list[str] = []
        for number in range(1, self.generations + 1):
            with self.record.store.transaction():
                parents = self._generation(number, parents)
        self.record.write_front(self.front)
        females = [
            {"id": f"f{self.generations:03d}-{n:03d}", "skill_records": {}} for n in range(FEMALES)
        ]
        state = {"strategy": {"predictors": {"females": females}}}
        self.record.folder.write_snapshot(self.generations, state)
        blob = save({"model.masks.stage0": np.ones(16, bool)})
        for member in self.front.members():
            self.record.folder.write_checkpoint(member.job, blob)
        self.record.end("generations", self.front)

    def _generation(self, number: int, parents: Sequence[str]) -> list[str]:
        store, rng = self.record.store, self.rng
        males = [self._genome(f"m{number:03d}-{n:03d}", parents) for n in range(self.born)]
        females = [
            replace(self._genome(f"f{number:03d}-{n:03d}", parents), sex="female")
            for n in range(FEMALES)
        ]
        store.add_genomes(number, [*males, *females])
        grown = males[::GROWN]
        for stage, group in (("juvenile", males), ("adult", grown)):
            for place, male in enumerate(group):
                evaluation = self._evaluation(male.id, stage)
                store.add_evaluation(evaluation, stage)
                store.add_trials([TrialRow(number, place, male.id, stage, evaluation.job)])
                if stage == "adult":
                    figures = evaluation.objectives, evaluation.costs
                    self.front.add(Member.of(male.id, number, evaluation.job, *figures))
        store.add_predictions(self._predicted(number, males, females))
        summary: dict[str, Any] = {
            "generation": number,
            "hypervolume": self.front.hypervolume(),
            "best_metric": self.front.best(),
            "front_size": len(self.front.members()),
            "epochs_spent": float(number * (self.born * EARLY + len(grown) * (FULL - EARLY))),
            "training_flops": 1e9 * number,
            "training_seconds": 60.0 * number,
            "engine_seconds": 0.5,
            "failures": {},
            "ensemble_skill": rng.random(),
            "early_skill": rng.random(),
            "ensemble_bias": rng.gauss(0, 0.02),
            "ensemble_error": rng.random() / 10,
            "ensemble_slope": 1.0,
            "wrongly_rejected": rng.random(),
            "juveniles": self.born,
            "adults": len(grown),
            "audited": 1,
            "epochs_saved": 100.0 * number,
            "epochs_saved_share": 0.5,
        }
        store.add_generation(number, summary)
        return [genome.id for genome in (*grown, *females)]

    def _genome(self, identity: str, parents: Sequence[str]) -> Genome:
        drawn = self.rng.choice(self.pool)
        two = tuple(self.rng.sample(list(parents), 2)) if parents else ()
        return replace(drawn, id=identity, parents=two)

    def _evaluation(self, genome: str, stage: str) -> Evaluation:
        rng, first = self.rng, 0 if stage == "juvenile" else EARLY
        last = EARLY if stage == "juvenile" else FULL
        accuracy, ratio = 0.5 + rng.random() / 2, 0.05 + 0.95 * rng.random()
        traces = {f"sparsity.{n}": rng.random() for n in range(3)}
        curve = tuple(
            Epoch(e, rng.random(), rng.random(), accuracy * e / FULL, rng.random(), ratio, traces)
            for e in range(first + 1, last + 1)
        )
        active = float(rng.randrange(200, 20000))
        objectives = {
            "accuracy": accuracy,
            "active_ratio": ratio,
            "active_parameters": active,
            "shrunk_parameters": active,
            "dense_parameters": round(active / ratio),
            "flops": 100.0 * active,
            "validation_loss": rng.random(),
        }
        costs = {"training_flops": 1e9, "seconds": 1.0, "peak_bytes": 1e9, "epochs": 17.0}
        key = f"k{genome}"
        job = f"{key}-{last:04d}"
        return Evaluation(
            job, genome, key, first, last, "ok", "", curve, objectives, costs, ("1" * 8,) * 6
        )

    def _predicted(
        self, number: int, males: Sequence[Genome], females: Sequence[Genome]
    ) -> Iterator[PredictionRow]:
        for who in ["ensemble", *(female.id for female in females)]:
            for male in males:
                for stage in ("candidate", "juvenile"):
                    predicted = {axis.name: self.rng.random() for axis in AXES.axes}
                    yield PredictionRow(number, who, male.id, stage, predicted)


def make(path: Path, generations: int, born: int) -> None:
    """Make a run of this many generations, in each of which so many males are born."""
    config = build(
        {
            "generations": generations,
            "population": born,
            "females": FEMALES,
            "stages": [EARLY, FULL],
            "family": "cnn",
        }
    )
    record = RunRecord.create(path, to_toml(config))
    Maker(record, generations, born, random.Random(0)).write()
    record.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", default=["50x36"], help="GENERATIONSxBORN")
    print(f"{'size':>10} {'front':>6} {'seconds':>8} {'peak MB':>8} {'page MB':>8}")
    for size in parser.parse_args().sizes:
        generations, born = map(int, size.split("x"))
        with tempfile.TemporaryDirectory() as scratch:
            run = Path(scratch) / "run"
            make(run, generations, born)
            command = "import sys; sys.argv = ['evo', 'report', sys.argv[1]]; import evo.cli as c"
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"{command}; c.main()", str(run)], check=True)
            seconds = time.perf_counter() - began
            # Of the largest child so far: give the sizes from small to large.
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            front = len((run / "pareto.csv").read_text().splitlines()) - 1
            page = (run / "report.html").stat().st_size / 1e6
            print(f"{size:>10} {front:>6} {seconds:>8.1f} {peak:>8.0f} {page:>8.2f}", flush=True)


if __name__ == "__main__":
    main()
