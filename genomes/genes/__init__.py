"""Kinds of gene, genomes made of them, their encoding as numbers, and registries.

May import nothing else of ours; must not import torch, nor know tasks or populations.
"""
