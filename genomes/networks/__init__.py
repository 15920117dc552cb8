"""Networks in torch: built from a spec, masked, initialised, inherited, shrunk.

May import the graph; must not know chromosomes or training.
"""
