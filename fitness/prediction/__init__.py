"""Predictors: features of males, models that predict their outcomes, and how right they were.

May import genomes; must not know training, tasks or populations.
"""
