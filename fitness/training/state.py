"""A network in training: all that determines how it goes on, and so what a checkpoint holds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import torch
from torch import Tensor, nn

from fitness.data.resident import AnyExamples
from fitness.regimen import PLAIN, Regimen
from fitness.silencing.silencing import Silencing
from fitness.target import Target
from fitness.training.augmentation import augmentation
from fitness.training.averaging import RULES, WeightAverage
from fitness.training.credit.angles import angles
from fitness.training.credit.rule import TRAINING_TO_FORWARD, Credit, credit_of
from fitness.training.flat import FlatParameters
from fitness.training.forward import forward
from fitness.training.lessons import Lessons
from fitness.training.numerics import Numerics
from fitness.training.own_loss import OwnLoss
from fitness.training.recipe import Recipe
from fitness.training.text_augmentation import replacement
from genomes.networks.layers import Layer
from genomes.networks.network import Network


class TrainingState:
    """A network with its optimizer and masks, laid out for `adult_epochs` from one seed.

    The parameters become views of one flat tensor; the network has to be on its device already.
    """

    def __init__(
        self,
        network: Network,
        recipe: Recipe,
        silencing: Silencing,
        numerics: Numerics,
        seed: int,
        adult_epochs: int,
        regimen: Regimen = PLAIN,
        lessons: Lessons | None = None,
        own_loss: OwnLoss | None = None,
    ) -> None:
        self.network, self.recipe, self.silencing = network, recipe, silencing
        self.numerics, self.seed, self.adult_epochs = numerics, seed, adult_epochs
        self.parameters = FlatParameters(network)
        self.optimizer = recipe.make_optimizer(self.parameters)
        self.average: WeightAverage | None = None
        if (rule := RULES.get(regimen.average)) is not None:
            self.average = WeightAverage(rule, network, self.parameters, adult_epochs)
        self.lessons, self.own_loss = lessons, own_loss
        self.credit = credit_of(recipe.credit, network, seed)
        self.augment = augmentation(recipe.augmentation)
        if recipe.token_replacement:
            assert network.spec.tokens is not None  # others have no such gene
            self.augment = replacement(recipe.token_replacement, network.spec.tokens)
        self.batch_size = recipe.batch_size
        self.strengths: Mapping[str, float] = {}
        self.remembered: dict[str, float] = {}  # what a memory did when it was last measured
        self._decaying = [group for group in self.optimizer.param_groups if group["weight_decay"]]
        self._dropouts = [(m, m.p) for m in network.modules() if isinstance(m, nn.Dropout)]
        self._charging = [m for m in network.modules() if isinstance(m, Layer) and m.charges]

    def begin(self, epoch: int) -> None:
        """Set what follows a schedule to its value in the middle of an epoch.

        Epochs are counted from one. All follows from the epoch, whatever was set before.
        """
        if self.average is not None:
            self.average.begin()
        progress = (epoch - 0.5) / self.adult_epochs
        self.batch_size = self.recipe.batch_size_at(progress)
        strengths = self.strengths = self.recipe.strengths_at(progress)
        if "weight_decay" in strengths:
            for group in self._decaying:
                group["weight_decay"] = self.recipe.weight_decay * strengths["weight_decay"]
        if "dropout" in strengths:
            for module, rate in self._dropouts:
                module.p = rate * strengths["dropout"]
        if "augmentation" in strengths:
            self.augment = augmentation(self.recipe.augmentation, strengths["augmentation"])

    def set_learning_rate(self, progress: float) -> None:
        """Set what the schedule says after this share of the adult training."""
        if self.average is not None:
            progress = min(progress, self.average.rule.holds_at)
        learning_rate = self.recipe.learning_rate_at(progress)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs (B, outputs, ...) of a batch of training, ready for `backward`."""
        with nullcontext() if self.credit is None else self.credit.passing():
            return forward(self.network, x, self.numerics)

    def backward(self, paid: Tensor, outputs: Tensor, y: Tensor) -> None:
        """Add to the gradients what a step that minimises `paid` (0-dim) asks for."""
        if self.credit is None:
            paid.backward()  # type: ignore[no-untyped-call]
            return
        self.credit.backward(paid, outputs, y, partial(self._loss_of, y=y))

    @property
    def passes(self) -> int:
        """What a step costs, in forward passes."""
        return TRAINING_TO_FORWARD if self.credit is None else self.credit.passes

    def _loss_of(self, outputs: Tensor, y: Tensor) -> Tensor:
        return self.loss(self.silencing.batch.target, outputs, y)

    def loss(self, target: Target, outputs: Tensor, y: Tensor) -> Tensor:
        """Return the mean loss (0-dim) of a batch of training: the target's, or the user's."""
        if self.own_loss is not None:
            return self.own_loss(outputs, y)
        return target.loss(outputs, y, smoothing=self.recipe.label_smoothing)

    def paid(self, loss: Tensor, outputs: Tensor, x: Tensor, y: Tensor) -> Tensor:
        """Return what a step minimises (0-dim): the loss, with what teachers and layers add."""

        if self.lessons is not None:
            loss = self.lessons.mixed(loss, outputs, x, y)
        for layer in self._charging:
            charged = layer.surcharge(partial(self._loss_of, y=y))
            loss = loss if charged is None else loss + charged
        gating = self.silencing.gating
        return loss if gating is None else loss + gating.cost()

    def prune(self, progress: float) -> bool:
        """Bring the pruning masks up to date; return if they changed.

        Weights that return start without momentum.
        """
        changed = self.silencing.prune(progress)
        decayed = self.parameters.decayed
        for name, returned in self.silencing.returned.items():
            weight = self.network.get_parameter(f"{name}.weight")
            for value in self.optimizer.state[decayed].values():
                if value.shape == decayed.shape:
                    self.parameters.weight_part(value, weight).masked_fill_(returned, 0.0)
        if changed and self.average is not None:
            self.average.mask_()
        return changed

    def settle(self, train: AnyExamples) -> None:
        """Let the network hold what would be handed over after this epoch, until the next begins.

        That is the average of its weights, if there is one.
        """
        if self.average is not None:
            self.average.show(train, self.numerics, self.seed)

    def traces(self) -> dict[str, float]:
        """Return what mechanisms leave for the record of an epoch, by name.

        The learning rate is that of the last step; of the rest, only what follows a schedule.
        """
        found = {"learning_rate": self.optimizer.param_groups[0]["lr"]}
        if self.recipe.batch_halvings:
            found["batch_size"] = self.batch_size
        found |= {f"{name}_strength": strength for name, strength in self.strengths.items()}
        if self.credit is not None:
            found |= self._angles(self.credit)
        return found | self.remembered | self.silencing.traces()

    def _angles(self, credit: Credit) -> dict[str, float]:
        """Return how far from the gradient the rule is, for a batch as in training."""
        batch = self.silencing.batch.chosen(slice(self.recipe.batch_size))

        def by_rule() -> None:
            outputs = self.forward(batch.x)
            self.backward(self._loss_of(outputs, batch.y), outputs, batch.y)

        def by_loss() -> None:
            outputs = forward(self.network, batch.x, self.numerics)
            self._loss_of(outputs, batch.y).backward()  # type: ignore[no-untyped-call]

        return angles(credit, self.network, self.parameters, by_rule, by_loss)

    def state(self) -> dict[str, Tensor]:
        """Return every tensor that determines how the training goes on."""
        tensors = {f"model.{name}": value for name, value in self.network.state_dict().items()}
        for index, parameter in enumerate(self._optimized()):
            for name, value in self.optimizer.state[parameter].items():
                tensors[f"optimizer.{index}.{name}"] = value
        if self.average is not None:
            aside = self.average.state().items()
            tensors |= {f"average.{name}": value for name, value in aside}
        silenced = self.silencing.state().items()
        return tensors | {f"silencing.{name}": value for name, value in silenced}

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        self.network.load_state_dict(under("model.", tensors))
        for index, parameter in enumerate(self._optimized()):
            for name, value in under(f"optimizer.{index}.", tensors).items():
                place = value.device if self._on_host(value) else parameter.device
                self.optimizer.state[parameter][name] = value.clone().to(place)
        self.silencing.load(under("silencing.", tensors))
        if self.average is not None:
            self.average.load(under("average.", tensors))

    def _on_host(self, value: Tensor) -> bool:
        # Optimizers without a fused form count their steps where Python can read them.
        return value.ndim == 0 and not self.optimizer.defaults.get("fused")

    def _optimized(self) -> list[Tensor]:
        return [p for group in self.optimizer.param_groups for p in group["params"]]


def under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names begin with `prefix`, without it."""
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def own_randomness(numerics: Numerics) -> AbstractContextManager[None]:
    """Leave torch's global generators as they were found: dropout takes numbers from no other."""
    return torch.random.fork_rng(
        [torch.cuda.current_device()] if numerics.device == "cuda" else []
    )
