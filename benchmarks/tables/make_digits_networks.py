"""Make the table that `digits_networks.py` reads: train every network of its space in full.

Usage: python benchmarks/tables/make_digits_networks.py [--processes 2] [--part PATH]
       [--output PATH]

Half an hour to an hour on two cores. What is trained is saved every 50 networks to PATH, and the
same command goes on from there. Each process keeps to one thread; each network's seed depends on
the table's seed and its row alone, so neither the number of processes nor a kill changes a figure.

The same kind of processor gives the same figures, another rounds otherwise, and training amplifies
that. With `ATEN_CPU_CAPABILITY=avx2 DNNL_MAX_CPU_ISA=AVX2` in place of AVX-512, 20 networks with
the lowest learning rate ended at most 1 of 288 validation images away, most of 40 with the others
at most 2, a few dozens.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.tables.digits_networks import (
    NETWORKS,
    OPTIONS,
    PATH,
    SHAPE,
    Parameters,
    parameters_of,
)
from evo.version import VERSION
from fitness.data.task_reference import TaskReference
from fitness.evaluation import Job
from fitness.evaluators.network import NetworkEvaluator
from fitness.silencing.planned_ratio import planned_active_ratio
from fitness.training.numerics import Numerics
from genomes.chromosomes.epigenome import GROUPS, MAXIMUM_STAGES
from genomes.genes.gene import Record, freeze
from genomes.graph.inhibition import OFF as NO_INHIBITION

Columns = dict[str, npt.NDArray[Any]]

SEED = 20_260_101
EPOCHS = 24
SAVE_EVERY = 50  # networks
MARKS = ("1" * GROUPS,) * MAXIMUM_STAGES
COLUMNS: dict[str, tuple[str, tuple[int, ...]]] = {  # type and shape of a row's entry
    "trained": ("bool", ()),
    "right": ("uint16", (EPOCHS,)),  # validation examples classified rightly after each epoch
    "train_loss": ("float16", (EPOCHS,)),
    "active": ("uint16", (EPOCHS,)),  # parameters on an unmasked path after each epoch
    "test_right": ("uint16", ()),
    "dense": ("uint16", ()),
    "shrunk": ("uint16", ()),
    "flops": ("uint32", ()),  # of one forward pass of one example, dense
    "activations": ("uint32", ()),
    "planned_active_ratio": ("float32", ()),
    "training_flops": ("uint64", ()),  # of all epochs
    "seed": ("uint32", ()),
}


def expressed(parameters: Parameters) -> Record:
    """Return the chromosomes of a network: one or two stages of a block each, pooled, and a head.

    Channels are pruned by magnitude from the start to four fifths of training, cubically.
    """
    stage = {
        "block": parameters["block"],
        "depth": 1,
        "kernel": 3,
        "stride": 1,
        "normalisation": parameters["normalisation"],
        "activation": "relu",
        "pooling": "max",
        "expansion": 2,
        "inhibition": NO_INHIBITION,
    }
    widths = [parameters[name] for name in ("width1", "width2") if parameters[name]]
    genes = {
        "architecture": {
            "family": "cnn",
            "stages": [{**stage, "width": width} for width in widths],
            "head": parameters["head"],
            "head_width": 0,
            "dropout": 0.0,
        },
        "epigenome": {
            "marks": MARKS,
            "initial_methylation": 0.0,
            "plasticity": 0.0,
            "heritability": 0.0,
            "inherited_scale": 1.0,
            "apoptosis": False,
            "gate": "none",
        },
        "pruning": {
            "start": parameters["pruning_start"] or 0.0,
            "end": 0.8,
            "final_sparsity": [parameters["final_sparsity"]] * MAXIMUM_STAGES,
            "curve": "cubic",
            "criterion": "magnitude",
            "granularity": "channel",
            "regrowth": 0.0,
            "schedule": "curve",
            "regulation": None,
        },
        "training": {
            "optimizer": "sgd",
            "learning_rate": parameters["learning_rate"],
            "weight_decay": 5e-4,
            "schedule": "cosine",
            "batch_size": 32,
            "initialisation": "kaiming",
            "label_smoothing": 0.0,
            "augmentation": "shift",
            "schedule_course": None,
            "batch_halvings": 0,
            "batch_course": None,
            "weight_decay_course": [],
            "dropout_course": [],
            "augmentation_course": [],
            "initial_weights": None,
        },
    }
    frozen: Record = freeze(genes)
    return frozen


def train(index: int) -> tuple[int, dict[str, Any]]:
    """Train the network of a row; return the row and its entries by column.

    Raises RuntimeError if a training does not come to its end.
    """
    job = _job(index)
    evaluation = evaluator().evaluate(job)
    if evaluation.status != "ok" or evaluation.checkpoint is None:
        raise RuntimeError(f"{parameters_of(index)}: {evaluation.status}, {evaluation.reason}")
    task, genes, curve = evaluator().task, job.expressed, evaluation.curve
    spec = evaluator().spec(genes)
    dense = spec.dense_parameters()
    test_accuracy = evaluator().measure(genes, evaluation.checkpoint, "test")
    return index, {
        "trained": True,
        "right": [round(epoch.metric * len(task.validation)) for epoch in curve],
        "train_loss": [epoch.train_loss for epoch in curve],
        "active": [round(epoch.active_ratio * dense) for epoch in curve],
        "test_right": round(test_accuracy * len(task.test)),
        "dense": dense,
        "shrunk": evaluation.objectives["shrunk_parameters"],
        "flops": spec.flops(),
        "activations": spec.activations(),
        "planned_active_ratio": planned_active_ratio(spec, genes["pruning"], MARKS),
        "training_flops": evaluation.costs["training_flops"],
        "seed": job.seed,
    }


def _job(index: int) -> Job:
    """Word the full training of a row's network."""
    seed = int(np.random.SeedSequence([SEED, index]).generate_state(1)[0])
    genes = expressed(parameters_of(index))
    return Job(
        genome=f"network-{index}",
        expressed=genes,
        birth=Record(),
        key=f"{index}",
        seed=seed,
        from_epoch=0,
        to_epoch=EPOCHS,
        adult_epochs=EPOCHS,
    )


@cache
def evaluator() -> NetworkEvaluator:
    """Return this process's evaluator, which loads the task on first use."""
    return NetworkEvaluator(TaskReference("digits"), Numerics())


def provenance() -> dict[str, Any]:
    """Return where the table comes from; a part of another provenance is not continued."""
    task = evaluator().task
    return {
        "evo": VERSION,
        "torch": torch.__version__,
        "cpu": torch.backends.cpu.get_cpu_capability(),
        "task": task.name,
        "task_fingerprint": task.fingerprint(),
        "validation_examples": len(task.validation),
        "test_examples": len(task.test),
        "epochs": EPOCHS,
        "seed": SEED,
        "seed_rule": "numpy.random.SeedSequence([seed, row]).generate_state(1)[0]",
    }


def load(path: Path) -> Columns:
    """Return the columns of a part, or empty ones if there is none.

    Raises ValueError if it was made by another version of this program or of what it uses.
    """
    if not path.exists():
        return {
            name: np.zeros((NETWORKS, *shape), kind) for name, (kind, shape) in COLUMNS.items()
        }
    with np.load(path, allow_pickle=False) as file:
        same = [(file["provenance"], provenance()), (file["options"], OPTIONS)]
        if any(str(text) != json.dumps(value) for text, value in same):
            raise ValueError(f"{path} is part of another table; delete it or name another --part")
        return {name: file[name] for name in COLUMNS}


def save(path: Path, columns: Columns) -> None:
    """Write columns, options and provenance in one step: a kill leaves the old file or the new."""
    positions = np.stack(np.unravel_index(np.arange(NETWORKS), SHAPE), axis=1)
    arrays: dict[str, Any] = {
        **columns,
        "genes": positions.astype(np.uint8),  # (networks, names in `options`)
        "options": np.array(json.dumps(OPTIONS)),
        "provenance": np.array(json.dumps(provenance())),
    }
    fresh = path.with_name(f"{path.stem}.fresh.npz")
    np.savez_compressed(fresh, **arrays)
    os.replace(fresh, path)


def make(part: Path, processes: int) -> Columns:
    """Train what a part lacks, in a fixed random order; save and tell now and then."""
    columns = load(part)
    missing = np.flatnonzero(~columns["trained"])
    order = np.random.default_rng(SEED).permutation(missing).tolist()
    began = time.monotonic()
    os.environ["OMP_NUM_THREADS"] = "1"
    with get_context("spawn").Pool(processes) as pool:
        for done, (index, row) in enumerate(pool.imap_unordered(train, order), start=1):
            for name, value in row.items():
                columns[name][index] = value
            if done % SAVE_EVERY == 0 or done == len(order):
                save(part, columns)
                minutes = (time.monotonic() - began) / 60
                left = minutes / done * (len(order) - done)
                trained = int(columns["trained"].sum())
                print(
                    f"{trained} of {NETWORKS}, {minutes:.1f} min, {left:.1f} min to go", flush=True
                )
    return columns


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the table, or go on with it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--part", type=Path, default=PATH.with_name("digits_networks.part.npz"))
    parser.add_argument("--output", type=Path, default=PATH)
    given = parser.parse_args(arguments)
    save(given.output, make(given.part, given.processes))
    given.part.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
