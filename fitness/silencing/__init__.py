"""All that silences parts of a network in training: marks, pruning, apoptosis, gates.

May import criteria and curves; must not know the training loop.
"""
