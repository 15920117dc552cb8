"""Metric `worst_group_rmse`: the root mean squared error in the group where it is largest."""

WORST_OF = "rmse"
