"""The evaluator of networks: carries out a job from genes to objectives, and never raises.

It travels to workers as a task's reference and numeric settings; data and device are made there.
"""

from __future__ import annotations

import math
import os
import pickle
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from fitness.activation_probe import probe_batch
from fitness.data.fit_normalization import interface_of
from fitness.data.folds import fold_splits
from fitness.data.resident import Examples, ResidentData, resident
from fitness.data.split import Split
from fitness.data.task import Task
from fitness.data.task_reference import TaskReference
from fitness.evaluation import Epoch, Evaluation, Job, Status, failure
from fitness.evaluators.starting import start_from_given, start_from_parent
from fitness.evaluators.teachers import lessons_of
from fitness.metric import Metric
from fitness.objective import NetworkMeasures, Objective, metric_for_task, objective_names
from fitness.plugins import import_plugins
from fitness.regimen import Teacher
from fitness.seeds import derived
from fitness.silencing.pruning_plan import PruningPlan
from fitness.silencing.silencing import Silencing
from fitness.stress.corrupted_splits import corrupted_splits, facts_of_task
from fitness.training.checkpoint import Header, pack, unpack
from fitness.training.chosen_teacher import teacher_sizes
from fitness.training.forward import on_device
from fitness.training.given_weights import GivenWeights, look, set_weights
from fitness.training.inheritance import Inheritance
from fitness.training.latency import batch_of, milliseconds
from fitness.training.lessons import Lessons
from fitness.training.loop import measure, readable, train
from fitness.training.memory import CUDA_CONTEXT, data_bytes, training_bytes
from fitness.training.numerics import Numerics
from fitness.training.own_loss import OwnLoss
from fitness.training.recipe import Recipe
from fitness.training.sample_batch import measure_proxies, proxy_passes, sample_batch
from fitness.training.state import TrainingState, under
from fitness.training.under_corruption import CorruptedExamples
from genomes.chromosomes.space import decode, given_weights, sizes
from genomes.genes.errors import describe_with_place
from genomes.genes.gene import Record
from genomes.graph.interface import Interface
from genomes.graph.spec import NetworkSpec
from genomes.networks.network import Network, build
from genomes.networks.shrinking import counts, shrink

SHARED = ("task", "fingerprint", "interface")  # made once, by the driver


@dataclass(frozen=True)
class NetworkEvaluator:
    """Trains networks on one task under fixed numeric settings. Everything costly is lazy.

    Juveniles show the zero-cost proxies named. The latency is measured for batches of
    `latency_batch` examples, and not at all if that is zero. Learning curves show the first of
    `metrics`, the other ones are measured when a training ends; none means the target's own.
    `requested` are the objectives that are measured on request alone. Training minimises
    `own_loss` instead of the target's loss, if there is one.
    """

    reference: TaskReference
    numerics: Numerics
    proxies: tuple[str, ...] = ()
    latency_batch: int = 0
    metrics: tuple[str, ...] = ()
    requested: tuple[str, ...] = ()
    own_loss: OwnLoss | None = None

    def __reduce__(self) -> tuple[type[NetworkEvaluator], tuple[Any, ...]]:
        # What is made on first use stays here.
        return type(self), (
            self.reference,
            self.numerics,
            self.proxies,
            self.latency_batch,
            self.metrics,
            self.requested,
            self.own_loss,
        )

    def evaluate(self, job: Job) -> Evaluation:
        """Train one male as the job says; whatever goes wrong becomes a status with a reason."""
        started = time.perf_counter()
        try:
            return self._evaluate(job, started)
        except Exception as error:
            status: Status = "out_of_memory" if is_out_of_memory(error) else "failed"
            reason = describe_with_place(error)
        finally:
            if self.numerics.device == "cuda":
                torch.cuda.empty_cache()  # others on this GPU may need what is free now
        return failure(job, status, reason, time.perf_counter() - started)

    def measure(self, expressed: Record, checkpoint: bytes, split: str) -> float:
        """Return the metric of trained weights on `validation` or `test` data.

        Raises CheckpointError for a checkpoint that is damaged or belongs to something else.
        """
        if split not in ("validation", "test"):
            raise ValueError(f"received split {split!r}, expected validation or test")
        network = self.network(expressed, checkpoint)
        examples, of = self.data.validation, self.task.validation
        if split == "test":
            of = self.task.test
            examples = resident(of, self.task.target, self.numerics.device)
        outputs = measure(network, examples, self.numerics)[1]
        return self.measured[0].value(readable(outputs, examples), of.y, of.groups)

    def share(self) -> Mapping[str, Any]:
        """Return what all workers of a node share: the task's arrays, and what they tell."""
        bulk = {name: getattr(self, name) for name in SHARED}
        if self.task.streams and not self.reference.is_object and not _pickles(self.task.train.x):
            del bulk["task"]  # each worker makes it by its name
        return bulk

    def unshare(self, bulk: Mapping[str, Any]) -> None:
        """Take over what the driver shared, instead of loading the task here."""
        import_plugins(self.reference.plugins)
        vars(self).update(bulk)  # as the cached properties do

    def job_bytes(self, job: Job) -> int:
        """Estimate the peak of a job on its device; see `fitness.training.memory`."""
        training = job.expressed["training"]
        return training_bytes(
            sizes(job.expressed, self.interface),
            self.task,
            training["optimizer"],
            training["batch_size"],
            teacher_sizes(job.expressed, job.birth, self.interface),
        )

    def device_bytes(self) -> int | None:
        """Return the size of the GPU; None on the CPU, where Ray itself watches the memory."""
        if self.numerics.device != "cuda":
            return None
        return int(torch.cuda.get_device_properties(0).total_memory)

    def idle_bytes(self) -> int:
        """Return what this process holds on a GPU between jobs: its context and the data."""
        return CUDA_CONTEXT + data_bytes(self.task) if self.numerics.device == "cuda" else 0

    def network(self, expressed: Record, checkpoint: bytes) -> Network:
        """Rebuild a trained network with its masks, in evaluation mode, on the device.

        Raises CheckpointError for a checkpoint that is damaged or belongs to something else.
        """
        self._prepare()
        spec = self.spec(expressed)
        return self._rebuilt(spec, checkpoint, self._identity(spec))

    def _rebuilt(
        self, spec: NetworkSpec, checkpoint: bytes, expected: Mapping[str, object]
    ) -> Network:
        tensors = unpack(checkpoint, expected)
        network = on_device(build(spec), self.numerics)
        network.load_state_dict(under("model.", tensors))
        return network.eval()

    def _lessons(self, job: Job, recipe: Recipe) -> Lessons | None:
        """Return the teachers of a job; of their task, numbers of another precision do as well."""
        if self._given(job) is not None:
            return None  # nothing is trained

        def rebuild(one: Teacher) -> Network:
            return self._rebuilt(one.spec, one.checkpoint, {"spec": one.spec.canonical_hash()})

        target, numerics = self.task.target, self.numerics
        return lessons_of(job, recipe, self.interface, rebuild, target, numerics)

    def spec(self, expressed: Record) -> NetworkSpec:
        """Return the network that expressed chromosomes describe, for this task."""
        return decode(expressed, self.interface)

    @cached_property
    def task(self) -> Task:
        """The task, loaded on first use."""
        return self.reference.load()

    @cached_property
    def data(self) -> ResidentData:
        """Train and validation data on the device."""
        return ResidentData.load(self.task, self.numerics.device)

    @cached_property
    def interface(self) -> Interface:
        """What every network of this task has to fit."""
        return interface_of(self.task)

    @cached_property
    def objectives(self) -> tuple[Objective, ...]:
        """All registered objectives that this evaluator measures.

        The run decides which of them it optimises.
        """
        found = (Objective.load(name) for name in objective_names())
        return tuple(objective for objective in found if self._measures(objective))

    def _measures(self, objective: Objective) -> bool:
        if objective.is_metric:
            return objective.name in {metric.name for metric in self.measured}
        if objective.by_the_clock:
            return self.latency_batch > 0
        return not objective.on_request or objective.name in self.requested

    @cached_property
    def measured(self) -> tuple[Metric, ...]:
        """The metrics that are measured, that of learning curves first."""
        names = self.metrics or (None,)
        return tuple(metric_for_task(name, self.task) for name in names)

    @cached_property
    def corrupted(self) -> CorruptedExamples:
        """Validation data under each corruption that suits the task."""
        return self._corrupted(self.task.validation)

    def _corrupted(self, split: Split) -> CorruptedExamples:
        splits = corrupted_splits(split, facts_of_task(self.task))
        return CorruptedExamples.of(splits, self.task.target, self.numerics.device)

    @cached_property
    def fingerprint(self) -> str:
        """The hash of the task's data."""
        return self.task.fingerprint()

    @cached_property
    def sample_batch(self) -> Examples:
        """The training examples on which zero-cost proxies are computed."""
        return sample_batch(self.data.train)

    def _evaluate(self, job: Job, started: float) -> Evaluation:
        data = self._data(job.fold)
        training_state = self.training_state(job, data)
        features, passes = self._shown(job, training_state.network)
        if self._given(job) is None:
            span = job.from_epoch, job.to_epoch
            result = train(training_state, data, self.measured[0], *span, job.seconds_limit)
            passes += training_state.passes * result.examples
        else:
            result = look(training_state, data, self.measured[0], job.to_epoch)
            passes += result.examples
        lessons = training_state.lessons
        asked = 0 if lessons is None else lessons.flops() * result.examples
        spec, trained = training_state.network.spec, result.status == "ok"
        header = Header(epoch=job.to_epoch, adult_epochs=job.adult_epochs, **self._identity(spec))
        return Evaluation(
            job=job.name,
            genome=job.genome,
            key=job.key,
            from_epoch=job.from_epoch,
            to_epoch=job.to_epoch,
            status=result.status,
            reason=result.reason,
            curve=result.curve,
            objectives=self._objectives(training_state, result.curve[-1], data, job.fold)
            if trained
            else {},
            costs={
                "training_flops": float(spec.flops() * passes + asked),
                "seconds": time.perf_counter() - started,
                "peak_bytes": self._peak_bytes(),
                "epochs": float(len(result.curve)),
                **({} if lessons is None else {"teaching_flops": float(asked)}),
                **self._inherited(job, spec),
            },
            marks=training_state.silencing.marks,
            features=features,
            checkpoint=pack(header, training_state.state()) if trained else None,
        )

    def _data(self, fold: int) -> ResidentData:
        """Return what a job trains on and is measured on; folds are made anew for each."""
        if not fold:
            return self.data
        train, held = fold_splits(self.task, fold)
        return ResidentData.of(self.task, train, held, self.numerics.device)

    def _objectives(
        self, training_state: TrainingState, last: Epoch, data: ResidentData, fold: int
    ) -> dict[str, float]:
        """Return the objectives of a network as it is after the last epoch of its curve."""
        network, gating = training_state.network, training_state.silencing.gating
        counted, small = counts(network), shrink(network)
        latency = math.nan
        if self.latency_batch:
            batch = batch_of(
                self.data.validation.chosen(slice(self.latency_batch)).x, self.latency_batch
            )
            latency = milliseconds(small, batch, self.numerics)
        outcome = NetworkMeasures(
            metrics={self.measured[0].name: last.metric, **self._others(network, data)},
            validation_loss=last.validation_loss,
            dense=counted.dense,
            active=round(last.active_ratio * counted.dense),  # gates: the mean over inputs
            shrunk=counted.shrunk,
            shrunk_spec=small.spec,
            spec=network.spec,
            latency=latency,
            expected_flops=None if gating is None else gating.expected_flops(),
            corrupted_accuracy=lambda: self._corrupted_accuracy(network, fold),
        )
        return {objective.name: objective.value(outcome) for objective in self.objectives}

    def _corrupted_accuracy(self, network: Network, fold: int) -> float:
        held = self._corrupted(fold_splits(self.task, fold)[1]) if fold else self.corrupted
        return held.accuracy(network, self.numerics)

    def _others(self, network: Network, data: ResidentData) -> dict[str, float]:
        """Return the metrics that learning curves do not show."""
        others = self.measured[1:]
        if not others:
            return {}
        outputs = measure(network, data.validation, self.numerics)[1]
        found = readable(outputs, data.validation)
        return {metric.name: metric.value(found, data.truth, data.groups) for metric in others}

    def _shown(self, job: Job, network: Network) -> tuple[dict[str, float], int]:
        """Return a juvenile's zero-cost proxies and what they cost in forward passes.

        Nothing predicts a network that is trained in full at once, so it needs no proxies.
        """
        if not self.proxies or job.from_epoch > 0 or job.to_epoch == job.adult_epochs:
            return {}, 0
        batch = self.sample_batch
        found = measure_proxies(self.proxies, network, batch)
        return found, proxy_passes(self.proxies, len(batch))

    def training_state(self, job: Job, data: ResidentData | None = None) -> TrainingState:
        """Return the network in training as it is after `job.from_epoch`.

        Without `data` they are those of the job. Raises CheckpointError for a checkpoint that is
        damaged or belongs to something else.
        """
        self._prepare()
        expressed, data = job.expressed, data or self._data(job.fold)
        recipe = Recipe.from_genes(expressed["training"])
        spec = self.spec(expressed)
        initial = derived(job.seed, "weights")
        network = build(spec, initialisation=recipe.starts, seed=initial)
        if job.from_epoch == 0:
            given = self._given(job)
            if given is None:
                self._start(network, job)
            else:
                set_weights(network, given)
        silencing = Silencing(
            on_device(network, self.numerics),
            PruningPlan.from_genes(expressed["pruning"]),
            expressed["epigenome"],
            probe_batch(data.train, job.seed),
            seed=job.seed,
            adult_epochs=job.adult_epochs,
        )
        training_state = TrainingState(
            network,
            recipe,
            silencing,
            self.numerics,
            job.seed,
            job.adult_epochs,
            job.regimen,
            self._lessons(job, recipe),
            self.own_loss,
        )
        if job.from_epoch == 0:
            silencing.birth(job.birth.get("marks", silencing.marks))
        elif job.checkpoint is None:
            raise ValueError(f"received no checkpoint to go on from epoch {job.from_epoch}")
        else:
            expected: dict[str, object] = {
                "epoch": job.from_epoch,
                "adult_epochs": job.adult_epochs,
            }
            training_state.load(unpack(job.checkpoint, expected | self._identity(spec)))
        return training_state

    def _given(self, job: Job) -> GivenWeights | None:
        """Return weights that the genes give; such networks are measured, not trained."""
        return given_weights(job.expressed, self.interface)

    def _start(self, network: Network, job: Job) -> None:
        """Give a network on the CPU the weights of one that was given, or of its parent."""
        start_from_given(network, job, self.interface)
        inheritance = Inheritance.of(job.birth)
        if inheritance is None:
            return
        if job.heritage is None:
            raise ValueError(
                f"received no weights of {inheritance.job}, which the child starts from"
            )
        parent = self.spec(inheritance.parent)
        state = under("model.", unpack(job.heritage, self._identity(parent)))
        start_from_parent(network, job, self.interface, parent, state)

    def _inherited(self, job: Job, spec: NetworkSpec) -> dict[str, float]:
        inheritance = Inheritance.of(job.birth)
        if inheritance is None or self._given(job) is not None:
            return {}
        return inheritance.costs(self.spec(inheritance.parent), spec)

    def _identity(self, spec: NetworkSpec) -> dict[str, str]:
        """Return what a checkpoint's header says of task, network and numeric settings."""
        return {
            "precision": self.numerics.precision,
            "memory_format": self.numerics.memory_format,
            "task": self.fingerprint,
            "spec": spec.canonical_hash(),
        }

    def _prepare(self) -> None:
        """Set what makes torch deterministic and keeps a worker to its own core."""
        torch.set_flush_denormal(True)  # momenta of silenced weights would decay into slow numbers
        if self.numerics.device == "cpu":
            torch.set_num_threads(1)
            return
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.allow_tf32 = False  # float32 means float32
        torch.cuda.reset_peak_memory_stats()

    def _peak_bytes(self) -> float:
        """Return the job's peak on the GPU beside the data, or the process's so far on the CPU."""
        if self.numerics.device == "cuda":
            return float(torch.cuda.max_memory_allocated() - data_bytes(self.task))
        unit = 1 if sys.platform == "darwin" else 1024
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def _pickles(value: object) -> bool:
    try:
        pickle.dumps(value)
    except Exception:  # whatever the object of a user raises
        return False
    return True


def is_out_of_memory(error: BaseException) -> bool:
    """Tell memory that ran out, on a GPU or in the machine, from other errors."""
    words = "can't allocate memory", "not enough memory"
    named = isinstance(error, RuntimeError) and any(word in str(error) for word in words)
    return named or isinstance(error, torch.OutOfMemoryError | MemoryError)
