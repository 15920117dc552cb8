"""Imports a PyTorch module: its graph as a NetworkSpec, its weights as that network's tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, fx, nn

from genomes.graph.given.mask_placement import Prunable, channel_groups, with_masks
from genomes.graph.shapes import Shape, check_inputs
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec
from genomes.importing.constants import Constant, Found, folded
from genomes.importing.draft import Draft, Result
from genomes.importing.errors import ModelError, Unsupported
from genomes.importing.names import NodeNames, site_name
from genomes.importing.operators import HANDLERS
from genomes.importing.operators.embeddings import computes_with_tokens
from genomes.importing.operators.opaque import opaque
from genomes.importing.traced import Call, Traced, trace
from genomes.importing.values import Value


@dataclass(frozen=True, eq=False)
class Imported:
    """A module as evo knows it.

    `tensors` are the weights and statistics of the network of `spec`, by names in its state dict;
    `origins` those names in the module's, `modules` the module's path of each node. `groups` are
    the groups of channels, with the reason why some stay whole; `notes` what is worth knowing.
    """

    spec: NetworkSpec
    tensors: Mapping[str, Tensor]
    origins: Mapping[str, str]
    modules: Mapping[str, str]
    groups: tuple[Prunable, ...]
    notes: tuple[str, ...]


def import_module(
    module: nn.Module,
    input_shape: Shape,
    *,
    stages: int,
    keeps: Callable[[str], bool] = lambda path: False,
    tokens: int | None = None,
) -> Imported:
    """Import a module that maps (N, *input_shape) floats to one tensor (N, outputs, ...).

    Inputs may be `tokens` (N, length) instead, int64 from 0 to this, exclusive. Sites of masks
    share `stages` stages. `keeps` tells by the path of a module whether its channels have to stay.
    The module's mode is evaluation afterwards. Raises ModelError for what cannot be read, and
    where nothing could be pruned.
    """
    check_inputs(input_shape)
    dtype = next((p.dtype for p in module.parameters()), torch.get_default_dtype())
    dtype = dtype if tokens is None else torch.int64
    traced = trace(module, torch.zeros(input_shape, dtype=dtype))
    owners = frozenset(name.rpartition(".")[0] for name in traced.tensors.values())
    draft = Draft(module, traced, Sketch(input_shape), NodeNames(owners), tokens)
    draft.values[traced.input] = Value.whole("input", input_shape)
    draft.constants.update(_constants(traced))
    for call in traced.calls:
        if (constant := _constant(draft, call)) is not None:
            draft.constants[call.node] = constant
        else:
            draft.values[call.node] = _value(draft, call)
    _finish(draft)
    return _imported(draft, stages, keeps)


def _constants(traced: Traced) -> dict[fx.Node, Constant]:
    """Return parameters, buffers, and other tensors that a module holds."""
    state, signature = traced.program.state_dict, traced.program.graph_signature
    found = {}
    for node in traced.program.graph.nodes:
        if (name := traced.tensors.get(node.name)) is not None:
            values = traced.program.constants[name] if name not in state else state[name]
            trained = node.name in signature.inputs_to_parameters
            found[node] = Constant.named(name, values.detach(), is_trained=trained)
        elif node.name in traced.constants:
            found[node] = Constant(traced.constants[node.name].detach())
    return found


def _value(draft: Draft, call: Call) -> Result:
    """Return the value of a call; raise ModelError for one that no operation stands for."""
    if computes_with_tokens(draft, call):
        raise ModelError(
            f"{_place(call)}: {call.operator} computes with the tokens, which only an "
            "nn.Embedding may read. Leave out what is made of them otherwise, such as masks of "
            "padding."
        )
    handler, before = HANDLERS.get(call.operator, opaque), len(draft.sketch.nodes)
    try:
        return handler(draft, call)
    except Unsupported as found:
        reason = found
    try:
        if len(draft.sketch.nodes) == before:
            return opaque(draft, call)
    except Unsupported:
        pass
    raise ModelError(f"{_place(call)}: {call.operator} {reason}")


def _constant(draft: Draft, call: Call) -> Found | None:
    """Compute a call that no input is part of; raise ModelError where that fails."""
    try:
        return folded(call, draft.constants)
    except (IndexError, RuntimeError) as error:
        first = str(error).strip().partition("\n")[0]
        raise ModelError(
            f"{_place(call)}: {call.operator} cannot be computed for inputs of shape "
            f"{draft.sketch.input_shape}: {first}"
        ) from error


def _place(call: Call) -> str:
    return call.path or "the model itself"


def _finish(draft: Draft) -> None:
    """Let the last node be what the module returns."""
    last = draft.traced.calls[-1]
    try:
        answers = draft.value(draft.traced.output)
        _check_layout(answers)
        node = draft.node(last, answers)
    except Unsupported as reason:
        raise ModelError(f"the model's answers: {reason}") from None
    place = next(at for at, found in enumerate(draft.sketch.nodes) if found.name == node)
    draft.sketch.nodes.append(draft.sketch.nodes.pop(place))


def _check_layout(answers: Value) -> None:
    """Raise Unsupported for answers at each position that have their numbers last."""
    last = answers.index.dim() - 1
    if last < 1 or answers.is_whole or not answers.front(last).is_whole:
        return
    turned = "transpose(1, 2)" if last == 1 else f"movedim({last + 1}, 1)"
    raise Unsupported(
        f"have shape (N, {', '.join(map(str, answers.shape))}), with the numbers of a position "
        f"last; expected them first, (N, {', '.join(map(str, answers.source))}), as "
        f"torch.nn.functional.cross_entropy takes them: let forward return outputs.{turned}"
    )


def _imported(draft: Draft, stages: int, keeps: Callable[[str], bool]) -> Imported:
    plain = draft.sketch.finish()
    paths = draft.names.modules
    try:
        groups = tuple(channel_groups(plain.nodes, lambda node: keeps(paths.get(node, ""))))
    except ValueError as error:
        raise ModelError(f"the model's channels cannot be followed: {error}") from None
    if all(group.reason for group in groups):
        reasons = "; ".join(f"{group.makers[0]} {group.reason}" for group in groups)
        raise ModelError(
            f"nothing of the model can be pruned: {reasons or 'it has no layer with channels'}."
        )
    spec = NetworkSpec(plain.input_shape, with_masks(plain.nodes, groups, site_name, stages))
    return Imported(
        spec=spec,
        tensors={k: v for k, v in draft.tensors.items() if k.split(".")[0] in spec.by_name},
        origins={k: v for k, v in draft.origins.items() if k.split(".")[0] in spec.by_name},
        modules={node: path for node, path in paths.items() if node in spec.by_name},
        groups=groups,
        notes=tuple(draft.notes),
    )
