"""The network problem: what the engine and a strategy need to know about breeding networks.

Binds a task to the search space of networks, the objectives, the limits, and the wording of jobs.
Loads no torch; training happens behind `fitness.evaluators.network`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np

from evo.pareto.dominance import Axes, Axis, CurveMetric
from evo.strategy import Unviable, inherits_weights
from fitness.data.fit_normalization import interface_of
from fitness.data.task import Task
from fitness.evaluation import Job, trajectory_key
from fitness.metric import Metric
from fitness.objective import Objective
from fitness.prediction.features import known_costs
from fitness.prediction.stage_model import predictor_kinds
from fitness.regimen import PLAIN, Regimen
from fitness.silencing.planned_ratio import planned_active_ratio
from fitness.stages import epochs_of_youth
from fitness.training.chosen_teacher import determining, teacher_sizes
from fitness.training.inheritance import Inheritance
from fitness.training.memory import training_bytes
from fitness.training.numerics import Numerics
from genomes.chromosomes.mechanism_registry import switching_off
from genomes.chromosomes.space import (
    adopted_predictor,
    decode,
    naming_features,
    network_space,
    sizes,
)
from genomes.genes.gene import Fixed, Record, canonical
from genomes.genes.genome import Genome, Space
from genomes.graph.interface import Interface
from genomes.graph.morphism_plan import inherited_share
from genomes.graph.sizes import Sizes
from genomes.graph.spec import NetworkSpec

WORDS = {  # what a limit is held against: words, and how the number is written
    "max_flops": ("{} FLOPs per example", ".3g"),
    "max_activations": ("{} activations per example", ".0f"),
    "max_parameters": ("{} parameters", ".0f"),
    "max_bytes": ("takes {} bytes in training", ".3g"),
}
NO_WEIGHTS = {"epigenome.inherited_scale": 1.0}  # pinned where none are inherited: it would idle
NO_YOUTH = {"predictor.reads_curve": False, "predictor.reads_shown": False}
NO_SMOOTHING = {"training.label_smoothing": 0.0}  # where the loss cannot smooth targets


def make_axes(
    objectives: Sequence[Objective], references: Mapping[str, float], metric: Metric
) -> Axes:
    """Return the run's axes; learning curves show `metric`."""
    return Axes(
        tuple(
            Axis(
                objective.name,
                objective.direction,
                references[objective.name],
                objective.ideal,
                objective.scale,
            )
            for objective in objectives
        ),
        CurveMetric(metric.name, metric.rises),
    )


@dataclass(frozen=True)
class NetworkProblem:
    """Networks for one task, within limits on FLOPs, dense parameters and activations."""

    task: Task
    space: Space
    interface: Interface
    numerics: Numerics
    fingerprint: str
    seed: int
    adult_epochs: int
    max_flops: float
    max_activations: float
    max_parameters: float
    known: tuple[Objective, ...] = ()  # objectives that need no training
    max_bytes: float | None = None  # of a training's estimated peak on its device
    loss: str | None = None  # of the user, by its name, which training minimises

    @classmethod
    def of(
        cls,
        task: Task,
        objectives: Sequence[Objective],
        settings: Mapping[str, Any],
        pins: Mapping[str, Any],
        numerics: Numerics,
    ) -> NetworkProblem:
        """Make the problem from a resolved run config's values; raises ValueError for bad pins."""
        idle = {} if inherits_weights(settings.get("inherit", "marks")) else NO_WEIGHTS
        smooth = {} if task.target.smooths and not settings.get("loss") else NO_SMOOTHING
        unseen = {} if epochs_of_youth(settings["stages"]) else NO_YOUTH
        interface = interface_of(task)
        wide = network_space(
            family=settings["family"],
            interface=interface,
            augmentations=task.augmentations,
            batch_sizes=tuple(settings["batch_sizes"]),
            juvenile_epochs=max(1, epochs_of_youth(settings["stages"])),
            proxies=settings["proxies"],
            predictors=predictor_kinds(),
        )
        off = switching_off(settings["mechanisms"])
        space = naming_features(wide.pin({**off, **idle, **smooth, **unseen, **pins}))
        return cls(
            task=task,
            space=space,
            interface=interface,
            numerics=numerics,
            fingerprint=task.fingerprint(),
            seed=settings["seed"],
            adult_epochs=settings["stages"][-1],
            max_flops=settings["max_flops"],
            max_activations=settings["max_activations"],
            max_parameters=settings["max_parameters"],
            known=tuple(o for o in objectives if o.known is not None),
            max_bytes=settings.get("max_bytes"),
            loss=settings.get("loss"),
        )

    def adopted(self, genome: Genome) -> Genome:
        """Return a genome of another run as one of this space; ValueError if it does not fit."""
        scale = self.space.chromosomes["epigenome"].fields["inherited_scale"]
        epigenome = genome.chromosomes["epigenome"]
        if scale == Fixed(1.0):  # of no account here, whatever it was there
            epigenome = epigenome.replacing(inherited_scale=1.0)
        predictor = adopted_predictor(genome.chromosomes["predictor"], self.space)
        chromosomes = genome.chromosomes.replacing(epigenome=epigenome, predictor=predictor)
        return self.space.check(replace(genome, chromosomes=chromosomes))

    def decode(self, genome: Genome) -> NetworkSpec:
        """Return the network that a genome's architecture describes, as if he were a male."""
        return decode(genome.chromosomes, self.interface)

    def costs(self, genome: Genome) -> Mapping[str, float]:
        """Return what is known before training; raise `Unviable` beyond the run's limits.

        Only the limits are looked at now, the rest on demand: not every strategy wants to know.
        """
        found = self._sizes(genome)
        limits, measured = self.limits(), self._measured(genome, found)
        for name, limit in limits.items():
            if measured[name] > limit:
                words, form = WORDS[name]
                what = words.format(f"{measured[name]:{form}}")
                raise Unviable(f"{what}, at most {limit:{form}} allowed")
        return _OnDemand(partial(self._costs, genome, found))

    def limits(self) -> dict[str, float]:
        """Return the limits that networks have to keep to, by the config's keys."""
        limits = {
            "max_flops": self.max_flops,
            "max_activations": self.max_activations,
            "max_parameters": self.max_parameters,
        }
        return limits if self.max_bytes is None else {**limits, "max_bytes": self.max_bytes}

    def measured(self, genome: Genome) -> dict[str, float]:
        """Return what the limits are held against, by the limits' keys."""
        return self._measured(genome, self._sizes(genome))

    def _measured(self, genome: Genome, found: Sizes) -> dict[str, float]:
        measured: dict[str, float] = {
            "max_flops": found.flops,
            "max_activations": found.activations,
            "max_parameters": found.parameters,
        }
        if self.max_bytes is not None:
            training = genome.chromosomes["training"]
            optimizer, batch_size = training["optimizer"], training["batch_size"]
            teacher = teacher_sizes(genome.chromosomes, genome.birth, self.interface)
            measured["max_bytes"] = training_bytes(
                found, self.task, optimizer, batch_size, teacher
            )
        return measured

    def _sizes(self, genome: Genome) -> Sizes:
        return sizes(genome.chromosomes, self.interface)

    def _costs(self, genome: Genome, found: Sizes) -> dict[str, float]:
        spec = self.decode(genome)
        marks = genome.birth.get("marks", genome.chromosomes["epigenome"]["marks"])
        methylation = genome.chromosomes["epigenome"]["initial_methylation"]
        ratio = planned_active_ratio(spec, genome.chromosomes["pruning"], marks, methylation)
        share = self._inherited_share(genome, spec)
        costs = known_costs(found.parameters, found.flops, found.activations, ratio, share)
        return costs | {o.name: o.known(spec) for o in self.known if o.known}

    def _inherited_share(self, genome: Genome, spec: NetworkSpec) -> float:
        inheritance = Inheritance.of(genome.birth)
        if inheritance is None:
            return 0.0
        return inherited_share(_parent_spec(inheritance.parent, self.interface), spec)

    @cached_property
    def _numerics_text(self) -> str:
        return canonical(asdict(self.numerics))

    def job(
        self,
        genome: Genome,
        from_epoch: int,
        to_epoch: int,
        replicate: int = 0,
        fold: int = 0,
        regimen: Regimen = PLAIN,
    ) -> Job:
        """Word the training of a genome; its seed depends on the run's seed and its key alone.

        With a `fold` it is a training on other examples: see `fitness.data.folds`.
        """
        expressed = genome.expressed()
        elsewhere = f" fold {fold}" if fold else ""
        own_loss = f" loss {self.loss}" if self.loss else ""
        key = trajectory_key(
            determining(expressed, genome.birth, self.interface),
            genome.birth,
            self.fingerprint,
            self.adult_epochs,
            f"{self._numerics_text}{elsewhere}{own_loss}{regimen.identity}",
            replicate,
        )
        words = np.random.SeedSequence([self.seed, int(key, 16)]).generate_state(2).tolist()
        return Job(
            genome=genome.id,
            expressed=expressed,
            birth=genome.birth,
            key=key,
            seed=words[0] << 31 | words[1] >> 1,
            from_epoch=from_epoch,
            to_epoch=to_epoch,
            adult_epochs=self.adult_epochs,
            fold=fold,
            regimen=regimen,
        )


@lru_cache(maxsize=64)
def _parent_spec(expressed: Record, interface: Interface) -> NetworkSpec:
    """Decode a parent once for all the children he has in a generation."""
    return decode(expressed, interface)


class _OnDemand(Mapping[str, float]):
    """A mapping that is computed when it is first looked into."""

    def __init__(self, compute: Callable[[], dict[str, float]]) -> None:
        self._compute: Callable[[], dict[str, float]] | None = compute
        self._values: dict[str, float] = {}

    def _computed(self) -> dict[str, float]:
        if self._compute is not None:
            self._values, self._compute = self._compute(), None
        return self._values

    def __getitem__(self, name: str) -> float:
        return self._computed()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._computed())

    def __len__(self) -> int:
        return len(self._computed())
