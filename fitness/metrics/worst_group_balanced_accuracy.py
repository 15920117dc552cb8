"""Metric `worst_group_balanced_accuracy`: balanced accuracy in the group where it is lowest."""

WORST_OF = "balanced_accuracy"
