"""Genomes: genes, chromosomes and what they decode to. Torch only in network and operations."""
