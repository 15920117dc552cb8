"""Where an individual comes from and what came of it: the tree, what changed, text and figure.

May import the record and plots' style; must not change anything.
"""
