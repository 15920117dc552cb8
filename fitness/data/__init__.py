"""Data as they enter: what users hand over becomes plain arrays here, is checked and described.

May import numpy and `genomes`; must not know of training, nor of torch.
"""
