"""Reads a PyTorch network of a user: as a graph that evo can mask, shrink, count and export.

`torch.export` gives a graph of ATen operations; `operators/` has a file for each kind of them.
May import the graph and torch; must not know genomes, tasks or training.
"""
