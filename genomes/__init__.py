"""Genomes: genes, chromosomes, and the networks they decode to.

May import nothing else of ours, and torch where networks and operations become modules; must not
know tasks or training.
"""
