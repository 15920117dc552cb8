"""What is better than what: objectives' axes, dominance, fronts, hypervolume, statistics.

May import nothing else of evo; must not know genomes or how figures came about.
"""
