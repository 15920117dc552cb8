"""Networks that were given, not bred: where masks act in them, what a narrower copy has of them.

May import `genomes.graph`; must not know how they were read, nor torch.
"""
