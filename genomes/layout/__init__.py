"""How genes of modules and stages become nodes of a graph.

May import genes and the graph; must not import torch.
"""
