"""Kinds of predictor, one file each; the file's name is the registered name.

May import `fitness.prediction`; must not know populations or tasks.
"""
