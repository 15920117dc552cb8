"""How examples are divided: orders, parts, folds, and which examples must not be parted.

Knows arrays and targets; must not know tasks or formats.
"""
