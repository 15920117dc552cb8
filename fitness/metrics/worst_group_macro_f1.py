"""Metric `worst_group_macro_f1`: the macro F1 in the group where it is lowest."""

WORST_OF = "macro_f1"
