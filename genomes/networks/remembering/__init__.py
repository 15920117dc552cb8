"""What a network keeps of a sequence beyond its window: keys and values in tiers of slots.

May import torch layers; must not know the graph, chromosomes or what tokens mean.
"""
