"""Metric `worst_group_cross_entropy`: the cross-entropy in the group where it is highest."""

WORST_OF = "cross_entropy"
