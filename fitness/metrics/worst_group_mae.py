"""Metric `worst_group_mae`: the mean absolute error in the group where it is largest."""

WORST_OF = "mae"
