"""Kinds of gene, genomes made of them, their encoding as numbers, and registries.

Pure: no torch, no tasks, no populations.
"""
