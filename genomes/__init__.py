"""Genomes: genes, chromosomes, and the networks they decode to.

May import nothing else of ours, and torch in `networks` alone; must not know tasks or training.
"""
