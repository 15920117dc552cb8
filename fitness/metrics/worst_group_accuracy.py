"""Metric `worst_group_accuracy`: the accuracy in the group where it is lowest.

Sagawa et al. (2020), https://arxiv.org/abs/1911.08731.
"""

WORST_OF = "accuracy"
