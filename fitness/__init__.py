"""What a genome is worth: data, training, what training silences, predictors, objectives.

May import genomes; must not know populations, strategies, records or runners.
"""
