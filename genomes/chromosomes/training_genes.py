"""The training chromosome: optimizer, schedule, batch, initialisation, regularisation.

Names are literal: what they stand for lives in `fitness` and in
`genomes/networks/initialisation.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from genomes.chromosomes.schedule_genes import schedule_gene
from genomes.genes.gene import Choice, Conditional, Integer, Real, Struct, Value

OPTIMIZERS = ("sgd", "adamw", "nadam")
SCHEDULES = ("cosine", "one-cycle", "step", "exponential")
BRED = "bred"  # the learning-rate schedule that evolves itself
INITIALISATIONS = ("kaiming", "xavier", "orthogonal", "scaled-normal")
LAYERWISE = "layerwise"  # the initialisation that differs from kind to kind of layer
LAYER_KINDS = ("convolution", "depthwise", "linear", "head")
CREDIT, BACKPROPAGATION = "credit", "backpropagation"
CREDITS = (  # rules by which hidden weights learn
    BACKPROPAGATION, "feedback-alignment", "direct-feedback-alignment",
    "sign-concordant-feedback", "local-losses",
)  # fmt: skip
TEACHING = ("teaching", "teaching_temperature", "teaching_weight")
REPLACED = (0.0, 0.02, 0.05, 0.1)  # shares of a text's tokens
NOISES = (0.0, 0.01, 0.03)  # standard deviations, of embeddings
SPREADS = ("normal", "uniform", "truncated")
TEXTBOOK = {
    "optimizer": "sgd", "learning_rate": 0.06, "weight_decay": 5e-4, "schedule": "one-cycle",
    "initialisation": "kaiming", "label_smoothing": 0.05, "augmentation": "none",
    "batch_halvings": 0, "weight_decay_course": (), "dropout_course": (),
    "teaching": False, "credit": BACKPROPAGATION,
}  # fmt: skip

# Of texts in training alone, `fitness/training/text_augmentation.py`.
TEXT_AUGMENTATION = {"token_replacement": Choice(REPLACED), "embedding_noise": Choice(NOISES)}
WITHOUT_AUGMENTATION = dict.fromkeys(TEXT_AUGMENTATION, 0.0)
# Values with which a training is what it would be without the gene.
IDLE: Mapping[str, Value] = {**WITHOUT_AUGMENTATION, CREDIT: BACKPROPAGATION}


def genes(
    batch_sizes: Sequence[int], augmentations: Sequence[str], *, reads_tokens: bool = False
) -> Struct:
    """Return the genes of the chromosome; those of texts where networks read tokens.

    `learning_rate` is meant for SGD with Nesterov momentum 0.9; other optimizers take their share
    of it (`fitness/training/optimizers.py`). Courses scale what they are named for over the
    training; an empty one leaves it constant. `teaching` has a child learn from a teacher, if one
    was chosen at its conception (`fitness/training/chosen_teacher.py`): from answers softened by
    the temperature, whose share of the loss is the weight. `credit` is the rule by which hidden
    weights learn (`fitness/training/credit/rule.py`).
    """
    augmenting = [name for name in augmentations if name != "none"]
    return Struct(
        {
            "optimizer": Choice(OPTIMIZERS),
            "learning_rate": Real(5e-3, 3e-1, log=True),
            "weight_decay": Real(1e-6, 1e-2, log=True),
            "schedule": Choice((*SCHEDULES, BRED)),
            "batch_size": Choice(tuple(batch_sizes)),
            "initialisation": Choice((*INITIALISATIONS, LAYERWISE)),
            "label_smoothing": Real(0.0, 0.2),
            "augmentation": Choice(tuple(augmentations)),
            "schedule_course": Conditional(schedule_gene(1, 4), {"schedule": BRED}),
            "batch_halvings": Integer(0, 2),
            "batch_course": Conditional(schedule_gene(1, 2), {"batch_halvings": (1, 2)}),
            "weight_decay_course": schedule_gene(0, 2),
            "dropout_course": schedule_gene(0, 2),
            "augmentation_course": Conditional(schedule_gene(0, 2), {"augmentation": augmenting}),
            "initial_weights": Conditional(_initial_weights(), {"initialisation": LAYERWISE}),
            "teaching": Choice((False, True)),
            "teaching_temperature": Conditional(Real(1.0, 8.0, log=True), {"teaching": True}),
            "teaching_weight": Conditional(Real(0.1, 0.9), {"teaching": True}),
            **(TEXT_AUGMENTATION if reads_tokens else {}),
            "credit": Choice(CREDITS),
        }
    )


def _initial_weights() -> Struct:
    """Return the genes of initial weights: for each kind of layer a family, a gain, a spread."""
    spreading = [name for name in INITIALISATIONS if name != "orthogonal"]
    kind = Struct(
        {
            "family": Choice(INITIALISATIONS),
            "gain": Real(0.3, 3.0, log=True),
            "spread": Conditional(Choice(SPREADS), {"family": spreading}),
        }
    )
    return Struct(dict.fromkeys(LAYER_KINDS, kind))
