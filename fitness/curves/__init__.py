"""Pruning curves, one file each; the file's name is the registered name.

A file has `sparsity(progress)`.
"""
