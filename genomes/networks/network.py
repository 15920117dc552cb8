"""Network: a spec as a torch module, with channel masks and weight masks.

The graph is compiled once into a flat list of steps; masks that are all on are left out of it, so
an unmasked network costs what a hand-written one does. Must know nothing of chromosomes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from genomes.genes.registry import suggest
from genomes.graph.operation import operation_of
from genomes.graph.spec import NetworkSpec, Node
from genomes.networks.initialisation import HEAD, Start, initialise, initialise_by_kind
from genomes.networks.layers import Layer, Reader, Weighted, make_layer

# What to call, where its inputs lie (the second is None for most), where its output goes.
Step = tuple[Callable[..., Tensor], int, int | None, int]


class MaskBuffers(nn.Module):
    """Boolean masks by name, all on at first; a module, so that a state dict includes them.

    Called, it returns copies by name; `set` is the way to change them.
    """

    def __init__(self, kind: str, shapes: Mapping[str, Sequence[int]]) -> None:
        super().__init__()
        self.kind = kind
        self._keys = {name: name.replace(".", "__") for name in shapes}
        for name, shape in shapes.items():
            try:
                mask = torch.ones(tuple(shape), dtype=torch.bool)
                self.register_buffer(self._keys[name], mask)
            except KeyError as error:
                raise ValueError(f"received a {kind} named {name!r}: {error}") from None

    def __getitem__(self, name: str) -> Tensor:
        mask = self._buffers[self._keys[name]]
        assert mask is not None
        return mask

    def forward(self) -> dict[str, Tensor]:
        return {name: self[name].clone() for name in self._keys}

    def checked(self, masks: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return masks as booleans; raise ValueError for unknown names and other shapes."""
        for name, mask in masks.items():
            if name not in self._keys:
                raise ValueError(suggest(self.kind, name, self._keys))
            if mask.shape != self[name].shape:
                raise ValueError(
                    f"received a mask of shape {tuple(mask.shape)} for {self.kind} {name!r}, "
                    f"expected {tuple(self[name].shape)}"
                )
        return {name: mask.to(torch.bool) for name, mask in masks.items()}

    def set(self, masks: Mapping[str, Tensor]) -> None:
        """Copy checked masks in."""
        for name, mask in masks.items():
            self[name].copy_(mask)


class Network(nn.Module):
    """The network of a spec; weights have no values yet (see `build`).

    Tensors are named `<node>.weight`, `<node>.bias`, `<node>.running_mean`, `<node>.running_var`,
    `<node>.mean`, `<node>.std`, `<node>.constants`; masks `masks.<site, "." as "__">` (C,) and
    `weight_masks.<node>` (as the weight), both boolean.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        weights = {}
        for node in spec.nodes[1:]:
            module = make_layer(node.operation, node.attributes, spec.source(node), node.shape)
            self._add(node, module)
            if isinstance(module, Weighted):
                weights[node.name] = module.weight.shape
        self.masks = MaskBuffers("site", {site.name: (site.channels,) for site in spec.sites})
        self.weight_masks = MaskBuffers("weighted node", weights)
        self._steps: list[Step] = []
        self._slots = 1
        self.register_load_state_dict_post_hook(_refresh_loaded)  # type: ignore[no-untyped-call]
        self._refresh()

    def forward(self, x: Tensor) -> Tensor:
        """Map inputs (N, *input_shape), uint8 or floating, to logits (N, outputs, ...)."""
        values: list[Tensor] = [self._readable(x)] * self._slots
        for operation, first, second, target in self._steps:
            if second is None:
                values[target] = operation(values[first])
            else:
                values[target] = operation(values[first], values[second])
        return values[0]

    def channel_masks(self) -> dict[str, Tensor]:
        """Return copies of the channel masks by site: boolean, (C,)."""
        masks: dict[str, Tensor] = self.masks()
        return masks

    def set_channel_masks(self, masks: Mapping[str, Tensor]) -> None:
        """Replace the masks of the given sites.

        Raises ValueError for unknown sites, other shapes, and a site left without any channel.
        """
        checked = self.masks.checked(masks)
        for site, mask in checked.items():
            if not bool(mask.any()):
                raise ValueError(f"site {site!r} would have no channel left; keep at least one on")
        self.masks.set(checked)
        self._refresh()

    def set_weight_masks(self, masks: Mapping[str, Tensor]) -> None:
        """Replace the weight masks of the given nodes and zero the weights they mask.

        Raises ValueError for unknown nodes and other shapes.
        """
        self.weight_masks.set(self.weight_masks.checked(masks))
        self._refresh()
        self.apply_weight_masks_()

    @torch.no_grad()
    def apply_weight_masks_(self) -> None:
        """Set masked weights to zero in place; call it after every optimizer step."""
        if self._masked:
            weights: list[Tensor] = [module.weight for module in self._masked]
            factors = [module.factor for module in self._masked if module.factor is not None]
            torch._foreach_mul_(weights, factors)

    def tensors(self) -> dict[str, Tensor]:
        """Return the state dict without masks: what a network without evo needs."""
        prefixes = ("masks.", "weight_masks.")
        return {k: v for k, v in self.state_dict().items() if not k.startswith(prefixes)}

    def _add(self, node: Node, module: nn.Module) -> None:
        if node.name in ("masks", "weight_masks", "spec") or hasattr(self, node.name):
            raise ValueError(f"received a node named {node.name!r}, which is reserved; rename it")
        self.add_module(node.name, module)

    def _readable(self, x: Tensor) -> Tensor:
        # Normalisation converts by itself; without it, bytes would meet floating weights.
        if x.is_floating_point() or self.spec.tokens is not None:
            return x
        parameter = next(self.parameters(), None)
        return x.to(torch.get_default_dtype() if parameter is None else parameter.dtype)

    @torch.no_grad()
    def _refresh(self) -> None:
        """Derive from the masks what forward needs; call it after changing masks."""
        off = {name for name, mask in self.masks().items() if not bool(mask.all())}
        for node in self.spec.nodes[1:]:
            module = self._modules[node.name]
            if isinstance(module, Layer):
                module.follow(_NodeMasks(self, node, off))
        modules = self._modules.values()
        self._masked = [m for m in modules if isinstance(m, Weighted) and m.factor is not None]
        self._steps, self._slots = self._compile()

    def _compile(self) -> tuple[list[Step], int]:
        """Lay the graph out as steps over slots; a slot is reused once its value is not needed."""
        origin: dict[str, str] = {}  # nodes that do nothing stand for their source
        for node in self.spec.nodes:
            idle = _is_idle(self._modules.get(node.name))
            origin[node.name] = origin[node.inputs[0]] if idle else node.name
        working = [node for node in self.spec.nodes[1:] if origin[node.name] == node.name]
        last_use = {origin[s]: i for i, node in enumerate(working) for s in node.inputs}
        slots = {self.spec.nodes[0].name: 0}
        steps: list[Step] = []
        count = 1
        for index, node in enumerate(working):
            sources = [slots[origin[source]] for source in node.inputs]
            for source in {origin[source] for source in node.inputs}:
                if last_use[source] == index:
                    del slots[source]
            target = next(slot for slot in range(count + 1) if slot not in slots.values())
            count = max(count, target + 1)
            slots[node.name] = target
            module = self._modules[node.name]
            assert module is not None
            steps.append((module, sources[0], sources[1] if len(sources) > 1 else None, target))
        assert slots.get(origin[self.spec.output.name]) == 0  # nothing else is alive at the end
        return steps, count


def _refresh_loaded(module: nn.Module, _: object) -> None:
    # A plain function, so that networks can be pickled. Loaded weights are masked already.
    assert isinstance(module, Network)
    module._refresh()


def _is_idle(module: nn.Module | None) -> bool:
    return isinstance(module, nn.Identity) or (isinstance(module, Layer) and module.is_idle)


class _NodeMasks:
    """The masks of one node of a network, as its layer needs them."""

    def __init__(self, network: Network, node: Node, off: set[str]) -> None:
        self.network, self.node, self.off = network, node, off

    def features(self) -> Tensor | None:
        """Return which of the node's features (F,) are unmasked; None where all are."""
        parts = self.network.spec.channels[self.node.name].parts
        if all(part.site not in self.off for part in parts):
            return None
        masks = self.network.masks
        parameter = next(self.network.parameters())
        found = [
            torch.ones(part.features, dtype=torch.bool, device=parameter.device)
            if part.site is None
            else masks[part.site][part.channels].repeat_interleave(part.positions)
            for part in parts
        ]
        return torch.cat(found).to(parameter.dtype)

    def weight(self) -> Tensor | None:
        """Return the mask of the node's weight; None where all of it is on."""
        mask = self.network.weight_masks[self.node.name]
        return None if bool(mask.all()) else mask.to(next(self.network.parameters()).dtype)


def build(
    spec: NetworkSpec, *, initialisation: str | Mapping[str, Start] = "kaiming", seed: int = 0
) -> Network:
    """Make the network of a spec with initial weights; the same seed gives the same weights.

    `initialisation` is a scheme for all weights, or a start by kind of layer. Global random state
    is neither read nor changed. Raises ValueError for an unknown scheme.
    """
    network = Network(spec)
    weights = [module.rows() for module in network.modules() if isinstance(module, Reader)]
    if isinstance(initialisation, str):
        flat = [weight for rows in weights for weight in rows]
        initialise(flat, initialisation, seed, len(weights[-1]))
        return network
    kinds = [kind for node in spec.nodes if (kind := operation_of(node).layer_kind)]
    pairs = zip((*kinds[:-1], HEAD), weights, strict=True)  # the last one is the head
    by_kind = [(kind, weight) for kind, rows in pairs for weight in rows]
    initialise_by_kind(by_kind, initialisation, seed)
    return network
