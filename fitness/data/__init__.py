"""Data: tasks, loaders and splits. A user's data become plain arrays here, checked and described.

May import numpy and `genomes`; must not know training or torch.
"""
