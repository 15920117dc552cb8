"""What gendered strategies are made of: conception, predictors, promotion, audit, pedigree.

May import genomes, predictions and dominance; must not know the engine, the record or torch.
"""
