"""Pruning in training: channels or weights are silenced by a bred schedule and criterion."""

DEFAULT = True
OFF = {"pruning.final_sparsity": 0.0}
