"""A module as `torch.export` traces it: a flat list of calls of ATen operators.

https://docs.pytorch.org/docs/stable/export.html
"""

from __future__ import annotations

import inspect
import logging
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.export import ExportedProgram

from genomes.importing.errors import ModelError

OURS = ("evo", "fitness", "genomes", "runners")  # packages
BATCH = 3  # examples to trace with: a number that rarely stands for something else


@dataclass(frozen=True)
class Call:
    """One call: the operator's name without namespace and variant, its arguments by name.

    `path` is the innermost module that makes it, "" for the outermost; `modules` are the calls of
    modules around it, from outside to inside, as (key of the call, path).
    """

    node: fx.Node
    operator: str
    arguments: Mapping[str, Any]
    modules: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        return self.modules[-1][1] if self.modules else ""


@dataclass(frozen=True)
class Traced:
    """The calls of a module for inputs of one shape."""

    program: ExportedProgram

    @cached_property
    def tensors(self) -> Mapping[str, str]:
        """Names in the module's state dict, by the names of the graph's inputs."""
        signature, first = self.program.graph_signature, dict[int, str]()
        for name, tensor in self.program.state_dict.items():
            first.setdefault(id(tensor), name)  # of weights with several names
        names = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
        state = self.program.state_dict
        return {key: first[id(state[of])] if of in state else of for key, of in names.items()}

    @cached_property
    def constants(self) -> Mapping[str, Tensor]:
        """Tensors that are neither parameters nor buffers, by the names of the graph's inputs."""
        signature = self.program.graph_signature.inputs_to_lifted_tensor_constants
        return {name: self.program.constants[of] for name, of in signature.items()}

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """The calls in order."""
        found = (_call(node) for node in self.program.graph.nodes if node.op == "call_function")
        return tuple(call for call in found if not call.operator.startswith("_assert"))

    @property
    def input(self) -> fx.Node:
        """The graph's input."""
        (name,) = self.program.graph_signature.user_inputs
        return self._named(name)

    @property
    def output(self) -> fx.Node:
        """The call whose value the module returns."""
        (name,) = self.program.graph_signature.user_outputs
        return self._named(name)

    def _named(self, name: object) -> fx.Node:
        found: fx.Node = next(node for node in self.program.graph.nodes if node.name == name)
        return found


def trace(module: nn.Module, example: Tensor) -> Traced:
    """Trace a module in evaluation mode for inputs like `example`, (C, ...) without a batch.

    Raises ModelError for a module that takes or returns more than one tensor, and for what
    `torch.export` cannot follow, as control flow that depends on numbers.
    """
    _check_signature(module)
    batch = torch.stack([example] * BATCH)
    try:
        with torch.no_grad(), _quiet(), _step_by_step():
            program = torch.export.export(module.eval(), (batch,), strict=False)
            program = program.run_decompositions({})  # so that nothing happens in place
    except Exception as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else ""
        raise ModelError(
            f"torch.export cannot follow the model for inputs of shape {tuple(batch.shape)}: "
            f"{type(error).__name__}{_where(error)}: {first}. Give a model that takes such a "
            "batch, and whose control flow does not depend on the numbers in it."
        ) from error
    outputs = program.graph_signature.user_outputs
    if len(outputs) != 1 or outputs[0] is None:
        raise ModelError(
            f"the model returns {len(outputs)} values; expected one tensor. Wrap it in a module "
            "that returns the one to be learnt."
        )
    return Traced(program)


@contextmanager
def _step_by_step() -> Iterator[None]:
    """Let modules of attention compute one thing after the other, not all in one call."""
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep torch from warning of itself, and from telling at length what the error says."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        logging.disable(disabled)


def _where(error: BaseException) -> str:
    """Say which line of the user's the error comes from, if one is known."""
    ours = [Path(__file__).parents[2] / name for name in OURS]
    others = [*ours, Path(torch.__file__).parent]
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_file()
        and not any(Path(frame.filename).is_relative_to(place) for place in others)
    ]
    return f" at line {frames[-1].lineno} of {Path(frames[-1].filename).name}" if frames else ""


def _check_signature(module: nn.Module) -> None:
    """Raise ModelError for a module that cannot be called with one tensor."""
    try:
        inspect.signature(module.forward).bind(torch.empty(0))
    except TypeError as error:
        raise ModelError(
            f"the model's forward cannot be called with one batch: {error}. Wrap it in a module "
            "that takes one tensor."
        ) from None


def _call(node: fx.Node) -> Call:
    stack = node.meta.get("nn_module_stack") or {}
    modules = tuple((key, path) for key, (path, _) in stack.items() if path)
    schema = getattr(node.target, "_schema", None)
    if schema is None:  # a function of Python, such as getitem
        name = getattr(node.target, "__name__", str(node.target))
        return Call(node, name, dict(enumerate(node.args)), modules)  # type: ignore[arg-type]
    name = schema.name.split("::")[-1]
    return Call(node, name, dict(_named(node, schema)), modules)


def _named(node: fx.Node, schema: Any) -> Iterator[tuple[str, Any]]:
    """Yield arguments by name, those that were left out with their defaults."""
    for place, argument in enumerate(schema.arguments):
        if place < len(node.args):
            yield argument.name, node.args[place]
        elif argument.name in node.kwargs:
            yield argument.name, node.kwargs[argument.name]
        else:
            yield argument.name, argument.default_value
