"""Tasks from PyTorch's map-style datasets: looked at, then held in memory or streamed.

Knows tasks and streaming; must not know training.
"""
