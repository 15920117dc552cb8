"""What of a traced module is the same for all inputs: numbers, weights, and what is made of them.

A view, a slice or an expansion of a weight is still that weight; what is computed of weights is
trained in their place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx

from genomes.importing.traced import Call

MOVES = (
    "view", "reshape", "_unsafe_view", "transpose", "permute", "flatten", "unflatten", "squeeze",
    "unsqueeze", "select", "slice", "split", "split_with_sizes", "chunk", "unbind", "t", "movedim",
    "narrow", "contiguous", "alias", "detach", "_to_copy", "swapaxes", "flip", "roll", "expand",
    "expand_as", "view_as", "reshape_as", "repeat",
)  # fmt: skip
ALSO_MOVES = ("clone", "index", "lift_fresh_copy", "embedding")  # of what no input is part of
LIKE = ("zeros_like", "ones_like", "full_like", "new_zeros", "new_ones", "new_full")
DRAWS = ("rand", "randn", "randint", "randperm", "normal", "bernoulli", "dropout", "multinomial")


@dataclass(frozen=True, eq=False)
class Constant:
    """A tensor that no input is part of, as it is in the trace.

    `names` are what of the module it is made of; `is_trained` if a parameter is among them.
    `places` say which number of the only one of these each is, None where they are computed.
    """

    values: Tensor
    names: tuple[str, ...] = ()
    is_trained: bool = False
    places: Tensor | None = None

    @classmethod
    def named(cls, name: str, values: Tensor, *, is_trained: bool) -> Constant:
        """Return a parameter or a buffer."""
        places = torch.arange(values.numel()).view(values.shape)
        return cls(values, (name,), is_trained, places)

    @property
    def name(self) -> str:
        """The names in a row."""
        return ", ".join(self.names)

    @property
    def number(self) -> float | None:
        """Return it as a number, if it is one that is not trained."""
        return float(self.values) if self.values.numel() == 1 and not self.is_trained else None

    @property
    def is_untouched(self) -> bool:
        """Whether it is a parameter or a buffer as it is."""
        places = self.places
        return places is not None and torch.equal(places.flatten(), torch.arange(places.numel()))


Found = Constant | list[Constant]


def folded(call: Call, known: Mapping[fx.Node, Found]) -> Found | None:
    """Compute a call of constants alone; None for one that reads an input, or draws numbers."""
    sources = call.node.all_input_nodes
    if call.operator in LIKE:
        return Constant(_like(call))
    if not all(node in known for node in sources) or call.operator.startswith(DRAWS):
        return None
    if call.operator == "getitem":
        parts, place = call.node.args
        found = known[parts]  # type: ignore[index]
        return found[place] if isinstance(found, list) else None  # type: ignore[index]
    constants = [found for node in sources if isinstance(found := known[node], Constant)]
    names = tuple(dict.fromkeys(name for constant in constants for name in constant.names))
    trained = any(constant.is_trained for constant in constants)
    moved = _moved(call, known, constants)
    places = None
    if moved is not None:
        names, trained = moved.names, moved.is_trained
        places = moved.places
        if call.operator != "_to_copy":  # which changes the type alone
            places = _computed(call, known, lambda c: c.places if c is moved else c.values)
    values = _computed(call, known, lambda constant: constant.values)
    if isinstance(values, Tensor):
        return Constant(values, names, trained, places)
    if not isinstance(values, list | tuple):
        return None
    parts = places or [None] * len(values)
    return [Constant(v, names, trained, p) for v, p in zip(values, parts, strict=True)]


def _moved(
    call: Call, known: Mapping[fx.Node, Found], constants: Sequence[Constant]
) -> Constant | None:
    """Return the constant whose numbers a call does nothing to but to move them, if it does."""
    first = call.node.args[0] if call.node.args else None
    found = known.get(first) if isinstance(first, fx.Node) else None
    if call.operator not in (*MOVES, *ALSO_MOVES) or not isinstance(found, Constant):
        return None
    if found.places is None or any(c.is_trained for c in constants if c is not found):
        return None
    return found


def _like(call: Call) -> Tensor:
    """Return numbers of the shape of an activation, of which nothing else is read."""
    first, *others = call.node.args
    shape: Any = first.meta["val"].shape  # type: ignore[union-attr]
    assert callable(call.node.target)
    found: Tensor = call.node.target(torch.empty(shape), *others)
    return found


def _computed(
    call: Call, known: Mapping[fx.Node, Found], pick: Callable[[Constant], Tensor | None]
) -> Any:
    def tensor(node: fx.Node) -> Any:
        found = known[node]
        return [pick(part) for part in found] if isinstance(found, list) else pick(found)

    args: Any = fx.node.map_arg(call.node.args, tensor)
    kwargs: Any = fx.node.map_arg(call.node.kwargs, tensor)
    assert callable(call.node.target)
    with torch.no_grad():
        return call.node.target(*args, **kwargs)
