"""Optimizers beside SGD with momentum and AdamW."""

DEFAULT = False
OFF = {"training.optimizer": ("sgd", "adamw")}
