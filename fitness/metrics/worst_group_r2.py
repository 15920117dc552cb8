"""Metric `worst_group_r2`: R² in the group where it is lowest, each about its own mean."""

WORST_OF = "r2"
