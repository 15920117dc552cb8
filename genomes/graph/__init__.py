"""A network as a graph of named operations: shapes, channels, liveness, counting, morphism plans.

May import genes; must not import torch, nor know chromosomes.
"""
