"""The chromosomes: what each group of genes says, and the space that joins them.

May import genes and architectures; must not import torch.
"""
