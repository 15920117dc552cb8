"""Family `transformer`: causal attention over tokens, an answer at each position.

Blocks as in GPT-2 (Radford et al. 2019): what attention and a feed-forward layer find is added to
a stream that is normalised before each. Masks act on heads, on the feed-forward layer's channels
and, if genes let them, on those of the stream. Neither attention nor norms see what comes later.
"""

from __future__ import annotations

from genomes.chromosomes.epigenome import MAXIMUM_STAGES, group_of
from genomes.chromosomes.training_genes import WITHOUT_AUGMENTATION
from genomes.genes.activation import is_bred
from genomes.genes.activation_gene import ActivationGene
from genomes.genes.gene import (
    Choice,
    Conditional,
    Fixed,
    Integer,
    ListOf,
    Real,
    Record,
    Struct,
    Value,
)
from genomes.graph.interface import Interface
from genomes.graph.sketch import Sketch
from genomes.graph.spec import NetworkSpec
from genomes.layout.text_ends import SCORED_WIDTH, check_text
from genomes.layout.text_memory import MEMORY, remember

READS_TOKENS = True
CONTEXTS = (1.0, 0.5, 0.25, 0.125)  # shares of the task's window that a block looks back

# How founders of `TEXTBOOK` are trained; SGD hardly moves attention.
TRAINING = {
    "optimizer": "adamw",
    "learning_rate": 0.1,  # of SGD: AdamW takes a tenth
    "weight_decay": 1e-3,
    "schedule": "cosine",
    "label_smoothing": 0.0,
    **WITHOUT_AUGMENTATION,
}
GATE_EMBEDDING = 8  # numbers by which a gate sums up each of the two that it reads
EXPERTS = (1, 4, 8)  # of a feed-forward layer; 1 is the layer itself
CHOSEN, BALANCE = 2, 0.01  # experts at a position, and what their imbalance adds to the loss


def genes(interface: Interface) -> Struct:
    """Return the genes of the family; raise ValueError for anything but texts to continue."""
    check_text(interface, "transformer")
    block = Struct(
        {
            "feed_forward": Choice((1, 2, 3, 4)),
            "activation": ActivationGene(),
            "context": Choice(CONTEXTS, weights=(4, 1, 1, 1)),
        }
    )
    controlled = {"control": True}
    return Struct(
        {
            "family": Fixed("transformer"),
            "blocks": ListOf(block, 1, MAXIMUM_STAGES),
            "heads": Integer(1, 8),
            "head_size": Choice((8, 16, 24, 32)),
            "tied": Choice((True, False)),
            "positions": Choice(("rotary", "learnt")),
            "normalisation": Choice(("layer", "rms")),
            "dropout": Real(0.0, 0.5, skew=3.0),
            "masked_stream": Choice((False, True)),
            "control": Choice((False, True)),
            "control_threshold": Conditional(Real(0.05, 0.8), controlled),
            "control_pressure": Conditional(Real(1e-4, 1e-1, log=True), controlled),
            "control_half_life": Conditional(Integer(2, 64, log=True), controlled),
            "experts": Choice(EXPERTS),
            **MEMORY,
            "exits": Conditional(
                Choice((False, True)), {"control": False, "experts": 1, "memory": False}
            ),
            "exit_confidence": Conditional(Real(0.05, 0.95), {"exits": True}),
        }
    )


def decode(values: Record, interface: Interface) -> NetworkSpec:
    """Build the network of a value of `genes`; it is `heads` times `head_size` wide."""
    assert interface.tokens is not None  # as `genes` asks
    sketch, width = Sketch(interface.input_shape), values["heads"] * values["head_size"]
    table = sketch.add(
        "embed_table", "token_table", "input", out_channels=width, tokens=interface.tokens
    )
    x = sketch.add("embed_lookup", "token_lookup", table, "input")
    if values["positions"] == "learnt":
        x = sketch.add("embed_positions", "positions", x)
    x = sketch.dropout("embed_dropout", x, values["dropout"])
    stack = _Stack(sketch, values)
    last = len(values["blocks"]) - 1
    tied = values["tied"] and interface.outputs == interface.tokens
    if stack.exits and not tied:  # all exits score by one table
        table = sketch.add(
            "scores_table", "token_table", "input", out_channels=width, tokens=interface.outputs
        )
    for stage, block in enumerate(values["blocks"]):
        if stage == last and values.get("memory", False):  # genes of earlier versions lack it
            x = remember(sketch, values, stage, stack.normalise("memory_norm", x), x)
        x = stack.attend(stage, block, x)
        x = stack.feed_forward(stage, block, x)
        if stack.exits and stage < len(values["blocks"]) - 1:
            stack.exit(stage, x, table)
    x = stack.normalise("final_norm", x, stack.last_norm)
    if tied or stack.exits:
        sketch.add("scores", "token_scores", x, table, scale=SCORED_WIDTH / width)
    else:
        sketch.add("logits", "linear", x, out_features=interface.outputs, bias=True)
    return sketch.finish()


class _Stack:
    """The blocks of a network under construction, and what they have in common."""

    def __init__(self, sketch: Sketch, values: Record) -> None:
        self.sketch, self.values = sketch, values
        self.controlled = values.get("control", False)  # genes of earlier versions lack it
        self.embeddings = ""  # what gates read of the tokens so far: the first norm
        self.exits = bool(values.get("exits")) and len(values["blocks"]) > 1
        self.last_norm = "unit" if self.exits else values["normalisation"]
        self.going_on = ""  # the mark of the last exit

    def normalise(self, name: str, stream: str, kind: str | None = None) -> str:
        """Append a norm of the stream, and its mask if it has one; return what comes after.

        Nobody reads the stream but through its norms, so no other place needs the mask. It belongs
        to the stage after the last block's.
        """
        kind, stage = kind or self.values["normalisation"], len(self.values["blocks"])
        x = self.sketch.add(name, "position_norm", stream, kind=kind)
        if self.values.get("masked_stream", False):  # genes of earlier versions lack it
            stage = min(stage, MAXIMUM_STAGES - 1)
            x = self.sketch.add(f"{name}_mask", "mask", x, site="stream", stage=stage)
        self.embeddings = self.embeddings or x
        return x

    def attend(self, stage: int, block: Record, stream: str) -> str:
        """Append attention; return the stream with what it found."""
        sketch, values, name = self.sketch, self.values, f"block{stage}"
        length, width = sketch.input_shape[0], sketch.shape(stream)[0]
        heads = {
            "heads": values["heads"],
            "head_size": values["head_size"],
            "window": max(1, round(block["context"] * length)),
            "rotary": values["positions"] == "rotary",
        }
        x = self.normalise(f"{name}_norm", stream)
        if self.controlled:
            gate, runs = self.gate(f"{name}_heads", x, values["heads"])
            x = sketch.add(f"{name}_attention", "gated_attention", x, gate, runs=runs, **heads)
        elif self.going_on:
            heads |= {"runs": (values["heads"],), "keys_stay": True}
            x = sketch.add(f"{name}_attention", "gated_attention", x, self.going_on, **heads)
        else:
            x = sketch.add(f"{name}_attention", "causal_attention", x, **heads)
        x = sketch.add(f"{name}_heads_mask", "mask", x, site=f"{name}.heads", stage=stage)
        x = sketch.add(f"{name}_merged", "merge_heads", x)
        x = sketch.add(f"{name}_joined", "linear", x, out_features=width, bias=False)
        x = sketch.dropout(f"{name}_joined_dropout", x, values["dropout"])
        return sketch.add(f"{name}_sum", "add", stream, x)

    def feed_forward(self, stage: int, block: Record, stream: str) -> str:
        """Append the feed-forward layer; return the stream with what it found."""
        sketch, name, width = self.sketch, f"block{stage}", self.sketch.shape(stream)[0]
        hidden = block["feed_forward"] * width
        x = self.normalise(f"{name}_hidden_norm", stream)
        if self.values.get("experts", 1) > 1:  # genes of earlier versions lack it
            x = self.experts(f"{name}_experts", x, hidden, block["activation"])
            x = sketch.dropout(f"{name}_out_dropout", x, self.values["dropout"])
            return sketch.add(f"{name}_out_sum", "add", stream, x)
        runs: tuple[int, ...] = (hidden,)
        gate = self.going_on
        if self.controlled:
            gate, runs = self.gate(f"{name}_hidden", x, hidden)
        x = sketch.add(f"{name}_hidden", "linear", x, out_features=hidden, bias=True)
        x = sketch.add(f"{name}_activation", "activation", x, function=block["activation"])
        x = sketch.add(f"{name}_hidden_mask", "mask", x, site=f"{name}.hidden", stage=stage)
        if gate:
            x = sketch.add(f"{name}_hidden_open", "gated_positions", x, gate, runs=runs)
        x = sketch.add(f"{name}_out", "linear", x, out_features=width, bias=not self.exits)
        x = sketch.dropout(f"{name}_out_dropout", x, self.values["dropout"])
        return sketch.add(f"{name}_out_sum", "add", stream, x)

    def experts(self, name: str, x: str, hidden: int, function: Value) -> str:
        """Append experts, together as wide as the layer in whose place they are; return them.

        A bred function needs its constants in one place: experts have `gelu` instead.
        """
        experts = self.values["experts"]
        return self.sketch.add(
            name,
            "experts",
            x,
            out_channels=self.sketch.shape(x)[0],
            hidden=max(1, hidden // experts),
            experts=experts,
            chosen=CHOSEN,
            function="gelu" if is_bred(function) else function,
            balance=BALANCE,
        )

    def exit(self, stage: int, stream: str, table: str) -> None:
        """Append an exit behind a block; the blocks that follow are closed where it is taken.

        Where they are, the stream stays as it is, for nothing adds to it: later exits, and the
        end, find the same scores there. The later the exit, the more its loss counts (CALM).
        """
        name, width = f"block{stage}_exit", self.sketch.shape(stream)[0]
        x = self.normalise(f"{name}_norm", stream, self.last_norm)
        x = self.sketch.add(f"{name}_scores", "token_scores", x, table, scale=SCORED_WIDTH / width)
        self.going_on = self.sketch.add(
            name,
            "exit_gate",
            x,
            confidence=self.values["exit_confidence"],
            weight=(stage + 1) / len(self.values["blocks"]),
        )

    def gate(self, name: str, x: str, channels: int) -> tuple[str, tuple[int, ...]]:
        """Append the gate of a layer that reads x; return it, and its marks' runs of channels."""
        members = [group_of(channel, channels) for channel in range(channels)]
        runs = tuple(members.count(group) for group in sorted(set(members)))
        gate = self.sketch.add(
            f"{name}_gate",
            "causal_gate",
            x,
            self.embeddings,
            marks=len(runs),
            embedding=GATE_EMBEDDING,
            threshold=self.values["control_threshold"],
            half_life=float(self.values["control_half_life"]),
            pressure=self.values["control_pressure"],
        )
        return gate, runs


def _network(heads: int, head_size: int, blocks: int, *, feed_forward: int = 4) -> Record:
    block = Record(feed_forward=feed_forward, activation="gelu", context=1.0)
    return Record(
        blocks=(block,) * blocks,
        heads=heads,
        head_size=head_size,
        tied=True,
        positions="rotary",
        normalisation="rms",
        dropout=0.0,
        masked_stream=False,
        control=False,
        experts=1,
        memory=False,
        exits=False,
    )


# Some founders have one of these, which fit the limits of tasks `text:`.
TEXTBOOK = (_network(4, 16, 2), _network(3, 16, 3), _network(4, 24, 2), _network(4, 16, 4))
