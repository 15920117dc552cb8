"""All that masks parts of a network in training: marks, pruning, apoptosis, gates.

Loads criteria and curves by name; must not know the training loop.
"""
