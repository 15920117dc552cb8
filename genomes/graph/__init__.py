"""A network as a graph of named operations: shapes, channels, liveness, counting, morphism plans.

Free of torch, and knows no chromosomes.
"""
