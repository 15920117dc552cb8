"""Reads the network that a user gives: makes it, loads its weights, imports it for a task."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from pickle import UnpicklingError  # torch raises it for what is no tensor
from typing import Any, NamedTuple

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from fitness.data.arrays import UnusableData
from fitness.data.given.causal import check_causal
from fitness.data.given.ends import between_ends, check_inputs, check_outputs
from fitness.data.given.options import ModelOptions
from fitness.data.given.skill import has_learnt
from fitness.data.task import Task
from fitness.data.user_task import call_user
from genomes.graph.given.network import GivenNetwork
from genomes.graph.shapes import Shape
from genomes.importing.errors import ModelError
from genomes.importing.importer import Imported, import_module

SEED = 0  # of weights that come from no file
STAGES = 6  # of marks and sparsities, which the network's sites share


class Ends(NamedTuple):
    """What a network is given: the shape of an example, and how many tokens there are, if any."""

    shape: Shape
    tokens: int | None


def read_given(options: ModelOptions, task: Task) -> GivenNetwork:
    """Make the network that the options name and import it for a task's inputs.

    It is read once in a process, which loads a task more than once. Raises UnusableData for what
    cannot be made, loaded, imported, or does not fit the task.
    """
    check_inputs(task, options)
    ends = Ends(task.input_shape, task.tokens)
    imported = _read(options, ends, str(Path.cwd()), _stamp(options.weights))
    return _fitted(imported, f"model {options.model!r}", task, options)


def given_module(module: nn.Module, task: Task, options: ModelOptions) -> GivenNetwork:
    """Import a module for a task's inputs; the module stays as it is.

    Raises UnusableData for what cannot be imported or does not fit the task.
    """
    check_inputs(task, options)
    named, ends = f"model {type(module).__name__}", Ends(task.input_shape, task.tokens)
    return _fitted(_imported(deepcopy(module), named, ends, options), named, task, options)


def _stamp(weights: str | None) -> tuple[int, int] | None:
    """Return what changes with a file: its time and size; None where there is none."""
    path = Path(weights).expanduser() if weights else None
    if path is None or not path.is_file():
        return None
    state = path.stat()
    return state.st_mtime_ns, state.st_size


@lru_cache(maxsize=2)
def _read(
    options: ModelOptions, ends: Ends, folder: str, stamp: tuple[int, int] | None
) -> Imported:
    """Make a network in a folder, load its weights, import it for a task's inputs."""
    assert options.model is not None
    with _seeded():
        module = call_user(options.model, "model", "a torch.nn.Module")
    if not isinstance(module, nn.Module):
        raise UnusableData(
            f"model {options.model!r} returned a {type(module).__name__}, expected a "
            "torch.nn.Module"
        )
    if options.weights is not None:
        _load_weights(module, Path(options.weights).expanduser())
    return _imported(module, f"model {options.model!r}", ends, options)


@contextmanager
def _seeded() -> Iterator[None]:
    """Draw what is drawn by the global generators from a fixed seed; theirs go on as they were.

    Every process makes the network anew: without weights of a file it has to get the same ones.
    """
    python, array = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        random.seed(SEED)
        np.random.seed(SEED)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(array)


def _imported(module: nn.Module, named: str, ends: Ends, options: ModelOptions) -> Imported:
    _check_batch(module.cpu().float().eval(), named, ends)
    try:
        return import_module(
            module, ends.shape, stages=STAGES, keeps=options.keeps, tokens=ends.tokens
        )
    except ModelError as error:
        raise UnusableData(f"cannot read {named}: {error}") from error


@torch.no_grad()
def _check_batch(module: nn.Module, named: str, ends: Ends) -> None:
    """Raise UnusableData for outputs that have lost the axis of one number an example."""
    kind = torch.float32 if ends.tokens is None else torch.int64
    try:
        outputs = module(torch.zeros((2, *ends.shape), dtype=kind))
    except Exception:  # of the user's code: the import says what is wrong
        return
    if isinstance(outputs, torch.Tensor) and outputs.ndim < 2:
        raise UnusableData(
            f"{named} gives outputs {tuple(outputs.shape)} for 2 inputs, expected (2, outputs); "
            "let it keep the last axis: unsqueeze(1), or no squeeze"
        )


def _fitted(found: Imported, named: str, task: Task, options: ModelOptions) -> GivenNetwork:
    """Return an imported network between the ends of a task."""
    check_outputs(found.spec, named, task)
    tensors = {name: values.numpy() for name, values in found.tensors.items()}
    given = GivenNetwork(
        spec=between_ends(found.spec, task, options),
        tensors={name: np.ascontiguousarray(values) for name, values in tensors.items()},
        reasons={group.makers[0]: group.reason for group in found.groups if group.reason},
        notes=found.notes,
    )
    if task.target.per_position:
        check_causal(given, named)
    return replace(given, teaches=has_learnt(given, task))


def _load_weights(module: Any, path: Path) -> None:
    """Load a state dict; nothing is unpickled but tensors."""
    unreadable = (SafetensorError, UnpicklingError, RuntimeError, ValueError, OSError, EOFError)
    if not path.is_file():
        raise UnusableData(f"received --weights {path}, which is no file")
    try:
        if path.suffix == ".safetensors":
            state = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except (*unreadable, KeyError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnusableData(
            f"cannot read the weights {path}: {first}. Expected a state dict, as .safetensors or "
            "as torch.save(model.state_dict(), 'weights.pt') writes it"
        ) from error
    if not isinstance(state, dict):
        raise UnusableData(
            f"the weights {path} hold a {type(state).__name__}, expected a state dict"
        )
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        first = " ".join(str(error).split())[:400]
        raise UnusableData(f"the weights {path} do not fit the model: {first}") from error
