"""A network as a graph of named operations: shapes, channels, liveness, counting, morphism plans.

May import genes, and loads operations by name; must not import torch, nor know chromosomes or any
single operation.
"""
