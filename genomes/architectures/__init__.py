"""Families of architectures, one file each; the file's name is the registered name.

May import genes, layout and the graph; must not import torch.
"""
