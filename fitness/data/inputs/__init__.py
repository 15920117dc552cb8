"""What single inputs are: their statistics, the columns of a table, what networks know of them.

Plain arrays in, values out. May import numpy and `genomes`; must not know tasks or files.
"""
