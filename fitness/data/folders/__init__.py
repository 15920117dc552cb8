"""Folders of examples, one a file: which of them belong to the data, their classes and splits.

Knows names alone; must not know what is in a file, nor tasks.
"""
